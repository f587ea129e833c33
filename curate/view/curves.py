"""Curves and score distributions out of result documents, ready to be drawn. Pure: a document in, numbers out."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from curate.model.defect import GOOD

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

_AXES: dict[Kind, tuple[str, str, str]] = {
    "spro": ("spro", "fpr", "spro"),
    "roc": ("roc", "fpr", "tpr"),
    "pr": ("pr", "recall", "precision"),
    "pixel-roc": ("pixel_roc", "fpr", "tpr"),
}
"""Where a kind stands in a category's ``curves`` block, and the names of its x and y."""


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


def curves_of(result: Mapping[str, Any], *, kinds: Sequence[Kind] = KINDS) -> list[Curve]:
    """Return every curve of a result document, by category in the document's order, then run, then kind.

    A document of several runs gives the curves of each. Results that hold none, or null for one, give none of it: an
    empty list is for the caller to explain (:data:`OLD_RESULT`).
    """
    curves = []
    for category in result["categories"]:
        for single in runs_of(result):
            block = single["categories"].get(category, {})
            for kind in kinds:
                curve = _curve(block, kind, category, single["submission"])
                if curve is not None:
                    curves.append(curve)
    return curves


def runs_of(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the results of the single runs of a document: its own when it holds only one."""
    return list(result.get("runs") or [result])


def threshold_at(block: Mapping[str, Any], fpr: float = HEADLINE_LIMIT) -> float | None:
    """Return the score above which pixels are positive at a false positive rate, from a category's sPRO curve.

    Of the curve's points the last is taken whose rate is not above the one asked for, so that it is kept. None where
    the result holds no curve or no threshold there.

    Examples
    --------
    >>> curve = {"fpr": [0.0, 0.01, 0.05, 1.0], "spro": [0, 0, 1, 1], "threshold": [9.0, 7.0, 5.0, None]}
    >>> threshold_at({"curves": {"spro": curve}}), threshold_at({"curves": {"spro": curve}}, 0.04), threshold_at({})
    (5.0, 7.0, None)
    """
    curve = (block.get("curves") or {}).get("spro")
    if not curve or not curve["threshold"]:
        return None
    place = bisect.bisect_right(curve["fpr"], fpr * (1 + 1e-12)) - 1
    while place >= 0 and curve["threshold"][place] is None:
        place -= 1
    return float(curve["threshold"][place]) if place >= 0 else None


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
        Images a bin: good and defective ones of the test set, and those of the training set.
    deployed : dict of str to float
        Threshold by the training FPR that it keeps (``"0.01"``, …); empty without training scores.
    """

    edges: tuple[float, ...]
    good: tuple[int, ...]
    defective: tuple[int, ...]
    train: tuple[int, ...]
    deployed: dict[str, float] = field(default_factory=dict)


def score_histogram(block: Mapping[str, Any], bins: int = 40) -> ScoreHistogram | None:
    """Count the image scores of a category's block; None when it holds none.

    Parameters
    ----------
    block : mapping
        A category of a result.
    bins : int
        At least 1. All scores alike share one bin.
    """
    images = [image for image in block.get("images") or () if image["score"] is not None]
    if not images:
        return None
    scores = [float(image["score"]) for image in images]
    low, high = min(scores), max(scores)
    if high == low:
        bins, high = 1, math.nextafter(low, math.inf)
    edges = (*(low + (high - low) * place / bins for place in range(bins)), high)
    groups: dict[str, list[int]] = {name: [0] * bins for name in ("good", "defective", "train")}
    for image, score in zip(images, scores, strict=True):
        place = min(bins - 1, bisect.bisect_right(edges, score) - 1)
        groups[_group_of(image)][place] += 1
    deployed = block["detection"].get("deployed") or {}
    return ScoreHistogram(
        edges=edges,
        **{name: tuple(counts) for name, counts in groups.items()},
        deployed={
            rate: float(entry["threshold"]) for rate, entry in deployed.items() if entry["threshold"] is not None
        },
    )


def _group_of(image: Mapping[str, Any]) -> str:
    if str(image["image"]).startswith("train/"):
        return "train"
    return "good" if image["label"] == GOOD else "defective"


def _curve(block: Mapping[str, Any], kind: Kind, category: str, submission: Mapping[str, Any]) -> Curve | None:
    name, x_name, y_name = _AXES[kind]
    found = (block.get("curves") or {}).get(name)
    if not found or not found[x_name]:
        return None
    points = [
        (float(x), float(y), threshold)
        for x, y, threshold in zip(found[x_name], found[y_name], found["threshold"], strict=True)
        if x is not None and y is not None
    ]
    if not points:
        return None
    x, y, threshold = zip(*points, strict=True)
    return Curve(category, str(submission["method"]), str(submission["run"]), kind, x, y, threshold, _area(block, kind))


def _area(block: Mapping[str, Any], kind: Kind) -> float | None:
    places, images = block["localization"], block["detection"]
    value = {
        "spro": places["au_spro"].get(f"{HEADLINE_LIMIT:g}"),
        "roc": images["auroc"],
        "pr": images["ap"],
        "pixel-roc": places["pixel_auroc"],
    }[kind]
    return None if value is None else float(value)
