"""The curves of a result, ready to be drawn: at most 200 points each, all of them on the exact curve.

A curve has three lists of one length, ascending across; what breaks that is refused when the object is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar, TypeAlias

from curate.model.typed_json import Within

Share: TypeAlias = Annotated[float, Within(0, 1)]

_MOST_POINTS = 200


class RecordedCurve:
    """A curve of at most 200 points, and each one's threshold: what is greater is called defective; None: not known."""

    __slots__ = ()
    axes: ClassVar[tuple[str, str]]
    """Names of the lists across, which is ascending, and up."""
    threshold: tuple[float | None, ...]

    def __post_init__(self) -> None:
        sizes = len(self.x), len(self.y), len(self.threshold)
        if len(set(sizes)) > 1:
            raise ValueError(f"a curve whose lists have {sizes[0]}, {sizes[1]} and {sizes[2]} entries")
        if len(self.x) > _MOST_POINTS:
            raise ValueError(f"a curve of {len(self.x)} points, more than {_MOST_POINTS}")
        if any(after < before for before, after in pairwise(self.x)):
            raise ValueError("a curve that goes back")

    @property
    def x(self) -> tuple[float, ...]:
        """Across, ascending."""
        across: tuple[float, ...] = getattr(self, self.axes[0])
        return across

    @property
    def y(self) -> tuple[float, ...]:
        """Up."""
        up: tuple[float, ...] = getattr(self, self.axes[1])
        return up


@dataclass(frozen=True, slots=True)
class SproCurve(RecordedCurve):
    """Mean saturated per-region overlap over the false positive rate of pixels."""

    axes = ("fpr", "spro")
    fpr: tuple[Share, ...]
    spro: tuple[Share, ...]
    threshold: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class RocCurve(RecordedCurve):
    """True over false positive rate, of pixels or of images."""

    axes = ("fpr", "tpr")
    fpr: tuple[Share, ...]
    tpr: tuple[Share, ...]
    threshold: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class PrecisionRecallCurve(RecordedCurve):
    """Precision over recall of images."""

    axes = ("recall", "precision")
    recall: tuple[Share, ...]
    precision: tuple[Share, ...]
    threshold: tuple[float | None, ...]
