"""Thresholds of single regions from a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from curate.errors import InputError
from curate.formats.saturation import threshold
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import Saturation
from curate.model.finding import Finding
from curate.model.region import Annotation

_COLUMNS = ("frame", "region", "saturation")


def with_thresholds(
    annotations: Mapping[str, Annotation], header: Sequence[str], rows: Sequence[Sequence[str]], name: str
) -> tuple[dict[str, Annotation], int, list[Finding]]:
    """Return the annotations with the thresholds of a table.

    Parameters
    ----------
    annotations : mapping of frame to Annotation
    header : sequence of str
        Must hold frame, region and saturation.
    rows : sequence of sequence of str
    name : str
        Of the table, for findings.

    Returns
    -------
    dict of Annotation
    int
        How many regions got a threshold.
    list of Finding

    Raises
    ------
    InputError
        If a column is missing.
    """
    lacking = [column for column in _COLUMNS if column not in header]
    if lacking:
        raise InputError(
            f"lacks the column {', '.join(lacking)}; it has {', '.join(header) or 'none'}",
            path=name,
            hint="the first line must name the columns frame, region and saturation",
        )
    wanted: dict[tuple[str, str], Saturation] = {}
    findings = []
    ids = {(frame, region.region_id) for frame, annotation in annotations.items() for region in annotation.regions}
    for number, row in enumerate(rows, start=2):
        values = dict(zip(header, row, strict=False))
        key = (values.get("frame", ""), values.get("region", ""))
        place = f"{name}#line-{number}"
        if key not in ids:
            findings.append(found(codes.UNPARSED_SATURATION, f"there is no region {key[1]!r} in {key[0]!r}", place))
            continue
        try:
            wanted[key] = threshold(values.get("saturation", ""))
        except ValueError as error:
            findings.append(found(codes.UNPARSED_SATURATION, str(error), place))
    changed = {frame: _changed(annotation, wanted) for frame, annotation in annotations.items()}
    return changed, len(wanted), findings


def _changed(annotation: Annotation, wanted: Mapping[tuple[str, str], Saturation]) -> Annotation:
    regions = tuple(
        replace(region, saturation=wanted.get((annotation.frame, region.region_id), region.saturation))
        for region in annotation.regions
    )
    return replace(annotation, regions=regions)
