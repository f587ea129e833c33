"""Score anomaly maps that are arrays, batch by batch: for notebooks and training loops.

Example
-------
>>> import numpy as np
>>> maps = np.array([[[0.1, 0.2], [0.1, 0.9]], [[0.2, 0.1], [0.3, 0.1]]], np.float32)
>>> masks = np.array([[[0, 0], [0, 1]], [[0, 0], [0, 0]]])

>>> metrics = MapMetrics()
>>> metrics.update(maps, masks)
>>> metrics.compute()["localization"]["au_spro"]["0.05"]
1.0
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from curate.errors import InputError
from curate.evaluate.curve_points import drawn_images
from curate.evaluate.detection import detection, scores_of
from curate.evaluate.foreign_arrays import as_array
from curate.evaluate.images import Group, ImageSummary, RegionMask, Scores, summarize, union_of
from curate.evaluate.localization import PixelCurves
from curate.evaluate.mask_arrays import Mask, split_masks
from curate.evaluate.metrics.counting import just_below
from curate.evaluate.metrics.spro import SPRO_LIMITS
from curate.evaluate.scoring.float_rows import CountedRange, totals_of
from curate.evaluate.scoring.histograms import Tally
from curate.evaluate.scoring.negative_counts import NegativeCounter
from curate.evaluate.scoring.region_scores import RegionScores
from curate.model.defect import GOOD, Saturation
from curate.model.result import ResultCurves
from curate.model.typed_json import encode

Threshold: TypeAlias = float | int | Saturation

_BINS = {np.dtype(np.uint8): 1 << 8, np.dtype(np.uint16): 1 << 16}
_BATCH = 3
_DEFECT = "defect"


@dataclass(frozen=True, slots=True)
class CheckedMap:
    """One map whose scores and masks can be counted.

    Attributes
    ----------
    scores : ndarray of uint8, uint16, float32 or float64, shape (height, width)
    regions : tuple of (mask, defect, Saturation)
        Masks are ndarrays of bool, of the map's shape.
    left_out : ndarray of bool or None
        Pixels that are neither positives nor negatives.
    image_score : float or None
        The image's own score; None takes the map's maximum.
    """

    scores: Scores
    regions: tuple[tuple[Mask, str, Saturation], ...] = ()
    left_out: Mask | None = None
    image_score: float | None = None


class MapMetrics:
    """Exact localization and detection metrics of anomaly maps, fed batch by batch.

    Maps of type ``uint8`` and ``uint16`` are counted and forgotten: memory does not grow. Of float maps the scores
    outside regions are kept until the end (4 or 8 bytes a pixel), because exact curves need the scores inside all
    regions first; for large sets write the maps to files and use :func:`curate.evaluate.evaluate_submission`, which
    reads them twice instead.

    Parameters
    ----------
    saturation : float, int or Saturation
        How much of a region must be found: a float in (0, 1] is a fraction of it, an int a number of pixels. Calls of
        :meth:`update` may say otherwise.
    """

    def __init__(self, saturation: Threshold = 1.0) -> None:
        self.saturation = _threshold(saturation)
        self._tally: Tally | None = None
        self._regions = RegionScores()
        self._outside: list[tuple[Group, Scores]] = []
        self._images: list[ImageSummary] = []
        self._highest = -math.inf
        self._dtype: np.dtype[Any] | None = None

    def update(
        self,
        maps: ArrayLike,
        masks: Any = None,
        *,
        saturation: Threshold | Sequence[Threshold] | None = None,
        defect: str | Sequence[str] = _DEFECT,
        ignore: int | None = None,
        image_scores: ArrayLike | None = None,
    ) -> None:
        """Take one map, or a batch of maps of the same size: all of it, or after an error nothing.

        Parameters
        ----------
        maps : array, shape (height, width) or (batch, height, width)
            Higher is more anomalous. Here and for masks: whatever has ``__array__`` or DLPack, tensors too.
        masks : array, sequence or None
            For one map: None or an all-zero mask for a good image; an array of shape (height, width), 0 outside and one
            positive whole number inside, for one region; a sequence of such arrays for several regions, which may
            overlap. For a batch: one of these for each map.
        saturation : float, int, Saturation or a sequence of them, optional
            Of this map's region, or one per region.
        defect : str or sequence of str
            Name of the regions' defect, or one per region.
        ignore : int, optional
            Value of mask pixels that are left out: they are neither positives nor negatives, and the image's score is
            the maximum of the others. Without it no value is left out.
        image_scores : float or array, shape (batch,), optional
            The score of the image, or of each image of a batch, where it is not the map's maximum: what ``scores.csv``
            is to a submission.

        Raises
        ------
        InputError
            If shapes do not fit, a score is not finite, 8-bit, 16-bit and float maps are mixed, or a mask is soft or
            holds several classes, NaN, a negative number, or nothing but ignored pixels.
        """
        default = self.saturation if saturation is None else saturation
        checked = checked_maps(maps, masks, saturation=default, defect=defect, ignore=ignore)
        self.add(checked if image_scores is None else _with_image_scores(checked, image_scores))

    def add(self, checked: Sequence[CheckedMap]) -> None:
        """Take maps that :func:`checked_maps` returned: all of them, or after an error none."""
        ready = [(one, [RegionMask.cut(*region) for region in one.regions]) for one in checked]
        for dtype in {one.scores.dtype for one in checked}:
            self._keep_type(dtype)
        for one, regions in ready:
            self._add(one, regions)

    def __repr__(self) -> str:
        good = sum(image.is_good for image in self._images)
        regions = sum(image.regions for image in self._images)
        fed = f"{good} good and {len(self._images) - good} defective maps, {regions} regions"
        return f"MapMetrics({fed}, {self._dtype})" if self._images else "MapMetrics(nothing yet)"

    def merge(self, other: MapMetrics) -> None:
        """Add what another object was fed, for instance in another process. The order changes no number."""
        if not isinstance(other, MapMetrics):
            raise InputError(f"{type(other).__name__} cannot be merged, expected MapMetrics")
        if other._dtype is None:
            return
        self._keep_type(other._dtype)
        if other._tally is not None:
            self._tally = self._tally or Tally(other._tally.bins)
            self._tally.merge(other._tally)
        # Images have no names here: what came in takes names that no other can have.
        theirs = {f"{len(self._images)}+{key}": pieces for key, pieces in other._regions.images.items()}
        self._regions.merge(replace(other._regions, images=theirs))
        self._outside += other._outside
        self._images += other._images
        self._highest = max(self._highest, other._highest)

    def compute(self) -> dict[str, Any]:
        """Return ``counts``, ``localization``, ``detection`` and ``curves`` of a result for all maps so far."""
        curves = self._curves()
        good = sum(image.is_good for image in self._images)
        named = [
            ImageSummary(f"test/{image.label}/{place:06d}", image.label, image.defects, image.score, image.regions)
            for place, image in enumerate(sorted(self._images, key=lambda image: (image.label, image.score)))
        ]
        scores = {image.key: image.score for image in named}
        good_and_bad = (scores_of(named, scores, good=kind) for kind in (True, False))
        return {
            "counts": {
                "test_good": good,
                "test_defective": len(self._images) - good,
                "regions": sum(curves.totals.regions.values()),
                "negative_pixels": curves.negatives,
            },
            "localization": encode(curves.localization(self._f1_threshold(curves))),
            "detection": encode(detection(named, scores, [])),
            "curves": encode(ResultCurves(*curves.drawn(), *drawn_images(*good_and_bad))),
        }

    def _add(self, checked: CheckedMap, regions: list[RegionMask]) -> None:
        scores, left_out = checked.scores, checked.left_out
        label = regions[0].defect if regions else GOOD
        highest = float(scores.max() if left_out is None else scores[~left_out].max()) + 0.0
        summary = summarize("", label, highest, regions)
        self._highest = max(self._highest, highest)
        score = highest if checked.image_score is None else checked.image_score
        self._images.append(replace(summary, score=score))
        bins = _BINS.get(scores.dtype)
        if bins:
            self._tally = self._tally or Tally(bins)
            self._tally.add_image(summary, scores, regions, left_out)
            return
        self._regions.add_image(f"{len(self._images)}", scores, regions)
        inside = union_of(regions, scores.shape)
        self._outside.append((summary.group, scores[~inside if left_out is None else ~(inside | left_out)]))

    def _keep_type(self, dtype: np.dtype[Any]) -> None:
        mine = self._dtype
        if mine is not None and mine != dtype and (mine.kind != "f" or dtype.kind != "f"):
            raise InputError(f"a {dtype} map came after {mine} maps", hint="give all maps the same type and scale")
        self._dtype = dtype if mine is None else np.promote_types(mine, dtype)

    def _curves(self) -> PixelCurves:
        if self._dtype is None or self._dtype in _BINS:
            return (self._tally or Tally(256)).pixel_curves()
        edges = self._regions.edges().astype(self._dtype)
        counter = NegativeCounter(edges)
        for group, outside in self._outside:
            counter.add(group, outside.astype(self._dtype, copy=False))
        negatives = counter.finish()
        curves = PixelCurves(totals_of(self._regions, negatives, self._highest))
        counted = CountedRange(self._regions, edges, negatives, Counter(), lowest=True)
        for slab in counted.slabs():
            curves.add(counted.rows(slab))
        return curves

    def _f1_threshold(self, curves: PixelCurves) -> float | None:
        """Return the largest observed score below the F1-max cut, or a double just below it."""
        cut = curves.cut()
        if cut is None:
            return None
        below = [float(part[part < cut.lowest].max(initial=-np.inf)) for _, part in self._outside]
        best = max([*below, *(score for score in cut.below[:1] if not np.isnan(score))], default=-np.inf)
        return best + 0.0 if best > -np.inf else just_below(cut.lowest)


def checked_maps(
    maps: ArrayLike,
    masks: Any = None,
    *,
    saturation: Threshold | Sequence[Threshold] = 1.0,
    defect: str | Sequence[str] = _DEFECT,
    ignore: int | None = None,
) -> list[CheckedMap]:
    """Check one map or a batch and what came with it; arguments and errors are those of :meth:`MapMetrics.update`."""
    scores = as_array(maps, "a map")
    if scores.ndim == _BATCH:
        many = [None] * len(scores) if masks is None else _listed(masks)
        if len(many) != len(scores):
            raise InputError(f"{len(scores)} maps came with masks for {len(many)}")
    else:
        scores, many = scores[None], [masks]
    if scores.ndim != _BATCH or 0 in scores.shape[1:]:
        shape = scores.shape if scores.ndim == _BATCH else scores.shape[1:]
        raise InputError(f"a map of shape {shape} came, expected (height, width) or (batch, height, width)")
    scores = _checked(scores) if len(scores) else scores
    ready = []
    for one, its in zip(scores, many, strict=True):
        planes, left_out = split_masks(its, one.shape, ignore)
        thresholds = [_threshold(entry) for entry in _one_each(saturation, len(planes), "saturation")]
        names = _one_each(defect, len(planes), "defect")
        if not all(isinstance(name, str) for name in names):
            raise InputError(f"the defects {names} came, expected names")
        ready.append(CheckedMap(one, tuple(zip(planes, names, thresholds, strict=True)), left_out))
    return ready


def _with_image_scores(checked: Sequence[CheckedMap], image_scores: ArrayLike) -> list[CheckedMap]:
    """Give each map its image's score."""
    scores = np.atleast_1d(np.asarray(as_array(image_scores, "the image scores"), np.float64))
    if scores.shape != (len(checked),) or not np.isfinite(scores).all():
        message = f"{len(checked)} maps came with image scores of shape {scores.shape}, expected a finite one each"
        raise InputError(message)
    return [replace(one, image_score=float(score) + 0.0) for one, score in zip(checked, scores, strict=True)]


