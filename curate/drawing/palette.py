"""One palette for everything that is drawn: Okabe and Ito's, told apart by people of any colour vision.

Okabe, M. and Ito, K., "Color Universal Design", 2008, https://jfly.uni-koeln.de/color/. Colours stand here as
``#rrggbb`` for pages and plots; :func:`bgr` gives them to OpenCV.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]
"""B, G, R, 0..255."""

BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
YELLOW, BLUE, VERMILLION, PURPLE = "#f0e442", "#0072b2", "#d55e00", "#cc79a7"
GREY = "#999999"
"""For what is known to be nothing in particular: no split, no label."""

SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, YELLOW)
"""For things to be told apart, the strongest contrasts first: methods, defects."""

REGIONS = (ORANGE, SKY, YELLOW, PURPLE, GREEN, VERMILLION)
"""For defects drawn on photographs, which are mostly dark: the brightest first."""

STATUS = {"accepted": GREEN, "review": ORANGE, "rejected": VERMILLION}
"""What became of a window."""

SIDES = {"train": BLUE, "val": SKY, "test": ORANGE, "": GREY}
"""The sides of a split; ``""`` for frames on none."""

INK, PAPER, FAINT = "#222222", "#fafafa", "#cfcfcf"
"""Letters, ground, and lines that only guide the eye."""


def bgr(colour: str) -> Colour:
    """Return ``#rrggbb`` as B, G, R.

    >>> bgr("#0072b2")
    (178, 114, 0)
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return blue, green, red


def colours_of(names: Iterable[str], colours: Sequence[str] = SERIES) -> dict[str, str]:
    """Give each name a colour, by its place among them sorted; more names than colours share.

    >>> colours_of(["scratch", "dent"])
    {'dent': '#0072b2', 'scratch': '#d55e00'}
    """
    return {name: colours[place % len(colours)] for place, name in enumerate(sorted(set(names)))}
