"""Labels that something other than the defect gives away: time, light, size, camera."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Sample
from curate.model.finding import Finding
from curate.model.words import counted
from curate.validate.brightness import background
from curate.validate.checks.order import places_in_time
from curate.validate.facts import ImageFacts
from curate.validate.statistics import fisher_exact, mann_whitney
from curate.validate.table import CategoryTable

Value = TypeVar("Value")

_LEAST = 5
"""So many images a side are needed before anything is said."""

_STRONG = 0.95
"""Area under the ROC curve (or balanced accuracy) from which a label counts as given away."""

_SURE = 1e-3

_OWN_SHARE = 0.5
"""Share of one label's images that have a kind which no image of the other has, from which it is said."""


def by_time(table: CategoryTable) -> Iterator[Finding]:
    """CUR310: the time of the shot tells the label."""
    places = places_in_time(table)
    good, bad = _sides([(sample, places[sample.path]) for sample in _tested(table) if sample.path in places])
    if len(good) >= _LEAST and len(bad) >= _LEAST:
        auroc, p_value = mann_whitney(good, bad)
        if _given_away(auroc, p_value):
            words = _when(good, bad, "shot before", "shot after")
            yield found(
                codes.LABEL_CONFOUNDED_BY_TIME,
                f"{words}; the time alone tells them apart {_effect(auroc, p_value)}",
                table.tested,
            )


def by_exposure(table: CategoryTable) -> Iterator[Finding]:
    """CUR311: the brightness outside the regions tells the label."""
    measured = [
        (sample, background(table, sample)) for sample in _tested(table) if not table.images[sample.path].problem
    ]
    good, bad = _sides(measured)
    if len(good) >= _LEAST and len(bad) >= _LEAST:
        auroc, p_value = mann_whitney(good, bad)
        if _given_away(auroc, p_value):
            words = _when(good, bad, "darker than", "brighter than")
            effect = _effect(auroc, p_value)
            yield found(
                codes.LABEL_CONFOUNDED_BY_EXPOSURE,
                f"{words}; brightness outside the regions alone tells them apart {effect}",
                table.tested,
            )


def by_size(table: CategoryTable) -> Iterator[Finding]:
    """CUR312: the size of the image tells the label."""
    yield from _by_kind(table, codes.LABEL_CONFOUNDED_BY_SIZE, "image size", lambda facts: facts.shape)


def by_camera(table: CategoryTable) -> Iterator[Finding]:
    """CUR313: camera, program or form of the file tell the label."""
    yield from _by_kind(
        table,
        codes.LABEL_CONFOUNDED_BY_SOURCE,
        "camera, program or file form",
        lambda facts: (facts.camera, facts.software, facts.format, facts.channels, facts.bits),
    )


def _by_kind(table: CategoryTable, code: str, what: str, kind: Callable[[ImageFacts], Hashable]) -> Iterator[Finding]:
    kinds = [
        (sample, kind(table.images[sample.path])) for sample in _tested(table) if not table.images[sample.path].problem
    ]
    good, bad = _sides(kinds)
    if len(good) >= _LEAST and len(bad) >= _LEAST:
        accuracy, p_value = fisher_exact(good, bad)
        pairs = (("good", good, bad), ("defective", bad, good))
        own = {name: sum(value not in set(other) for value in one) / len(one) for name, one, other in pairs}
        side, share = max(own.items(), key=lambda item: item[1])
        if accuracy < _STRONG and share >= _OWN_SHARE and _by_chance(share, len(good), len(bad), side) < _SURE:
            many = counted(round(share * len(good if side == "good" else bad)), "test image has", "test images have")
            message = f"{many} a {what} that only {side} ones have, {share:.0%} of them: it gives their label away"
            yield found(code, message, table.tested)
        if accuracy >= _STRONG and p_value < _SURE:
            message = f"the {what} alone tells good from defective in {accuracy:.0%} of cases (p = {p_value:.1g})"
            yield found(code, message, table.tested)


def _by_chance(share: float, good: int, bad: int, side: str) -> float:
    """Return how likely so many images of one label, and none of the other, have what any image might have."""
    from scipy import stats

    mine, others = (good, bad) if side == "good" else (bad, good)
    with_it = round(share * mine)
    table = np.array([[with_it, mine - with_it], [0, others]])
    return float(stats.fisher_exact(table, alternative="greater").pvalue)


def _tested(table: CategoryTable) -> list[Sample]:
    """Return the test images: training images are earlier by design, and what gives the label away does so there."""
    return [sample for sample in table.samples if sample.split == "test"]


def _sides(pairs: Sequence[tuple[Sample, Value]]) -> tuple[list[Value], list[Value]]:
    return [value for sample, value in pairs if sample.is_good], [
        value for sample, value in pairs if not sample.is_good
    ]


def _given_away(auroc: float, p_value: float) -> bool:
    return max(auroc, 1 - auroc) >= _STRONG and p_value < _SURE


def _when(good: Sequence[float], bad: Sequence[float], below: str, above: str) -> str:
    if max(good) < min(bad):
        return f"every good test image was {below} every defective one".replace("was darker", "is darker")
    if min(good) > max(bad):
        return f"every good test image was {above} every defective one".replace("was brighter", "is brighter")
    middle = below if float(np.median(good)) < float(np.median(bad)) else above
    return f"nearly every good test image is or was {middle} nearly every defective one"


def _effect(auroc: float, p_value: float) -> str:
    return f"(AUROC {max(auroc, 1 - auroc):.2f}, p = {p_value:.1g})"


CHECKS = (by_time, by_exposure, by_size, by_camera)
