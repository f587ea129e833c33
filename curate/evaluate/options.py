"""Settings of an evaluation that can change a number; all of them stand in the result."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

Resampling: TypeAlias = Literal["", "bilinear", "bicubic", "nearest"]
RESAMPLINGS: tuple[Resampling, ...] = ("bilinear", "bicubic", "nearest")


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
    layout : str
        The dataset's, where somebody insisted on it; ``""`` recognises it by looking.
    """

    categories: tuple[str, ...] = ()
    allow_missing: bool = False
    resize: Resampling = ""
    bootstrap: int = 0
    seed: int = 0
    layout: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the settings as they stand in a result; the layout only where somebody insisted on it."""
        document = {**asdict(self), "categories": list(self.categories)}
        return document if self.layout else {key: value for key, value in document.items() if key != "layout"}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> EvaluationOptions:
        """Read the settings of a result back; ValueError or TypeError when they are none."""
        resize = document["resize"]
        if resize not in ("", *RESAMPLINGS):
            raise ValueError(f"unknown resampling {resize!r}")
        return cls(
            tuple(str(name) for name in document["categories"]),
            bool(document["allow_missing"]),
            resize,
            int(document["bootstrap"]),
            int(document["seed"]),
            str(document.get("layout", "")),
        )
