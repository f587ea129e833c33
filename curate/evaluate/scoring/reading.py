"""What one worker does: read maps and masks of a few images and count them. Run by threads and by cluster workers.

Everything that is wrong becomes a finding, so that all problems of a submission are named at once.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from curate.datasets.truth import Truth, drawn_truth, truth_of_mask
from curate.disk.hashing import sha256_bytes
from curate.errors import CurateError, ImageError, MissingError, ReadError
from curate.evaluate.bootstrap import ImageCurve, pack
from curate.evaluate.images import GOOD_GROUP, ImageSummary, RegionMask, Scores, summarize, union_of
from curate.evaluate.plan import ImageJob
from curate.evaluate.scoring.coarse_bins import COARSE_BINS, CoarseBins
from curate.evaluate.scoring.histograms import Tally, histogram
from curate.evaluate.scoring.memory import Memory
from curate.evaluate.scoring.negative_counts import NegativeCounter, NegativeCounts
from curate.evaluate.scoring.region_scores import EVERYTHING, RegionScores
from curate.evaluate.segmentation import Overlaps, measure_overlaps
from curate.imaging.images import read_file
from curate.imaging.maps import INTEGER_BINS, MapError, decode_map, image_size, resize_map
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Category
from curate.model.finding import Finding

FLOAT = "float"

_KINDS = {"uint8": "8-bit", "uint16": "16-bit"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a worker needs to know; small, because it travels to every cluster worker.

    Attributes
    ----------
    dataset_root, submission_root : str
    category : Category
        Its configuration and mask rule; without samples.
    resize : str
        ``""`` refuses maps of another size; else the resampling's name.
    keep_curves : bool
        Whether each image's own part of the curve is kept for the bootstrap.
    memory : Memory
        What may be held at a time.
    """

    dataset_root: str
    submission_root: str
    category: Category
    resize: str = ""
    keep_curves: bool = False
    memory: Memory = Memory()