def au_spro(
    maps: Iterable[ArrayLike],
    masks: Iterable[Any],
    *,
    limit: float | str = 0.05,
    saturation: Threshold = 1.0,
    ignore: int | None = None,
) -> float | None:
    """Area under the sPRO curve up to a false positive rate, divided by it.

    Parameters
    ----------
    maps : iterable of array, shape (height, width)
    masks : iterable
        For each map what :meth:`MapMetrics.update` takes.
    limit : float or str
        0.01, 0.05, 0.1, 0.3 or 1.
    saturation : float, int or Saturation
    ignore : int, optional
        Value of mask pixels that are left out.

    Returns
    -------
    float or None
        None without a region or without a pixel outside regions.

    Raises
    ------
    InputError
        If the limit is another one, or as :meth:`MapMetrics.update`.

    Examples
    --------
    >>> au_spro([[[1, 9], [2, 3]]], [[[0, 1], [0, 1]]], limit=1, saturation=1)
    1.0
    """
    name = _limit_name(limit)
    metrics = MapMetrics(saturation)
    for scores, its in zip(maps, masks, strict=True):
        metrics.update(scores, its, ignore=ignore)
    area: float | None = metrics.compute()["localization"]["au_spro"][name]
    return area


def _limit_name(limit: float | str) -> str:
    """Return what results call a limit."""
    names = {float(name): name for name in SPRO_LIMITS}
    try:
        return names[float(limit)]
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"the limit {limit!r} came, expected one of {', '.join(SPRO_LIMITS)}") from error


