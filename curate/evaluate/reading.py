"""What one worker does: read maps and masks of a few images and count them. Run by threads and by cluster workers.

Everything that is wrong becomes a finding, so that all problems of a submission are told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from curate.errors import CurateError, ImageError
from curate.evaluate.floats import NegativeCounts, RegionScores
from curate.evaluate.images import ImageSummary, RegionMask, Scores, summarize, union_of
from curate.evaluate.lookup import EdgeIndex
from curate.evaluate.plan import ImageJob
from curate.evaluate.segmentation import Overlaps, measure_overlaps
from curate.evaluate.tally import Tally
from curate.files.hashing import sha256_bytes
from curate.files.images import read_file
from curate.files.maps import INTEGER_BINS, MapError, decode_map, image_size, resize_map
from curate.files.masks import decode_mask
from curate.model.codes import found
from curate.model.defect import DefectEntry
from curate.model.finding import Finding

FLOAT = "float"
_KINDS = {"uint8": "8-bit", "uint16": "16-bit"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a worker needs to know; small, because it travels to every cluster worker.

    Attributes
    ----------
    dataset_root, submission_root : str
    defects : tuple of DefectEntry
        Of the category.
    resize : str
        ``""`` refuses maps of another size; else the resampling's name.
    """

    dataset_root: str
    submission_root: str
    defects: tuple[DefectEntry, ...]
    resize: str = ""


@dataclass(slots=True)
class Part:
    """What a worker brings back; merged by addition.

    Attributes
    ----------
    tallies : dict
        Kind of map (``8-bit``, ``16-bit``) to counts; more than one kind is refused in the end.
    kinds : dict
        Path of a map to its kind.
    digests : dict
        ``map:<path>`` and ``mask:<path>`` to sha256, ``size:<path>`` to an image's width and height.
    maxima : dict
        Image key to the map's maximum.
    findings : list of Finding
    regions : dict
        Image key to its regions, for the later passes over float maps.
    images : list of ImageSummary
        Of float maps; those of integer maps stand in their tally.
    region_scores, negatives, overlaps, below
        What the passes over float maps bring: see :mod:`curate.evaluate.floats` and :func:`look_below`.
    """

    tallies: dict[str, Tally] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    maxima: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    regions: dict[str, tuple[RegionMask, ...]] = field(default_factory=dict)
    images: list[ImageSummary] = field(default_factory=list)
    region_scores: RegionScores = field(default_factory=RegionScores)
    negatives: NegativeCounts = field(default_factory=NegativeCounts)
    overlaps: Overlaps = field(default_factory=Overlaps)
    below: float = -np.inf

    def merge(self, other: Part) -> None:
        """Add another part to this one."""
        for kind, tally in other.tallies.items():
            if kind in self.tallies:
                self.tallies[kind].merge(tally)
            else:
                self.tallies[kind] = tally
        self.kinds |= other.kinds
        self.digests |= other.digests
        self.maxima |= other.maxima
        self.findings += other.findings
        self.regions |= other.regions
        self.images += other.images
        self.region_scores.merge(other.region_scores)
        self.negatives.merge(other.negatives)
        self.overlaps += other.overlaps
        self.below = max(self.below, other.below)


def count_test_images(jobs: tuple[ImageJob, ...], reading: Reading) -> Part:
    """Read and count some test images."""
    part = Part()
    for job in jobs:
        opened = _open(job, reading, part)
        if opened is None:
            continue
        summary, scores, regions = opened
        bins = INTEGER_BINS.get(scores.dtype)
        if bins:
            kind = part.kinds[job.map_path]
            part.tallies.setdefault(kind, Tally(bins)).add_image(summary, scores, regions)
    return part


def read_training_maxima(jobs: tuple[tuple[str, str, str], ...], reading: Reading) -> Part:
    """Read the maxima of some training images: ``(key, map path, image path)`` each."""
    part = Part()
    for key, path, image in jobs:
        size = _size(image, reading, part)
        scores = _map(path, size, reading, part) if size else None
        if scores is not None:
            part.maxima[key] = _maximum(scores)
    return part


def collect_region_scores(jobs: tuple[ImageJob, ...], reading: Reading) -> Part:
    """First pass over float maps, those with masks: the scores inside regions."""
    part = Part()
    for job in jobs:
        opened = _open(job, reading, part)
        if opened is not None and part.kinds[job.map_path] == FLOAT:
            part.region_scores.add_image(opened[1], opened[2])
            part.regions[job.sample.key] = tuple(opened[2])
    return part


def count_negatives(jobs: tuple[ImageJob, ...], reading: Reading, index: EdgeIndex, threshold: float | None) -> Part:
    """Second pass over float maps: where the pixels outside regions lie among the edges.

    Overlaps are measured on the way when the threshold is known.
    """
    part = Part()
    for job in jobs:
        opened = _open(job, reading, part)
        if opened is None or part.kinds[job.map_path] != FLOAT:
            continue
        summary, scores, regions = opened
        part.images.append(summary)
        outside = scores.ravel() if not regions else scores[~union_of(regions, scores.shape)]
        part.negatives.add_scores(summary.group, outside, index)
        if threshold is not None:
            called = scores > floor_to(threshold, scores.dtype)
            part.overlaps += measure_overlaps(called, regions, defective=not summary.is_good)
    part.negatives = part.negatives.narrowed()
    return part


