"""A page of pictures and captions, laid out in pixels: what contact sheets and overlays are drawn on.

At the page's resolution a picture of as many pixels as its place is drawn pixel by pixel; letters and outlines stay
letters and lines in SVG and PDF.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.drawing.outlines import Outline
from curate.drawing.palette import INK
from curate.drawing.pictures import Picture
from curate.drawing.text import fitted, spelt, width_of
from curate.plot.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_POINTS_PER_INCH = 72.0
_RIM = "#141414"


class Canvas:
    """A page; x to the right and y down, in pixels.

    Parameters
    ----------
    width_px, height_px : int
    dpi : int
    """

    def __init__(self, width_px: int, height_px: int, dpi: int) -> None:
        self._dpi = dpi
        self.figure: Figure = new_figure(width_px / dpi, height_px / dpi, layout=None)
        self._axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, width_px), ylim=(height_px, 0))
        self._axes.set_axis_off()
        self._axes.set_autoscale_on(False)

    def points(self, size_pt: float) -> int:
        """Return a length in points as pixels, at least 1."""
        return max(1, round(size_pt / _POINTS_PER_INCH * self._dpi))

    def picture(self, picture: Picture, left: float, top: float, scale: float = 1.0) -> None:
        """Draw a picture, ``scale`` pixels of the page for one of its own."""
        height, width = picture.shape[:2]
        extent = (left, left + width * scale, top + height * scale, top)
        self._axes.imshow(np.ascontiguousarray(picture[:, :, ::-1]), extent=extent, aspect="auto", zorder=1)

    def outlines(
        self,
        outlines: Sequence[Outline],
        colour: str,
        left: float,
        top: float,
        scale: float = 1.0,
        width_pt: float = 0.7,
    ) -> None:
        """Draw the outlines of a region of a picture that stands there, over a dark rim that shows them anywhere."""
        from matplotlib.collections import PolyCollection

        rings = [np.array(outline) * scale + (left, top) for outline in outlines]
        for shade, width, order in ((_RIM, 2.2 * width_pt, 2.0), (colour, width_pt, 2.1)):
            lines = PolyCollection(rings, facecolors="none", edgecolors=shade, linewidths=width, zorder=order)
            self._axes.add_collection(lines, autolim=False)

    def frame(self, left: float, top: float, width: float, height: float, colour: str) -> None:
        """Draw a frame along the inside of a box."""
        self._box(left, top, width, height, edgecolor=colour, facecolor="none", linewidth=1.4, zorder=3)

    def mark(self, left: float, baseline: float, side: float, colour: str) -> None:
        """Draw a small square that stands on a line of text."""
        self._box(left, baseline - side, side, side, edgecolor="none", facecolor=colour, linewidth=0.0, zorder=3)

    def text(
        self, text: str, left: float, baseline: float, size_pt: float, *, width_px: float = 0.0, **style: Any
    ) -> None:
        """Write a line; with ``width_px`` one that is too long is cut in its middle."""
        # What is measured is the same font, in whole pixels: rounded up, so that nothing is wider than it was thought.
        shown = fitted(text, math.ceil(size_pt / _POINTS_PER_INCH * self._dpi), int(width_px) or 1 << 20, wide=True)
        how = {"va": "baseline", "color": INK, "fontsize": size_pt, "zorder": 4, **style}
        self._axes.text(left, baseline, shown, **how)

    def legend(self, colours: Mapping[str, str], left: float, baseline: float, size_pt: float) -> None:
        """Write names in a line, an outline of its colour before each."""
        side = self.points(0.7 * size_pt)
        for name, colour in colours.items():
            corners = ((0.0, 0.0), (side, 0.0), (side, side), (0.0, side))
            self.outlines([corners], colour, left, baseline - side)
            self.text(name, left + 1.5 * side, baseline, size_pt)
            left += 4 * side + self.width_of(name, size_pt)

    def width_of(self, text: str, size_pt: float) -> float:
        """Return how wide a line is, in pixels."""
        return width_of(spelt(text), self.points(size_pt), wide=True)

    def _box(self, left: float, top: float, width: float, height: float, **style: Any) -> None:
        from matplotlib.patches import Rectangle

        self._axes.add_patch(Rectangle((left, top), width, height, **style))