def _checked(scores: Scores) -> Scores:
    """Return scores of a type that is counted, all finite."""
    if scores.dtype.kind not in "biuf":
        raise InputError(f"a map of type {scores.dtype} came, expected real numbers")
    if scores.dtype.kind == "b":
        scores = scores.astype(np.uint8)
    if scores.dtype not in _BINS and scores.dtype != np.float32:
        scores = scores.astype(np.float32 if scores.dtype == np.float16 else np.float64)
    if not (np.isfinite(scores.max()) and np.isfinite(scores.min())):
        raise InputError("a map holds NaN or infinity", hint="find where the detector divides by zero")
    return np.ascontiguousarray(scores)


def _listed(masks: Any) -> list[Any]:
    try:
        return list(masks)
    except TypeError as error:
        raise InputError(f"{type(masks).__name__} came as the masks of a batch, expected one entry per map") from error


def _one_each(value: Any, count: int, name: str) -> list[Any]:
    if isinstance(value, str | float | int | np.floating | np.integer | Saturation):
        return [value] * count
    try:
        values = list(value)
    except TypeError as error:
        raise InputError(f"{type(value).__name__} came as {name}, expected one value, or one per region") from error
    if len(values) != count:
        raise InputError(f"{count} regions came with {len(values)} values of {name}")
    return values


def _threshold(value: Threshold) -> Saturation:
    if isinstance(value, Saturation):
        return value
    if isinstance(value, bool) or not isinstance(value, float | int | np.floating | np.integer):
        raise InputError(f"a saturation of type {type(value).__name__} came, expected a float, an int or Saturation")
    relative = isinstance(value, float | np.floating)
    return Saturation(float(value) if relative else int(value), relative=relative)
