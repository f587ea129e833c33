"""Masks and regions: pairing, values, shapes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath
from statistics import median

from curate.datasets.layout import MASK_FOLDERS
from curate.datasets.truth import drawn_patch, without_pixel
from curate.geometry.binarise import MOST_OF_IT
from curate.geometry.series import robust_spread
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, SEVERAL
from curate.model.finding import Finding, Severity
from curate.model.words import counted
from curate.validate.facts import MaskFacts
from curate.validate.table import CategoryTable, grouped

_FEW_VALUES = 4
"""More distinct values than this are the grey steps of smoothed edges, not regions put into one file."""

_LEAST_FOR_USUAL = 8
_FAR_FACTOR = 30.0
_FAR_DEVIATIONS = 8.0
_SPECK_REGION_PX = 100
_MILDER: Severity = "warning"
"""Where a layout takes any non-zero pixel, a second value misleads people more than programs."""


def sizes(table: CategoryTable) -> Iterator[Finding]:
    """CUR401: a mask that does not have its image's size."""
    for sample, facts in table.regions():
        image = table.images[sample.path]
        if not image.problem and facts.shape not in {image.shape, image.upright_shape}:
            message = f"has {facts.size} pixels, its image has {image.size}"
            yield found(codes.MASK_SIZE_DIFFERS, message, facts.path, related=(sample.path,))


def missing(table: CategoryTable) -> Iterator[Finding]:
    """CUR402: defective test images without a mask; one finding per folder that has none, or where no image has any."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for sample in table.samples:
        if sample.split == "test" and not sample.is_good:
            by_label[sample.label] += [] if sample.masks or sample.regions else [sample.path]
    masked = {sample.label for sample in table.samples if sample.masks or sample.regions}
    without = [path for paths in by_label.values() for path in paths]
    if without and not masked and not table.entries:
        message = f"no image has a mask, of {len(without)} defective ones: only labels of images can be scored"
        hint = "nothing to do if only images are labelled; a layout that keeps masks elsewhere can be described"
        yield found(codes.NO_MASK, message, table.at(), severity="info", related=tuple(without), hint=hint)
        return
    for label, paths in sorted(by_label.items()):
        if paths and label not in masked:
            message = f"none of the {len(paths)} images of {label} has a mask"
            if len(paths) == 1:
                message = f"the one image of {label} has no mask"
            where = str(PurePosixPath(paths[0]).parent) if table.native else table.at()
            yield found(codes.NO_MASK, message, where, related=tuple(paths))
        else:
            for path in paths:
                yield found(codes.NO_MASK, "is a defective image without a mask", path)


def unpaired(table: CategoryTable) -> Iterator[Finding]:
    """CUR403: masks whose image is not there."""
    lonely = (path for path in table.tree.unpaired if not _is_of_good(table, path))
    yield from grouped(codes.MASK_WITHOUT_IMAGE, dict.fromkeys(lonely, "belongs to no image"))


def of_good(table: CategoryTable) -> Iterator[Finding]:
    """CUR417: masks of good images; black ones are placeholders that some tools write."""
    for path, facts in sorted(table.masks.items()):
        if _is_of_good(table, path) and not facts.problem and facts.area_px:
            yield found(codes.GOOD_IMAGE_WITH_MASK, f"marks {facts.area_px} pixels of a good image", path)


def _is_of_good(table: CategoryTable, path: str) -> bool:
    parts = table.inside(path).split("/")
    return parts[0] in MASK_FOLDERS.values() and parts[1] == GOOD


def values(table: CategoryTable) -> Iterator[Finding]:
    """CUR404 to CUR407, CUR409 to CUR411, CUR419: what a mask's values must not be."""
    for sample, facts in table.regions():
        if not sample.is_good or facts.area_px:
            yield from _value_findings(table, facts)


