"""Carry a category's ``dataset.json`` over to its augmentation: who made it and under which licence still holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from curate.augment.plan import CopyRow
from curate.datasets.card import CARD_NAME, fingerprint_of, format_card, read_card
from curate.datasets.dataset import read_dataset
from curate.disk.atomic import write_text
from curate.disk.hashing import sha256_file
from curate.disk.reading import files_below
from curate.imaging.images import read_file
from curate.imaging.masks import decode_plane
from curate.model.card import Card, SampleOrigin
from curate.model.dataset import Category


def carry_cards_over(root: Path, fresh: Path, rows: Sequence[CopyRow], words: str) -> None:
    """Write the card of each category that has one: the old one, with the new images, counts and fingerprint.

    Parameters
    ----------
    root, fresh : Path
        The dataset, and its augmentation, complete but for the cards.
    rows : sequence of CopyRow
    words : str
        What was done, for the description.
    """
    sources = {row.image: row.source for row in rows}
    for category in read_dataset(fresh).categories:
        card = read_card(root / category.prefix / CARD_NAME)
        if card is not None:
            text = format_card(_augmented(card, category, fresh, sources, words))
            write_text(fresh / category.prefix / CARD_NAME, text)


def _augmented(card: Card, category: Category, fresh: Path, sources: Mapping[str, str], words: str) -> Card:
    start = f"{category.prefix}/" if category.prefix else ""
    folder = fresh / category.prefix
    digests = {
        (place / name).relative_to(folder).as_posix(): sha256_file(place / name)
        for place, names in files_below(folder)
        for name in names
    }
    known = {origin.path: origin for origin in card.samples}
    origins = []
    for sample in sorted(category.samples, key=lambda entry: entry.path):
        path = sample.path.removeprefix(start)
        old = known.get(sources.get(sample.path, sample.path).removeprefix(start), SampleOrigin(path, ""))
        masks = {mask.removeprefix(start): digests[mask.removeprefix(start)] for mask in sample.masks}
        origins.append(replace(old, path=path, sha256=digests[path], masks=masks))
    return replace(
        card,
        description=f"{card.description} ({words})".strip(),
        fingerprint=fingerprint_of(digests),
        statistics={**card.statistics, **_counts(category, fresh)},
        samples=tuple(origins),
    )


def _counts(category: Category, fresh: Path) -> dict[str, Any]:
    """Count images by split and label, and regions by defect with their areas, as an export does."""
    images: dict[str, Counter[str]] = defaultdict(Counter)
    areas: dict[str, list[int]] = defaultdict(list)
    names = {entry.pixel_value: entry.defect_name for entry in category.defects}
    for sample in category.samples:
        images[sample.split][sample.label] += 1
        for mask in sample.masks:
            plane = decode_plane(read_file(fresh / mask), fresh / mask)
            areas[names.get(int(plane.max()), sample.label)].append(int((plane > 0).sum()))
    return {
        "images": {split: dict(sorted(labels.items())) for split, labels in sorted(images.items(), reverse=True)},
        "regions": {
            name: {
                "count": len(found),
                "min_area_px": min(found),
                "median_area_px": float(median(found)),
                "max_area_px": max(found),
            }
            for name, found in sorted(areas.items())
        },
    }
