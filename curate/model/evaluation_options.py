"""Settings of an evaluation that can change a number; all of them stand in the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

from curate.model.typed_json import Within, encode

Resampling: TypeAlias = Literal["", "bilinear", "bicubic", "nearest"]
RESAMPLINGS: tuple[Resampling, ...] = ("bilinear", "bicubic", "nearest")
FurtherMetric: TypeAlias = Literal["aupimo"]
FURTHER_METRICS: tuple[FurtherMetric, ...] = ("aupimo",)
_WholeNumber: TypeAlias = Annotated[int, Within(0)]


def _nothing() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What a person may choose.

    Attributes
    ----------
    categories : tuple of str
        Only these; all when empty.
    allow_missing : bool
        Score the images and categories that are there; what is not there is named in the result.
    resize : str
        How maps of another size are resampled; ``""`` refuses them.
    bootstrap : int
        Number of resamples for intervals; 0 computes none.
    seed : int
        Of the bootstrap.
    layout : str or None
        The dataset's, where somebody insisted on it; None recognises it by looking.
    also : tuple of str or None
        Metrics that are computed besides, in a pass of their own.
    extra : mapping
        Settings in a result's file that this version of curate does not know.
    """

    categories: tuple[str, ...] = ()
    allow_missing: bool = False
    resize: Resampling = ""
    bootstrap: _WholeNumber = 0
    seed: _WholeNumber = 0
    layout: str | None = None
    also: tuple[FurtherMetric, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=_nothing)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as they stand in a result; the layout only where somebody insisted on it."""
        document: dict[str, Any] = encode(self)
        return document
