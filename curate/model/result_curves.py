"""The curves of a result, ready to be drawn: at most 200 points each, all of them on the exact curve.

A curve has three lists of one length, ascending across; what breaks that is refused when the object is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Protocol, TypeAlias

from curate.model.typed_json import Within

Share: TypeAlias = Annotated[float, Within(0, 1)]

_MOST_POINTS = 200


class RecordedCurve(Protocol):
    """A curve of at most 200 points: ``y`` over ``x``, and the threshold of each point, None where it is not known."""

    @property
    def x(self) -> tuple[float, ...]:
        """Across, ascending."""

    @property
    def y(self) -> tuple[float, ...]:
        """Up."""

    @property
    def threshold(self) -> tuple[float | None, ...]:
        """What is greater is called defective there."""


def _check_points(curve: RecordedCurve) -> None:
    sizes = {len(curve.x), len(curve.y), len(curve.threshold)}
    if len(sizes) > 1:
        raise ValueError(f"a curve whose lists have {len(curve.x)}, {len(curve.y)} and {len(curve.threshold)} entries")
    if len(curve.x) > _MOST_POINTS:
        raise ValueError(f"a curve of {len(curve.x)} points, more than {_MOST_POINTS}")
    if any(after < before for before, after in pairwise(curve.x)):
        raise ValueError("a curve that goes back")


@dataclass(frozen=True, slots=True)
class SproCurve:
    """Mean saturated per-region overlap over the false positive rate of pixels."""

    fpr: tuple[Share, ...]
    spro: tuple[Share, ...]
    threshold: tuple[float | None, ...]

    def __post_init__(self) -> None:
        _check_points(self)

    @property
    def x(self) -> tuple[float, ...]:
        """False positive rates."""
        return self.fpr

    @property
    def y(self) -> tuple[float, ...]:
        """Mean saturated overlaps."""
        return self.spro


@dataclass(frozen=True, slots=True)
class RocCurve:
    """True over false positive rate, of pixels or of images."""

    fpr: tuple[Share, ...]
    tpr: tuple[Share, ...]
    threshold: tuple[float | None, ...]

    def __post_init__(self) -> None:
        _check_points(self)

    @property
    def x(self) -> tuple[float, ...]:
        """False positive rates."""
        return self.fpr

    @property
    def y(self) -> tuple[float, ...]:
        """True positive rates."""
        return self.tpr


@dataclass(frozen=True, slots=True)
class PrecisionRecallCurve:
    """Precision over recall of images."""

    recall: tuple[Share, ...]
    precision: tuple[Share, ...]
    threshold: tuple[float | None, ...]

    def __post_init__(self) -> None:
        _check_points(self)

    @property
    def x(self) -> tuple[float, ...]:
        """Recalls."""
        return self.recall

    @property
    def y(self) -> tuple[float, ...]:
        """Precisions."""
        return self.precision
