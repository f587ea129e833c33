"""Which shapes form one region: groups, and ``regions = "merge"`` of a defect type. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from curate.model.config import CategoryConfig
from curate.model.defect import DefectType, Saturation
from curate.model.region import Annotation, Region, Shape


@dataclass(frozen=True, slots=True)
class WholeRegion:
    """One region of a frame as it is scored: one mask.

    Attributes
    ----------
    defect : str
    saturation : Saturation
    region_ids : tuple of str
        The annotation's regions it is made of, in the order they were drawn.
    shapes : tuple of Shape
        Their union, in frame pixels.
    """

    defect: str
    saturation: Saturation
    region_ids: tuple[str, ...]
    shapes: tuple[Shape, ...]


def whole_regions(annotation: Annotation, category: CategoryConfig) -> tuple[list[WholeRegion], list[str]]:
    """Join the drawn regions of a frame into those that are scored, in the order of their first drawn one.

    Regions of one defect that share a group are one; with ``regions = "merge"`` all regions of the defect are one.

    Returns
    -------
    list of WholeRegion
    list of str
        What could not be joined as asked: parts of one region with different thresholds.
    """
    parts: dict[tuple[str, str, str], list[Region]] = {}
    for region in annotation.regions:
        defect = category.defects.get(region.defect)
        if defect is None:
            continue
        parts.setdefault(_key(region, defect), []).append(region)
    problems = []
    joined = []
    for (name, _, _), members in parts.items():
        asked = {member.saturation for member in members if member.saturation is not None}
        if len(asked) > 1:
            listed = ", ".join(sorted(map(str, asked)))
            ids = ", ".join(member.region_id for member in members)
            problems.append(f"the parts {ids} of one {name} have the thresholds {listed}; the first one counts")
        own = next((member.saturation for member in members if member.saturation is not None), None)
        joined.append(
            WholeRegion(
                name,
                own or category.defects[name].saturation,
                tuple(member.region_id for member in members),
                tuple(shape for member in members for shape in member.shapes),
            )
        )
    return joined, problems


def _key(region: Region, defect: DefectType) -> tuple[str, str, str]:
    if defect.regions == "merge":
        return (region.defect, "", "")
    return (region.defect, region.group, "" if region.group else region.region_id)