@dataclass(frozen=True, slots=True)
class Sweep:
    """One pass over float maps that counts negatives among a range of edges.

    Attributes
    ----------
    edges : ndarray of float, shape (m,)
    bins : CoarseBins or None
        Where each image's own negatives are counted, for the bootstrap.
    first : bool
        Whether the maps are read for the first time; all but the counts is done then.
    threshold : float or None
        Where overlaps are measured, when it is known beforehand.
    together : bool
        Whether one curve serves all defects, so that all negatives are counted together.
    counter : NegativeCounter or None
        Where threads of one process count together; None where each part brings its own counts.
    """

    edges: Scores
    bins: CoarseBins | None = None
    first: bool = True
    threshold: float | None = None
    together: bool = False
    counter: NegativeCounter | None = None


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
    unmapped : list of ImageSummary
        Images without a map, in a partial evaluation; their score is NaN.
    curves : list of ImageCurve
        For the bootstrap of float maps: each image's negatives.
    region_scores, negatives, overlaps, below
        What the passes over float maps bring: see :mod:`curate.evaluate.scoring` and :func:`look_below`.
    """

    tallies: dict[str, Tally] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    maxima: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    regions: dict[str, tuple[RegionMask, ...]] = field(default_factory=dict)
    images: list[ImageSummary] = field(default_factory=list)
    unmapped: list[ImageSummary] = field(default_factory=list)
    curves: list[ImageCurve] = field(default_factory=list)
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
        self.unmapped += other.unmapped
        self.curves += other.curves
        self.region_scores.merge(other.region_scores)
        self.negatives.merge(other.negatives)
        self.overlaps += other.overlaps
        self.below = max(self.below, other.below)


def problems_of(part: Part) -> list[Finding]:
    """Return why a category cannot be scored: every finding, and maps that are of another kind than most."""
    kinds = Counter(part.kinds.values())
    if len(kinds) < 2:  # noqa: PLR2004 - two kinds are a mixture
        return list(part.findings)
    usual = min(kinds, key=lambda kind: (-kinds[kind], kind))
    return part.findings + [
        found(codes.MAP_RANGES_DIFFER, f"is a {kind} map, {kinds[usual]} others of this category are {usual}", path)
        for path, kind in sorted(part.kinds.items())
        if kind != usual
    ]


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
            tally = part.tallies.setdefault(kind, Tally(bins, keeps_curves=reading.keep_curves))
            tally.add_image(summary, scores, regions)
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


def collect_region_scores(
    jobs: tuple[ImageJob, ...], reading: Reading, within: tuple[float, float] = EVERYTHING
) -> Part:
    """First pass over float maps, those with masks: the scores inside regions, or those of a range."""
    part = Part()
    for job in jobs:
        opened = _open(job, reading, part)
        if opened is not None and part.kinds[job.map_path] == FLOAT:
            part.region_scores.add_image(job.sample.key, opened[1], opened[2], reading.memory.mark_every)
            part.regions[job.sample.key] = tuple(opened[2])
    if within != EVERYTHING:
        part.region_scores = part.region_scores.within(*within)
    return part


def count_negatives(jobs: tuple[ImageJob, ...], reading: Reading, sweep: Sweep) -> Part:
    """Second pass over float maps: where the pixels outside regions lie among the edges.

    Overlaps are measured on the way when the threshold is known.
    """
    part = Part()
    counter = sweep.counter or NegativeCounter(sweep.edges, reading.memory)
    for job in jobs:
        opened = _open(job, reading, part)
        if opened is None or part.kinds[job.map_path] != FLOAT:
            continue
        summary, scores, regions = opened
        outside = scores.ravel() if not regions else scores[~union_of(regions, scores.shape)]
        counter.add(GOOD_GROUP if sweep.together else summary.group, outside)
        if sweep.first:
            part.images.append(summary)
        if sweep.first and sweep.bins is not None:
            own = pack(histogram(sweep.bins.of(outside), COARSE_BINS))
            part.curves.append(ImageCurve(summary.key, summary.regions, own, None))
        if sweep.first and sweep.threshold is not None:
            predicted = scores > floor_to(sweep.threshold, scores.dtype)
            part.overlaps += measure_overlaps(predicted, regions, defective=not summary.is_good)
    if sweep.counter is None:
        part.negatives = counter.finish()
    return part


def look_below(jobs: tuple[ImageJob, ...], reading: Reading, floor: float, lowest: float, *, measure: bool) -> Part:
    """Last pass over those float maps that reach the pixel F1-max cut: the largest score between the floor and it.

    Overlaps of the defective images are measured at the cut when the threshold was not known before.
    """
    part = Part()
    for job in jobs:
        opened = _open(job, reading, part)
        if opened is None:
            continue
        summary, scores, regions = opened
        between = scores > floor
        between &= scores < lowest
        if between.any():
            part.below = max(part.below, float(scores[between].max()))
        if measure and not summary.is_good:
            part.overlaps += measure_overlaps(scores >= lowest, regions, defective=True)
    return part


def floor_to(threshold: float, dtype: np.dtype[Any]) -> np.floating[Any]:
    """Return the largest value of a float type that is not above a threshold: it calls the same pixels positive.

    >>> float(floor_to(0.1, np.dtype(np.float32))) <= 0.1
    True
    """
    near: np.floating[Any] = dtype.type(threshold)
    return near if float(near) <= threshold else np.nextafter(near, dtype.type(-np.inf))


def _open(job: ImageJob, reading: Reading, part: Part) -> tuple[ImageSummary, Scores, list[RegionMask]] | None:
    """Read one image's map and regions; None after a finding, or when the image has no map."""
    size = _size(job.sample.path, reading, part)
    if size is None:
        _name_unread(job, reading, part)
        return None
    regions = _regions(job, size, reading, part) if job.regions is None else list(job.regions)
    scores = _map(job.map_path, size, reading, part, again=job.regions is not None) if job.map_path else None
    if not job.map_path and regions is not None:
        part.unmapped.append(summarize(job.sample.key, job.sample.label, math.nan, regions))
    if scores is None or regions is None:
        return None
    summary = summarize(job.sample.key, job.sample.label, _maximum(scores), regions)
    part.maxima[summary.key] = summary.score
    return summary, scores, regions


