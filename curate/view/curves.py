"""Curves and score distributions out of results, ready to be drawn. Pure: a result in, numbers out."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from curate.model.defect import GOOD
from curate.model.result import CategoryResult, Result, ResultCurves, ScoredImage
from curate.model.result_curves import RecordedCurve

Kind: TypeAlias = Literal["spro", "roc", "pr", "pixel-roc"]
KINDS: tuple[Kind, ...] = get_args(Kind)

LIMITS: dict[Kind, tuple[float, ...]] = {
    "spro": (0.01, 0.05, 0.1, 0.3),
    "roc": (0.01, 0.05, 0.1),
    "pr": (),
    "pixel-roc": (),
}
"""False positive rates to mark: those that AU-sPRO is given up to, and those of TPR@TNR. 1.0 is the axis' end."""

HEADLINE_LIMIT = 0.05
"""The false positive rate up to which AU-sPRO is the headline of the AutoVI paper."""

OLD_RESULT = "holds no curves: it was written before curate kept them; evaluate the submission again"
"""What is to be said of a result that :func:`curves_of` finds nothing in."""

_RECORDED: dict[Kind, Callable[[ResultCurves], RecordedCurve | None]] = {
    "spro": lambda curves: curves.spro,
    "roc": lambda curves: curves.roc,
    "pr": lambda curves: curves.pr,
    "pixel-roc": lambda curves: curves.pixel_roc,
}
_AREAS: dict[Kind, Callable[[CategoryResult], float | None]] = {
    "spro": lambda entry: entry.localization.au_spro.get(f"{HEADLINE_LIMIT:g}"),
    "roc": lambda entry: entry.detection.auroc,
    "pr": lambda entry: entry.detection.ap,
    "pixel-roc": lambda entry: entry.localization.pixel_auroc,
}


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve of one run on one category.

    Attributes
    ----------
    category, method, run : str
    kind : str
    x, y : tuple of float
        False positive rate and sPRO or TPR, ascending in x; for ``pr`` recall and precision.
    threshold : tuple of (float or None)
        The score above which pixels or images are called positive there; None where there is none.
    area : float or None
        The number that sums the curve up: AU-sPRO at the headline limit, AUROC, AP, pixel AUROC.
    """

    category: str
    method: str
    run: str
    kind: Kind
    x: tuple[float, ...]
    y: tuple[float, ...]
    threshold: tuple[float | None, ...]
    area: float | None = None


def curves_of(result: Result, *, kinds: Sequence[Kind] = KINDS) -> list[Curve]:
    """Return every curve of a result, by category in the result's order, then run, then kind.

    A result of several runs gives the curves of each. Results that hold none, or null for one, give none of it: an
    empty list is for the caller to explain (:data:`OLD_RESULT`).
    """
    curves = []
    for category in result.categories:
        for run in result.single_runs:
            entry = run.categories.get(category)
            if entry is None or entry.curves is None:
                continue
            for kind in kinds:
                found = _RECORDED[kind](entry.curves)
                if found is not None and found.x:
                    named = category, run.submission.method, run.submission.run
                    curves.append(Curve(*named, kind, found.x, found.y, found.threshold, _AREAS[kind](entry)))
    return curves


def threshold_at(entry: CategoryResult, fpr: float = HEADLINE_LIMIT) -> float | None:
    """Return the score above which pixels are positive at a false positive rate, from a category's sPRO curve.

    Of the curve's points the last is taken whose rate is not above the one asked for, so that it is kept. None where
    the result holds no curve or no threshold there.
    """
    curve = entry.curves.spro if entry.curves else None
    if curve is None:
        return None
    place = bisect.bisect_right(curve.fpr, fpr * (1 + 1e-12)) - 1
    known = [threshold for threshold in curve.threshold[: place + 1] if threshold is not None]
    return known[-1] if known else None


def interpolated(curve: Curve, x: float) -> float:
    """Return a curve's y at an x, on the straight line between its points; NaN outside of them.

    Where points stand above each other the highest counts.

    >>> interpolated(Curve("a", "m", "", "roc", (0.0, 0.0, 1.0), (0.0, 0.5, 1.0), (None,) * 3), 0.5)
    0.75
    """
    place = bisect.bisect_right(curve.x, x) - 1
    if place < 0 or (place == len(curve.x) - 1 and curve.x[place] < x):
        return math.nan
    if curve.x[place] == x or place == len(curve.x) - 1:
        return curve.y[place]
    share = (x - curve.x[place]) / (curve.x[place + 1] - curve.x[place])
    return curve.y[place] + share * (curve.y[place + 1] - curve.y[place])


@dataclass(frozen=True, slots=True)
class ScoreHistogram:
    """Image scores of a category in bins of one width.

    Attributes
    ----------
    edges : tuple of float
        One more than there are bins; the last bin holds its upper edge, too.
    good, defective, train : tuple of int
        Images per bin: good and defective ones of the test set, and those of the training set.
    deployed : dict of str to float
        Threshold by the training FPR that it keeps (``"0.01"``, …); empty without training scores.
    """

    edges: tuple[float, ...]
    good: tuple[int, ...]
    defective: tuple[int, ...]
    train: tuple[int, ...]
    deployed: dict[str, float] = field(default_factory=dict)


def score_histogram(entry: CategoryResult, bins: int = 40) -> ScoreHistogram | None:
    """Count the image scores of a category; None when its result holds none.

    Parameters
    ----------
    entry : CategoryResult
    bins : int
        At least 1. All scores alike share one bin.
    """
    if not entry.images:
        return None
    scores = [float(image.score) for image in entry.images]
    low, high = min(scores), max(scores)
    if high == low:
        bins, high = 1, math.nextafter(low, math.inf)
    edges = (*(_between(low, high, place, bins) for place in range(bins)), high)
    groups: dict[str, list[int]] = {name: [0] * bins for name in ("good", "defective", "train")}
    for image, score in zip(entry.images, scores, strict=True):
        place = max(0, min(bins - 1, bisect.bisect_right(edges, score) - 1))
        groups[_group_of(image)][place] += 1
    deployed = entry.detection.deployed or {}
    return ScoreHistogram(
        edges=edges,
        **{name: tuple(counts) for name, counts in groups.items()},
        deployed={rate: float(part.threshold) for rate, part in deployed.items() if part.threshold is not None},
    )


def _between(low: float, high: float, place: int, steps: int) -> float:
    """Return the number that so many of the steps from low to high lead to; their distance may be beyond doubles."""
    if math.isfinite((high - low) * steps):
        return low + (high - low) * place / steps
    return low / steps * (steps - place) + high / steps * place


def _group_of(image: ScoredImage) -> str:
    if image.is_training:
        return "train"
    return "good" if image.label == GOOD else "defective"
