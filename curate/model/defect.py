"""Defect types and their saturation thresholds: how much of a region must be found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GOOD = "good"
"""The label and folder name of images without a defect."""

SEVERAL = "multiple"
"""The folder name of images that hold regions of more than one defect type, as AutoVI names it."""

MAX_PIXEL_VALUE = 255

GOOD_WORDS = frozenset(
    {
        *("good", "ok", "okay", "normal", "nominal", "free", "pass", "passed", "none", "undamaged"),
        *("defectfree", "nodefect", "nodefects", "anomalyfree"),
    }
)
"""What folders, choices and columns call an image without a defect; case, blanks, dashes and underscores apart."""


def is_good_word(text: str) -> bool:
    """Whether a word means free of defects, in every room: folder names, choices, columns.

    >>> [is_good_word(word) for word in ("OK", "Defect-free", "0", "0_good", "dent")]
    [True, True, True, True, False]
    """
    word = "".join(char for char in text.lower() if char.isalnum())
    return word in GOOD_WORDS or word == "0" or (word[:1] == "0" and word[1:] in GOOD_WORDS)


@dataclass(frozen=True, slots=True)
class Saturation:
    """How much of a region must be found before finding more earns nothing.

    Attributes
    ----------
    value : float or int
        Relative: a fraction of the region's area in (0, 1]. Absolute: a positive whole number of pixels.
    relative : bool
    """

    value: float
    relative: bool = True

    def __post_init__(self) -> None:
        if self.relative and not 0.0 < self.value <= 1.0:
            raise ValueError(f"a relative saturation threshold must lie in (0, 1], found {self.value!r}")
        if not self.relative and (self.value < 1 or int(self.value) != self.value):
            raise ValueError(
                f"an absolute saturation threshold must be a whole number of at least 1 pixel, found {self.value!r}"
            )

    def area_px(self, region_area_px: int) -> int:
        """Saturation area of a region (docs/metrics.md), at least 1 pixel.

        >>> Saturation(0.7).area_px(10), Saturation(0.3).area_px(3), Saturation(800, relative=False).area_px(500)
        (7, 1, 500)
        """
        area = int(self.value * region_area_px) if self.relative else min(int(self.value), region_area_px)
        return max(1, area)

    def __str__(self) -> str:
        return f"{float(self.value):g}" if self.relative else f"{int(self.value)} px"


@dataclass(frozen=True, slots=True)
class DefectType:
    """One kind of defect of a category, as ``curate.toml`` describes it."""

    name: str
    kind: Literal["structural", "logical"] = "structural"
    saturation: Saturation = Saturation(1.0)
    regions: Literal["each", "merge"] = "each"


@dataclass(frozen=True, slots=True)
class DefectEntry:
    """One entry of ``defects_config.json``: what a pixel value in a mask stands for."""

    defect_name: str
    pixel_value: int
    saturation: Saturation
