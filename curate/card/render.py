"""Render the description of a dataset as text or Markdown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from curate.card.describe import CategoryDescription, DefectDescription
from curate.card.measured import HEAD, summary_rows
from curate.model.words import counted

Measured: TypeAlias = Mapping[str, dict[str, dict[str, Any]]]

_USUAL = {"train": (0.5, 0.7), "val": (0.15, 0.3), "test": (0.15, 0.3)}
"""Where training sees defects, too: a benchmark that trains on good images alone keeps most images for its test."""


def as_text(categories: Sequence[CategoryDescription], measured: Measured | None = None) -> str:
    """Render for a terminal: aligned columns, one block per category; ``measured`` as of :func:`as_markdown`."""
    blocks = []
    for category in categories:
        defects = (measured or {}).get(category.name, {})
        lines = _lines(category) + (_aligned([HEAD, *summary_rows(defects)]) if defects else [])
        blocks.append("\n".join([category.name, *(f"  {line}" for line in lines)]))
    return "\n\n".join(blocks)


def as_markdown(
    name: str, license_name: str, categories: Sequence[CategoryDescription], measured: Measured | None = None
) -> str:
    """Render as Markdown: one table of all categories, then a section each.

    ``measured`` is what :func:`curate.card.measured.summaries` found of the regions.
    """
    parts = [f"# {name or 'Dataset'}"]
    if license_name:
        parts.append(f"Licence: {license_name}")
    parts.append(_overview(categories))
    for category in categories:
        parts.append(f"## {category.name}")
        parts.append("\n".join(f"* {line}" for line in _facts(category)))
        if category.defects:
            parts.append(_markdown_table(_DEFECT_HEAD, [_defect_row(*item) for item in category.defects.items()]))
        defects = (measured or {}).get(category.name, {})
        if defects:
            parts.append("Regions measured: the median, and the quantiles 0.1 and 0.9.")
            parts.append(_markdown_table(HEAD, list(summary_rows(defects))))
    return "\n\n".join(parts)


_DEFECT_HEAD = (
    "defect",
    "images",
    "regions",
    "area, px (least / median / largest)",
    "share of the image",
    "saturation",
)
_OVERVIEW_HEAD = (
    "category",
    "train",
    "test, good",
    "test, defective",
    "regions",
    "image size",
    "supervision",
    "fit for",
)


def _overview(categories: Sequence[CategoryDescription]) -> str:
    rows = []
    for category in categories:
        test = category.images.get("test", {})
        defects = ", ".join(f"{label} {count}" for label, count in test.items() if label != "good")
        rows.append(
            (
                category.name,
                str(sum(category.images.get("train", {}).values())),
                str(test.get("good", 0)),
                defects or "0",
                str(sum(defect.regions for defect in category.defects.values())),
                _most(category.sizes),
                category.supervision,
                ", ".join(category.tasks) or "nothing yet",
            )
        )
    return _markdown_table(_OVERVIEW_HEAD, rows)


def _lines(category: CategoryDescription) -> list[str]:
    lines = _facts(category)
    rows = [_DEFECT_HEAD, *(_defect_row(*item) for item in category.defects.items())]
    return lines + (_aligned(rows) if category.defects else [])


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _facts(category: CategoryDescription) -> list[str]:
    lines = []
    for split, labels in category.images.items():
        counts = ", ".join(f"{label} {count}" for label, count in labels.items())
        low, high = _USUAL[split]
        share = category.shares[split]
        as_usual = category.supervision == "none" or low <= share <= high
        usual = "" if as_usual else f", usual are {low:.0%} to {high:.0%}"
        lines.append(f"{split}: {sum(labels.values())} images ({counts}); {share:.0%} of all{usual}")
    lines.append(f"size: {_most(category.sizes)} pixels; {_most(category.kinds)}; layout {category.layout}")
    lines.append(f"supervision: {category.supervision}; fit for {', '.join(category.tasks) or 'nothing yet'}")
    if category.first_shot_at:
        lines.append(f"taken from {category.first_shot_at} to {category.last_shot_at}")
    kinds = ((category.cameras, "camera", "cameras"), (category.specimens, "specimen", "specimens"))
    known = [counted(*kind) for kind in kinds if kind[0]]
    if known:
        lines.append(f"known: {', '.join(known)}")
    if category.drift:
        drift = category.drift
        lines.append(
            f"light of the good images: {drift.change:+.1f} grey values from first to last tenth "
            f"(rank correlation with time {drift.rank_correlation:+.2f}, {drift.p_text})"
        )
    return lines


def _defect_row(name: str, defect: DefectDescription) -> tuple[str, ...]:
    area = "" if defect.area_px is None else f"{defect.area_px[0]} / {defect.area_px[1]:g} / {defect.area_px[2]}"
    share = "" if defect.area_share is None else f"{defect.area_share:.2%}"
    return (name, str(defect.images), str(defect.regions), area, share, ", ".join(defect.saturation))


def _most(counts: dict[str, int]) -> str:
    """Name the most frequent kind and how many others there are."""
    if not counts:
        return "unknown"
    first, *others = counts
    return f"{first} (and {len(others)} more)" if others else first


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines)