def look_below(jobs: tuple[ImageJob, ...], reading: Reading, lowest_called: float, *, measure: bool) -> Part:
    """Last pass over those float maps that reach the pixel F1-max cut: the largest score below it.

    Overlaps of the defective images are measured at the cut when the threshold was not known before.
    """
    part = Part()
    for job in jobs:
        opened = _open(job, reading, part)
        if opened is None:
            continue
        summary, scores, regions = opened
        part.below = max(part.below, float(np.max(scores, where=scores < lowest_called, initial=-np.inf)))
        if measure and not summary.is_good:
            part.overlaps += measure_overlaps(scores >= lowest_called, regions, defective=True)
    return part


def floor_to(threshold: float, dtype: np.dtype[Any]) -> np.floating[Any]:
    """Return the largest value of a float type that is not above a threshold: it calls the same pixels positive.

    >>> float(floor_to(0.1, np.dtype(np.float32))) <= 0.1
    True
    """
    near: np.floating[Any] = dtype.type(threshold)
    return near if float(near) <= threshold else np.nextafter(near, dtype.type(-np.inf))


def _open(job: ImageJob, reading: Reading, part: Part) -> tuple[ImageSummary, Scores, list[RegionMask]] | None:
    size = _size(job.sample.path, reading, part)
    if size is None:
        return None
    regions = _regions(job, size, reading, part) if job.regions is None else list(job.regions)
    scores = _map(job.map_path, size, reading, part, again=job.regions is not None)
    if scores is None or regions is None:
        return None
    summary = summarize(job.sample.key, job.sample.label, _maximum(scores), regions)
    part.maxima[summary.key] = summary.score
    return summary, scores, regions


def _maximum(scores: Scores) -> float:
    return float(scores.max()) + 0.0  # -0.0 becomes 0.0


def _size(image: str, reading: Reading, part: Part) -> tuple[int, int] | None:
    try:
        size = image_size(Path(reading.dataset_root) / image)
    except ImageError as error:
        part.findings.append(found("CUR621", error.message, image))
        return None
    part.digests[f"size:{image}"] = f"{size[0]}x{size[1]}"
    return size


def _map(shown: str, size: tuple[int, int], reading: Reading, part: Part, *, again: bool = False) -> Scores | None:
    path = Path(reading.submission_root) / shown
    try:
        content = read_file(path)
        scores = decode_map(content, path)
    except MapError as error:
        part.findings.append(found(error.code, error.message, shown))
        return None
    except CurateError as error:
        part.findings.append(found("CUR603", error.message, shown))
        return None
    if not again:
        part.digests[f"map:{shown}"] = sha256_bytes(content)
    part.kinds[shown] = _KINDS.get(scores.dtype.name, FLOAT)
    if scores.shape == (size[1], size[0]):
        return scores
    if reading.resize:
        return resize_map(scores, size, reading.resize)
    message = f"is {scores.shape[1]}×{scores.shape[0]} (width × height), its image is {size[0]}×{size[1]}"
    part.findings.append(found("CUR604", message, shown))
    return None


def _regions(job: ImageJob, size: tuple[int, int], reading: Reading, part: Part) -> list[RegionMask] | None:
    regions = []
    problems = 0
    for shown in job.sample.masks:
        path = Path(reading.dataset_root) / shown
        try:
            content = read_file(path)
            mask, value = decode_mask(content, path)
            entry = _entry(value, mask.shape, size, job, reading)
        except CurateError as error:
            part.findings.append(found("CUR620", error.message, shown))
            problems += 1
            continue
        part.digests[f"mask:{shown}"] = sha256_bytes(content)
        if entry:
            regions.append(RegionMask.cut(mask, entry.defect_name, entry.saturation))
    return None if problems else regions


def _entry(
    value: int, shape: tuple[int, ...], size: tuple[int, int], job: ImageJob, reading: Reading
) -> DefectEntry | None:
    """Say what a mask's value stands for; None for the empty masks that some datasets give their good images."""
    if shape != (size[1], size[0]):
        raise ImageError(f"is {shape[1]}×{shape[0]} (width × height), its image is {size[0]}×{size[1]}")
    if value == 0 and job.sample.is_good:
        return None
    if value == 0:
        raise ImageError("is empty: a region has at least one pixel")
    if job.sample.is_good:
        raise ImageError("marks a defect in an image that is called good")
    entry = next((entry for entry in reading.defects if entry.pixel_value == value), None)
    if entry is None:
        known = ", ".join(str(entry.pixel_value) for entry in reading.defects) or "there is no defects_config.json"
        raise ImageError(f"holds the value {value}, which defects_config.json does not name ({known})")
    return entry
