"""What ``dataset.json`` says about a planned category. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from curate.export.plan import PlannedSample
from curate.model.card import SampleOrigin
from curate.model.dataset import Category, Sample
from curate.model.defect import GOOD, DefectEntry


def statistics(samples: Sequence[PlannedSample]) -> dict[str, Any]:
    """Count images by split and label, regions by defect with their areas in pixels, and sizes."""
    images: dict[str, Counter[str]] = defaultdict(Counter)
    areas: dict[str, list[int]] = defaultdict(list)
    sizes: Counter[str] = Counter()
    for sample in samples:
        images[sample.split][sample.label] += 1
        sizes[f"{sample.window.width_px}×{sample.window.height_px}"] += 1
        for mask in sample.masks:
            areas[mask.defect].append(mask.area_px)
    result: dict[str, Any] = {
        "images": {split: dict(sorted(labels.items())) for split, labels in sorted(images.items(), reverse=True)},
        "regions": {name: _areas(found) for name, found in sorted(areas.items())},
        "sizes_px": dict(sorted(sizes.items())),
    }
    times = [
        sample.capture.shot_at for sample in sorted(samples, key=lambda sample: sample.order) if sample.capture.shot_at
    ]
    if times:
        result |= {"first_shot_at": times[0], "last_shot_at": times[-1]}
    return result


def _areas(areas_px: Sequence[int]) -> dict[str, float]:
    return {
        "count": len(areas_px),
        "min_area_px": min(areas_px),
        "median_area_px": float(median(areas_px)),
        "max_area_px": max(areas_px),
    }


def supervision(samples: Sequence[PlannedSample]) -> str:
    """Say what training sees of defects: ``none``, ``weak`` (labels only), ``mixed`` or ``strong`` (all regions)."""
    drawn = [bool(sample.masks) for sample in samples if sample.split == "train" and sample.label != GOOD]
    if not drawn:
        return "none"
    return "strong" if all(drawn) else "mixed" if any(drawn) else "weak"


def origins(samples: Sequence[PlannedSample], masks: Mapping[str, str]) -> tuple[SampleOrigin, ...]:
    """Say where each image comes from, in path order.

    Parameters
    ----------
    samples : sequence of PlannedSample
    masks : mapping of str to str
        sha256 of every published mask, by its path relative to the category's folder.
    """
    found = [
        SampleOrigin(
            path=sample.target,
            sha256=sample.window.sha256,
            frame=sample.capture.frame,
            shot_at=sample.capture.shot_at,
            series=sample.capture.series,
            camera=sample.capture.camera,
            specimen=sample.capture.specimen,
            order=sample.order,
            masks={path: masks[path] for path in mask_targets(sample)},
        )
        for sample in samples
    ]
    return tuple(sorted(found, key=lambda origin: origin.path))


def as_category(name: str, samples: Sequence[PlannedSample], entries: tuple[DefectEntry, ...]) -> Category:
    """Return a planned category as the category of a dataset that it will be."""
    planned = (
        Sample(
            sample.split,
            sample.label,
            sample.name,
            sample.target,
            mask_targets(sample),
            specimen=sample.capture.specimen,
            shot_at=sample.capture.shot_at,
        )
        for sample in samples
    )
    return Category(name, name, tuple(planned), entries)


def mask_targets(sample: PlannedSample) -> tuple[str, ...]:
    """Return the published path of each of a sample's masks, relative to the category's folder.

    The published scripts look for everything under ``ground_truth`` in the test set, so what belongs to training or
    validation lies in a folder of its own.
    """
    folder = "ground_truth" if sample.split == "test" else f"ground_truth_{sample.split}"
    return tuple(f"{folder}/{sample.label}/{sample.name}/{index:04d}.png" for index in range(len(sample.masks)))
