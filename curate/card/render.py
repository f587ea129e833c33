"""Render the description of a dataset as text or Markdown. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from curate.card.describe import CategoryDescription, DefectDescription
from curate.model.words import counted

_USUAL = {"train": (0.5, 0.7), "val": (0.15, 0.3), "test": (0.15, 0.3)}


def as_text(categories: Sequence[CategoryDescription]) -> str:
    """Render for a terminal: aligned columns, one block a category."""
    return "\n\n".join(
        "\n".join([category.name, *(f"  {line}" for line in _lines(category))]) for category in categories
    )


def as_markdown(name: str, license_name: str, categories: Sequence[CategoryDescription]) -> str:
    """Render as Markdown: one table of all categories, then a section each."""
    parts = [f"# {name or 'Dataset'}"]
    if license_name:
        parts.append(f"Licence: {license_name}")
    parts.append(_overview(categories))
    for category in categories:
        parts.append(f"## {category.name}")
        parts.append("\n".join(f"* {line}" for line in _facts(category)))
        if category.defects:
            parts.append(_markdown_table(_DEFECT_HEAD, [_defect_row(*item) for item in category.defects.items()]))
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
    if category.defects:
        widths = [max(len(row[column]) for row in rows) for column in range(len(_DEFECT_HEAD))]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
    return lines


def _facts(category: CategoryDescription) -> list[str]:
    lines = []
    for split, labels in category.images.items():
        counts = ", ".join(f"{label} {count}" for label, count in labels.items())
        low, high = _USUAL[split]
        share = category.shares[split]
        usual = "" if low <= share <= high else f", usual are {low:.0%} to {high:.0%}"
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
            f"(rank correlation with time {drift.rank_correlation:+.2f}, p = {drift.p_value:.1g})"
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