def _name_unread(job: ImageJob, reading: Reading, part: Part) -> None:
    """Look whether the other files of an image can be read, where nothing else can be said of them."""
    others = [(reading.dataset_root, mask) for mask in job.sample.masks]
    others += [(reading.submission_root, job.map_path)] if job.map_path else []
    for root, shown in others:
        try:
            read_file(Path(root) / shown)
        except ReadError as error:
            part.findings.append(found(codes.UNREAD_FILE, error.message, shown))
        except CurateError:
            pass  # it can be looked at, which the next run will do


def _maximum(scores: Scores) -> float:
    return float(scores.max()) + 0.0  # -0.0 becomes 0.0


def _size(image: str, reading: Reading, part: Part) -> tuple[int, int] | None:
    try:
        size = image_size(Path(reading.dataset_root) / image)
    except (ImageError, MissingError) as error:
        part.findings.append(found(codes.UNREADABLE_IMAGE_SIZE, error.message, image))
        return None
    except ReadError as error:
        part.findings.append(found(codes.UNREAD_FILE, error.message, image))
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
        unread = isinstance(error, ReadError)
        part.findings.append(found(codes.UNREAD_FILE if unread else codes.UNREADABLE_MAP, error.message, shown))
        return None
    if not again:
        part.digests[f"map:{shown}"] = sha256_bytes(content)
    part.kinds[shown] = _KINDS.get(scores.dtype.name, FLOAT)
    if scores.shape == (size[1], size[0]):
        return _narrowed(scores)
    if reading.resize:
        return resize_map(scores, size, reading.resize)
    message = f"is {scores.shape[1]}×{scores.shape[0]} (width × height), its image is {size[0]}×{size[1]}"
    part.findings.append(found(codes.MAP_SIZE_DIFFERS, message, shown))
    return None


def _narrowed(scores: Scores) -> Scores:
    """Return doubles that are all float32 values as such, which are counted in half the time; others as they are."""
    if scores.dtype != np.float64:
        return scores
    with np.errstate(over="ignore"):
        narrow = scores.astype(np.float32)
    return narrow if np.array_equal(narrow, scores) else scores


def _regions(job: ImageJob, size: tuple[int, int], reading: Reading, part: Part) -> list[RegionMask] | None:
    """Read an image's regions; None after a finding. Every mask is looked at, so that all problems are named."""
    regions: list[RegionMask] = []
    problems = 0
    for shown in job.sample.masks:
        try:
            content = read_file(Path(reading.dataset_root) / shown)
            found_here = truth_of_mask(content, shown, reading.category, job.sample, size, Path(reading.dataset_root))
        except CurateError as error:
            unread = isinstance(error, ReadError)
            part.findings.append(found(codes.UNREAD_FILE if unread else codes.UNSCORABLE_MASK, error.message, shown))
            problems += 1
            continue
        part.digests[f"mask:{shown}"] = sha256_bytes(content)
        regions += [_cut(truth) for truth in found_here]
    try:
        regions += [_cut(truth) for truth in drawn_truth(reading.category, job.sample, size)]
    except CurateError as error:
        part.findings.append(found(codes.UNSCORABLE_MASK, error.message, job.sample.path))
        problems += 1
    return None if problems else regions


def _cut(truth: Truth) -> RegionMask:
    patch, entry = truth.patch, truth.entry
    return RegionMask(patch.mask, patch.y_px, patch.x_px, entry.defect_name, entry.saturation)
