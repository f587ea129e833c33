"""What a drawn figure shows: its letters and where they stand."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def texts_of(figure: Figure) -> list[Any]:
    """Return the texts that can be seen, after the layout is done."""
    from matplotlib.axis import Tick
    from matplotlib.text import Text

    figure.draw_without_rendering()
    every: Any = figure.findobj(Text)
    ticks: Any = figure.findobj(Tick)
    hidden = {id(text) for tick in ticks for text in (tick.label1, tick.label2)}
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            drawn: Any = axis
            hidden -= {id(text) for tick in drawn._update_ticks() for text in (tick.label1, tick.label2)}
        if not axes.get_visible():
            hidden |= {id(text) for text in axes.findobj(Text)}
    return [text for text in every if id(text) not in hidden and text.get_visible() and text.get_text().strip()]


def shown_in(figure: Figure) -> list[str]:
    return [text.get_text() for text in texts_of(figure)]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Return pairs of texts whose boxes overlap by more than a pixel, and texts that leave the page."""
    page = figure.bbox
    boxes = []
    for text in texts_of(figure):
        box = text.get_window_extent()
        if box.width * box.height:
            boxes.append((text.get_text(), box))
    pairs = [
        (one, other)
        for (one, a), (other, b) in combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]
    return pairs + [
        (text, "page")
        for text, box in boxes
        if box.x0 < page.x0 - 1 or box.x1 > page.x1 + 1 or box.y0 < page.y0 - 1 or box.y1 > page.y1 + 1
    ]
