"""Published measures of scikit-image beside our own: which frames each of them would call blurred, or noisy.

They decide nothing and are not recorded: they are taken of the same pixels as ours, judged by the same rule (a distance
of logarithms from the series' median, beyond a factor and the scatter of the series), and what differs is named.
scikit-image is loaded where a measure is asked for.

References
----------
F. Crete et al., *The blur effect: perception and estimation with a new no-reference perceptual blur metric*, Proc. SPIE
6492, 2007 (``blur_effect``).
D. L. Donoho and I. M. Johnstone, *Ideal spatial adaptation by wavelet shrinkage*, Biometrika 81(3), 1994
(``estimate_sigma``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.errors import InputError, MissingError
from curate.model.config import ScreenConfig
from curate.model.words import install_command
from curate.screen.measures import middle, shrunk
from curate.screen.rules import Judged, Looked, severities_above

PUBLISHED = {"blur_effect": "blur", "estimate_sigma": "noise"}
"""Name in scikit-image, and the reason of ours that it is compared with."""

_BLUR_FACTOR = 1.25
"""More than this times the series' median is blurred by ``blur_effect``; it runs from 0 to 1, good windows near 0.3."""


@dataclass(frozen=True, slots=True)
class MeasureComparison:
    """What a published measure finds beside ours.

    Attributes
    ----------
    measure : str
        A name of :data:`PUBLISHED`.
    reason : str
        The reason of ours: ``blur`` or ``noise``.
    compared : int
        Frames that both measured; a picture of one grey level alone has no published measure.
    both, only_curate, only_published : tuple of str
        Frames that are beyond the limit by both, and by one alone, whatever a person decided.
    """

    measure: str
    reason: str
    compared: int
    both: tuple[str, ...]
    only_curate: tuple[str, ...]
    only_published: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as a JSON document."""
        return {
            "measure": self.measure,
            "reason": self.reason,
            "compared": self.compared,
            "both": list(self.both),
            "only_curate": list(self.only_curate),
            "only_published": list(self.only_published),
        }


def check_published(names: Sequence[str]) -> None:
    """Refuse names that are no published measure, and measures whose library is not installed.

    Raises
    ------
    InputError
        If a name is unknown.
    MissingError
        If ``estimate_sigma`` is wanted without PyWavelets.
    """
    unknown = [name for name in names if name not in PUBLISHED]
    if unknown:
        raise InputError(f"unknown measures: {', '.join(unknown)}; expected {' or '.join(PUBLISHED)}")
    if "estimate_sigma" in names and find_spec("pywt") is None:
        message = "estimate_sigma needs PyWavelets, which is not installed"
        raise MissingError(message, hint=install_command("wavelets"))


def measure_published(name: str, grey: NDArray[np.uint8]) -> float:
    """Take one published measure of a picture, of the pixels that ours is taken of.

    Parameters
    ----------
    name : str
        A name of :data:`PUBLISHED`.
    grey : ndarray, uint8, shape (height, width)

    Returns
    -------
    float
        ``blur_effect`` from 0 (sharp) to 1, of the shrunken picture; ``estimate_sigma`` in grey levels, of its middle.
        NaN of a picture of one grey level.
    """
    if grey.min() == grey.max():
        return math.nan
    if name == "blur_effect":
        from skimage.measure import blur_effect

        return float(blur_effect(shrunk(grey)))  # type: ignore[no-untyped-call]
    from skimage.restoration import estimate_sigma

    return float(estimate_sigma(middle(grey).astype(np.float64)))  # type: ignore[no-untyped-call]


def compare_published(
    name: str, series: Sequence[Looked], judged: Sequence[Judged], config: ScreenConfig
) -> MeasureComparison:
    """Say which frames of a series a published measure puts beyond its limit, and which ours does.

    Parameters
    ----------
    name : str
        A name of :data:`PUBLISHED`, measured on the frames of the series.
    series : sequence of Looked
    judged : sequence of Judged
        What :func:`curate.screen.rules.judge_series` made of them.
    config : ScreenConfig
        ``noise`` is the limit of ``estimate_sigma``, too; where it is switched off, the usual one is taken.
    """
    reason = PUBLISHED[name]
    values = np.array([entry.published.get(name, math.nan) for entry in series], np.float64)
    factor = _BLUR_FACTOR if reason == "blur" else config.noise or ScreenConfig().noise
    theirs = {entry.frame for entry, value in zip(series, severities_above(values, factor), strict=True) if value > 1}
    ours = {entry.row.frame for entry in judged if entry.severities[reason] > 1}
    return MeasureComparison(
        measure=name,
        reason=reason,
        compared=int(np.isfinite(values).sum()),
        both=tuple(entry.frame for entry in series if entry.frame in ours & theirs),
        only_curate=tuple(entry.frame for entry in series if entry.frame in ours - theirs),
        only_published=tuple(entry.frame for entry in series if entry.frame in theirs - ours),
    )


def together(comparisons: Sequence[MeasureComparison]) -> tuple[MeasureComparison, ...]:
    """Sum comparisons of several series up, one per measure."""
    by_name = {name: [entry for entry in comparisons if entry.measure == name] for name in PUBLISHED}
    return tuple(
        MeasureComparison(
            measure=name,
            reason=PUBLISHED[name],
            compared=sum(entry.compared for entry in found),
            both=tuple(frame for entry in found for frame in entry.both),
            only_curate=tuple(frame for entry in found for frame in entry.only_curate),
            only_published=tuple(frame for entry in found for frame in entry.only_published),
        )
        for name, found in by_name.items()
        if found
    )
