"""``defects_config.json`` and ``dataset.json``: what they say, and whether the files agree."""

from __future__ import annotations

from collections.abc import Iterator

from curate.disk.members import listed_as
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.words import counted
from curate.validate.table import CategoryTable

_CONFIG, _CARD = "defects_config.json", "dataset.json"
_PUBLISHED_SIZES = {
    **dict.fromkeys(("engine_wiring", "pipe_clip", "pipe_staple"), (400, 400)),
    **dict.fromkeys(("tank_screw", "underbody_pipes", "underbody_screw"), (1000, 750)),
}
"""What the script of AutoVI's authors resizes anomaly maps to, by the category's name."""


def config_present(table: CategoryTable) -> Iterator[Finding]:
    """CUR120: masks in the AutoVI layout, and nothing says what their values mean."""
    if table.config is None and not table.config_problem and table.tree.layout == "autovi" and table.masks:
        yield found(codes.NO_DEFECTS_CONFIG, f"{len(table.masks)} masks and no {_CONFIG}", table.at(_CONFIG))


def config_valid(table: CategoryTable) -> Iterator[Finding]:
    """CUR121: the configuration cannot be used."""
    if table.config_problem:
        yield found(codes.BROKEN_DEFECTS_CONFIG, table.config_problem, table.at(_CONFIG))
    for index, entry in enumerate(table.entries):
        if entry.defect_name == GOOD:
            message = f"entry {index} is called {GOOD}, the name of images without a defect"
            yield found(codes.BROKEN_DEFECTS_CONFIG, message, table.at(_CONFIG))


def number_types(table: CategoryTable) -> Iterator[Finding]:
    """CUR122: thresholds and values whose JSON number type the published scripts refuse."""
    if table.config_problem or not isinstance(table.config, list):
        return
    for index, entry in enumerate(table.config):
        if isinstance(entry["pixel_value"], float):
            message = f"entry {index} ({entry['defect_name']}): pixel_value {entry['pixel_value']!r}, expected an int"
            yield found(codes.JSON_NUMBER_TYPE, message, table.at(_CONFIG))
        value, relative = entry["saturation_threshold"], entry["relative_saturation"]
        if relative is not isinstance(value, float):
            kind, better = ("float", repr(float(value))) if relative else ("int", repr(int(value)))
            message = f"entry {index} ({entry['defect_name']}): threshold {value!r}, expected the {kind} {better}"
            yield found(codes.JSON_NUMBER_TYPE, message, table.at(_CONFIG))


def unused_values(table: CategoryTable) -> Iterator[Finding]:
    """CUR123: entries that no mask uses."""
    used = {value for facts in table.masks.values() for value in facts.values}
    if table.masks and not any(facts.unread for facts in table.masks.values()):
        for entry in table.entries:
            if entry.pixel_value not in used:
                message = f"no mask has the value {entry.pixel_value} ({entry.defect_name})"
                yield found(codes.PIXEL_VALUE_WITHOUT_MASK, message, table.at(_CONFIG))


def published_size(table: CategoryTable) -> Iterator[Finding]:
    """CUR124: a category of AutoVI's names whose images are not of the size that the published script takes."""
    expected = _PUBLISHED_SIZES.get(table.name)
    if expected is None or table.tree.layout != "autovi":
        return
    odd = [(sample.path, facts) for sample, facts in table.readable() if facts.shape != expected]
    if odd:
        sizes = sorted({facts.size for _, facts in odd})
        listing = f"{', '.join(sizes[:3])}{', …' if len(sizes) > 3 else ''}"  # noqa: PLR2004 - a few say enough
        many = counted(len(odd), "image has", "images have")
        message = f"{many} {listing} pixels, the published AutoVI script takes {expected[0]}×{expected[1]} by this name"
        yield found(
            codes.SIZE_RESIZED_BY_AUTOVI_SCRIPT,
            message,
            table.at(),
            related=tuple(path for path, _ in odd),
        )


def card_valid(table: CategoryTable) -> Iterator[Finding]:
    """CUR130: the card cannot be read."""
    if table.card_problem:
        yield found(codes.BROKEN_DATASET_JSON, table.card_problem, table.at(_CARD))


def card_agrees(table: CategoryTable) -> Iterator[Finding]:
    """CUR131: files that are not those that were published."""
    if table.card is None:
        return
    published = {table.at(sample.path): sample.sha256 for sample in table.card.samples}
    for sample in table.card.samples:
        published |= {table.at(path): digest for path, digest in sample.masks.items()}
    files = (*table.images.items(), *table.masks.items())
    present = {listed_as(path): None if facts.unread else facts.sha256 for path, facts in files}
    kinds = {
        "missing": sorted(published.keys() - present.keys()),
        "added": sorted(present.keys() - published.keys()),
        "changed": sorted(
            path for path in published.keys() & present.keys() if present[path] not in {None, published[path]}
        ),
    }
    for words, paths in kinds.items():
        if paths:
            verb = ("is", "are") if words == "missing" else ("was", "were")
            many = counted(len(paths), f"file {verb[0]}", f"files {verb[1]}")
            message = f"{many} {words} since the category was published"
            yield found(codes.FILE_DIFFERS_FROM_DATASET_JSON, message, table.at(_CARD), related=tuple(paths))


CHECKS = (config_present, config_valid, number_types, unused_values, published_size, card_valid, card_agrees)
