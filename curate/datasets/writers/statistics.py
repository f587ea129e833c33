"""Counts of what was written, for its ``dataset.json``. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any

from curate.datasets.writers.plan import Placed


def statistics_of(placed: Sequence[Placed]) -> dict[str, Any]:
    """Count images by split and label, regions by defect with their areas in pixels, and sizes."""
    images: dict[str, Counter[str]] = defaultdict(Counter)
    areas: dict[str, list[int]] = defaultdict(list)
    sizes: Counter[str] = Counter()
    for entry in placed:
        images[entry.sample.split][entry.sample.label] += 1
        sizes[f"{entry.size_px[0]}×{entry.size_px[1]}"] += 1
        for defect, area in entry.regions:
            areas[defect].append(area)
    result: dict[str, Any] = {
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
        "sizes_px": dict(sorted(sizes.items())),
    }
    times = sorted(entry.sample.shot_at for entry in placed if entry.sample.shot_at)
    if times:
        result |= {"first_shot_at": times[0], "last_shot_at": times[-1]}
    return result
