"""The dataset's card for people who look rather than read: counts, sizes, regions. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from curate.card.describe import CategoryDescription
from curate.model.defect import GOOD
from curate.report.charts import count, listed, moment, number, share, signed
from curate.report.page import CategoryPart, Grid, RegionsPart

_SPLIT_WORDS = {"train": "training", "val": "validation", "test": "test"}
_SIZES = 4
_SUPERVISION = {
    "none": "none: training shows no defects",
    "weak": "weak: training shows defects, labelled by image",
    "mixed": "mixed: training shows defects, some with regions",
    "strong": "strong: training shows defects with their regions",
}


def category_part(category: CategoryDescription, regions: RegionsPart | None = None) -> CategoryPart:
    """Say of a category what its card says; ``regions`` is what they look like."""
    return CategoryPart(category.name, tuple(_lines(category)), _counts(category), _defects(category), regions)


def _lines(category: CategoryDescription) -> list[tuple[str, str]]:
    sizes = [f"{size} ({count(images, 'image')})" for size, images in category.sizes.items()]
    more = f" and {count(len(sizes) - _SIZES, 'other size')}" if len(sizes) > _SIZES else ""
    lines = [("size, px", f"{listed(sizes[:_SIZES])}{more}")]
    lines.append(("channels", listed([kind.replace(" × ", " of ") for kind in category.kinds])))
    lines.append(("layout", category.layout))
    lines.append(("supervision", _SUPERVISION[category.supervision]))
    lines.append(("fit for", listed(category.tasks) or "nothing yet"))
    if category.first_shot_at:
        lines.append(("taken", f"{moment(category.first_shot_at)} to {moment(category.last_shot_at)}"))
    known = [count(category.cameras, "camera")] if category.cameras else []
    known += [count(category.specimens, "specimen")] if category.specimens else []
    if known:
        lines.append(("known of it", listed(known)))
    if category.drift:
        drift = category.drift
        change = f"{signed(drift.change, 3)} grey levels from the first tenth of the good images to the last"
        rank = f"rank correlation with time {signed(drift.rank_correlation, 2)}, {drift.p_text}"
        lines.append(("light", f"{change} ({rank})"))
    return lines


def _counts(category: CategoryDescription) -> Grid:
    splits = list(category.images)
    labels = sorted(
        {label for split in splits for label in category.images[split]}, key=lambda name: (name != GOOD, name)
    )
    rows = []
    for label in labels:
        numbers = [category.images[split].get(label, 0) for split in splits]
        rows.append((label, *(f"{value:,}" for value in numbers), f"{sum(numbers):,}"))
    totals = [sum(category.images[split].values()) for split in splits]
    rows.append(("all", *(f"{value:,}" for value in totals), f"{sum(totals):,}"))
    shares = "; ".join(f"{_SPLIT_WORDS[split]} {share(category.shares[split], 0)} %" for split in splits)
    head = ("label", *(_SPLIT_WORDS[split] for split in splits), "all")
    last = len(rows) - 1
    marked = frozenset((last, column) for column in range(len(head)))
    return Grid(
        f"{category.name}: images by label and split", head, tuple(rows), marked=marked, note=f"{shares} of all images."
    )


def _defects(category: CategoryDescription) -> Grid | None:
    if not category.defects:
        return None
    rows = []
    for name, defect in category.defects.items():
        area = ("–", "–", "–") if defect.area_px is None else tuple(number(value) for value in defect.area_px)
        cells = (f"{defect.images:,}", f"{defect.regions:,}", *area, share(defect.area_share, 2))
        rows.append((name, *cells, ", ".join(defect.saturation) or "–"))
    head = ("defect", "images", "regions", "least px", "median px", "largest px", "% of the image", "saturation")
    note = (
        "Areas are pixels of a region. Saturation is how much of a region must be found until it counts as found: "
        "a share of its area, or a number of pixels."
    )
    return Grid(f"{category.name}: regions by defect", head, tuple(rows), texts=frozenset({7}), note=note)


def totals(categories: Sequence[CategoryDescription]) -> dict[str, int]:
    """Count images by split, defective ones, regions and kinds of defects over all categories."""
    images = [
        (split, label, n)
        for entry in categories
        for split, labels in entry.images.items()
        for label, n in labels.items()
    ]
    return {
        "images": sum(n for _, _, n in images),
        **{split: sum(n for name, _, n in images if name == split) for split in _SPLIT_WORDS},
        "defective": sum(n for _, label, n in images if label != GOOD),
        "regions": sum(defect.regions for entry in categories for defect in entry.defects.values()),
        "defects": len({name for entry in categories for name in entry.defects}),
    }