def _value_findings(table: CategoryTable, facts: MaskFacts) -> Iterator[Finding]:
    path, rule = facts.path, table.tree.category.mask_rule
    severity = None if rule == "value" else _MILDER
    if not (facts.area_px if facts.half else facts.distinct) and facts.alpha != "varies":
        why = "no pixel reaches half of the range" if facts.half else "every pixel is 0"
        yield found(codes.EMPTY_MASK, f"holds no region: {why}", path)
    if rule == "marked":  # whatever program drew it: any mark counts
        return
    if facts.alpha == "varies":
        yield found(codes.MASK_IN_ALPHA, "its transparency varies: the region may be drawn in it", path)
    if facts.mode == "P" and rule == "value":
        yield found(codes.PALETTE_MASK, "is a palette picture", path)
    if facts.channels_differ:
        yield found(codes.MASK_CHANNELS_DIFFER, "its colour channels hold different values", path, severity=severity)
    if facts.distinct > 1 and rule in {"value", "nonzero"}:
        yield _several_values(facts, severity)
    if facts.bits > 8 and rule == "value":  # noqa: PLR2004 - a byte
        yield found(codes.MASK_BIT_DEPTH, f"has {facts.bits} bits a channel, expected 8", path)
        return
    known = [entry.pixel_value for entry in table.entries]
    says = bool(known) or table.config == []
    if facts.distinct == 1 and rule == "value" and says and facts.values[0] not in known:
        listing = ", ".join(map(str, known)) or "no value"
        yield found(
            codes.UNKNOWN_MASK_VALUE, f"has the value {facts.values[0]}, defects_config.json knows {listing}", path
        )


def _several_values(facts: MaskFacts, severity: Severity | None) -> Finding:
    if facts.distinct > _FEW_VALUES or facts.format == "JPEG":
        return found(
            codes.ANTI_ALIASED_MASK,
            f"holds {facts.distinct} different values, expected one",
            facts.path,
            severity=severity,
        )
    values = ", ".join(map(str, facts.values))
    return found(
        codes.SEVERAL_MASK_VALUES, f"holds the values {values} beside 0, expected one", facts.path, severity=severity
    )


def palettes(table: CategoryTable) -> Iterator[Finding]:
    """CUR409: palette masks of layouts that are known to have them; where one value counts, each is reported alone."""
    paths = [facts.path for _, facts in table.regions() if facts.mode == "P"]
    if paths and table.tree.category.mask_rule != "value":
        message = f"{counted(len(paths), 'mask is', 'masks are')} in palette mode; any colour but the first counts"
        yield found(codes.PALETTE_MASK, message, table.masked, related=tuple(paths), severity="info")


def channels(table: CategoryTable) -> Iterator[Finding]:
    """CUR408: grey masks, which the published AutoVI script cannot index."""
    if table.tree.layout == "autovi":
        grey = [facts.path for _, facts in table.regions() if facts.channels < 3 and facts.mode != "P"]  # noqa: PLR2004
        if grey:
            many = counted(len(grey), "mask has", "masks have")
            message = f"{many} one channel, the published AutoVI script needs three"
            yield found(codes.SINGLE_CHANNEL_MASK, message, table.masked, related=tuple(grey))


def drawn(table: CategoryTable) -> Iterator[Finding]:
    """CUR405: drawn regions of which no pixel lies in their image, which `convert` and `evaluate` refuse."""
    for sample, facts in table.readable():
        for region in sample.regions:
            if not drawn_patch(region, facts.upright_shape).mask.size:
                yield found(codes.EMPTY_MASK, without_pixel(region), sample.path)


def covering(table: CategoryTable) -> Iterator[Finding]:
    """CUR412: regions of the whole picture, or of so much of it that the mask may be inverted."""
    for _, facts in table.regions():
        share = facts.area_px / (facts.width_px * facts.height_px)
        if share == 1:
            yield found(codes.MASK_COVERS_ALL, "marks every pixel", facts.path)
        elif share > MOST_OF_IT:
            message = f"marks {share:.0%} of the picture: it may be inverted"
            yield found(codes.MASK_COVERS_ALL, message, facts.path)


