"""The labelling configuration of a Label Studio project, generated from ``curate.toml``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from curate.disk.xml_text import quoteattr
from curate.formats.label_studio_names import GOOD_CHOICE, QUALITY, SATURATION, TOOLS
from curate.model.config import CategoryConfig

_COLOURS = ("#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#e377c2", "#8c564b", "#bcbd22")


def labelling_config(category: CategoryConfig) -> str:
    """Return the XML of a project for one category: four tools, every defect, a threshold per region, good or not.

    >>> from curate.model.defect import DefectType
    >>> config = labelling_config(CategoryConfig("clip", defects={"dent": DefectType("dent")}))
    >>> config.count('<Label value="dent"'), 'perRegion="true"' in config
    (4, True)
    """
    labels = [
        f"      <Label value={quoteattr(name)} background={quoteattr(_COLOURS[index % len(_COLOURS)])}/>"
        for index, name in enumerate(category.defects)
    ]
    # Tools stand beside the picture, so that all of them are seen at once.
    lines = ['<View style="display: flex; column-gap: 1.5em">', '  <View style="flex: 0 0 13em">']
    for kind, name in TOOLS.items():
        tag = f"{kind.capitalize()}Labels"
        lines += [
            f'    <Header value="{kind}" size="6"/>',
            f'    <{tag} name="{name}" toName="image">',
            *labels,
            f"    </{tag}>",
        ]
    hint = "this region's own saturation, such as 800 px or 50 %"
    lines += [
        '    <Header value="whole image" size="6"/>',
        f'    <Choices name="{QUALITY}" toName="image" choice="single-radio">',
        *(f"      <Choice value={quoteattr(name)}/>" for name in (GOOD_CHOICE, *category.defects)),
        "    </Choices>",
        f'    <TextArea name="{SATURATION}" toName="image" perRegion="true" maxSubmissions="1" rows="1"',
        f"      placeholder={quoteattr(hint)}/>",
        "  </View>",
        '  <View style="flex: 1">',
        '    <Image name="image" value="$image" zoom="true" zoomControl="true" crosshair="true"/>',
        "  </View>",
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def problems_of(result: Iterable[dict[str, Any]], category: CategoryConfig) -> list[str]:
    """Check a result before it is sent: the server checks nothing, and a wrong one blocks the project.

    Returns
    -------
    list of str
        One sentence a problem.
    """
    names = {*TOOLS.values(), SATURATION, QUALITY}
    problems = []
    for item in result:
        if item.get("type") == "relation":
            continue
        where = f"region {item.get('id')}"
        if item.get("from_name") not in names or item.get("to_name") != "image":
            problems.append(f"{where} belongs to the unknown control {item.get('from_name')!r}")
        value = item.get("value", {})
        labels = [label for key, listed in value.items() if key.endswith("labels") for label in listed]
        problems += [f"{where} has the unknown label {name!r}" for name in labels if name not in category.defects]
        if value.get("closed") is False:
            problems.append(f"{where} is not closed")
    return problems