def twice(table: CategoryTable) -> Iterator[Finding]:
    """CUR413: two regions of one image with the same pixels."""
    for sample in table.samples:
        first: dict[str, str] = {}
        for mask in sample.masks:
            facts = table.masks[mask]
            if facts.problem or not facts.area_px:
                continue
            if facts.support in first:
                yield found(
                    codes.REGION_DRAWN_TWICE,
                    "marks the same pixels as another region",
                    mask,
                    related=(first[facts.support],),
                )
            first.setdefault(facts.support, mask)


def specks(table: CategoryTable) -> Iterator[Finding]:
    """CUR414: a few lone pixels beside a region."""
    listed = [
        (facts.path, facts.specks)
        for _, facts in table.regions()
        if facts.specks and facts.specks < facts.pieces and facts.area_px >= _SPECK_REGION_PX
    ]
    if listed:
        many = counted(sum(count for _, count in listed), "speck", "specks")
        message = f"{many} of at most 4 pixels in {counted(len(listed), 'mask', 'masks')}"
        where = listed[0][0] if len(listed) == 1 else table.masked
        related = () if len(listed) == 1 else tuple(path for path, _ in listed)
        yield found(codes.SPECKS_BESIDE_REGION, message, where, related=related)


def unusual_areas(table: CategoryTable) -> Iterator[Finding]:
    """CUR415: areas far from what the defect's regions usually have, on a logarithmic scale.

    Far means both: more than 30 times the median or less than a thirtieth, and 8 robust standard deviations away.
    """
    by_name: dict[str, list[MaskFacts]] = defaultdict(list)
    for sample, facts in table.regions():
        entry = table.entry_of(facts)
        if facts.area_px:
            by_name[entry.defect_name if entry else sample.label].append(facts)
    for name, regions in sorted(by_name.items()):
        if len(regions) < _LEAST_FOR_USUAL:
            continue
        logs = [math.log(facts.area_px) for facts in regions]
        middle = median(logs)
        spread = robust_spread(logs)
        limit = max(math.log(_FAR_FACTOR), _FAR_DEVIATIONS * spread)
        far = [
            (abs(value - middle), facts)
            for facts, value in zip(regions, logs, strict=True)
            if abs(value - middle) > limit
        ]
        if far:
            _, worst = max(far, key=lambda item: (item[0], item[1].path))
            others = tuple(facts.path for _, facts in far if facts is not worst)
            message = f"marks {worst.area_px} pixels; half of all {name} mark at most {round(math.exp(middle))}"
            yield found(codes.UNUSUAL_AREA, message, worst.path, related=others)


def saturation(table: CategoryTable) -> Iterator[Finding]:
    """CUR416: a relative threshold that truncates to no pixel, where the published scripts divide by zero."""
    for _, facts in table.regions():
        entry = table.entry_of(facts)
        if entry and entry.saturation.relative and facts.area_px and int(entry.saturation.value * facts.area_px) == 0:
            message = f"{entry.saturation} of {facts.area_px} pixels truncates to 0"
            yield found(codes.SATURATION_BELOW_ONE_PIXEL, message, facts.path)


def names(table: CategoryTable) -> Iterator[Finding]:
    """CUR418: values that stand for another defect than the folder says."""
    named = {entry.defect_name for entry in table.entries}
    for sample, facts in table.regions():
        entry = table.entry_of(facts)
        if entry and sample.label != SEVERAL and sample.label in named and entry.defect_name != sample.label:
            message = f"stands for {entry.defect_name}, its folder says {sample.label}"
            yield found(codes.MASK_VALUE_OF_OTHER_DEFECT, message, facts.path)


CHECKS = (
    sizes,
    missing,
    unpaired,
    of_good,
    values,
    palettes,
    channels,
    drawn,
    covering,
    twice,
    specks,
    unusual_areas,
    saturation,
    names,
)
