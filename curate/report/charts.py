"""The parts that all charts share: plain dicts in the form that Plotly's script takes, and numbers as text. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

COLOURS = 7
"""Number of colours in the page's palette, ``--c0`` … ``--c6``: Okabe's and Ito's, distinct to the colour-blind."""

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star", "pentagon")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")

_DIGITS = 6


def colour(place: int) -> str:
    """Return the page's variable for a place in the palette, which repeats."""
    return f"--c{place % COLOURS}"


def plain(text: str) -> str:
    """Return text that Plotly draws as it is: it would read ``<b>`` as bold, and ``&lt;`` as a sign.

    >>> plain("<b>a & b</b>")
    '&lt;b&gt;a &amp; b&lt;/b&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def rounded(value: float | None, digits: int = _DIGITS) -> float | None:
    """Round to significant digits, so that the page does not grow with digits that nobody sees.

    >>> rounded(0.123456789), rounded(None), rounded(float("nan"))
    (0.123457, None, None)
    """
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{digits}g}")


def series(values: Iterable[float | None]) -> list[float | None]:
    """Round all values of a trace."""
    return [rounded(value) for value in values]


def axis(title: str, **more: Any) -> dict[str, Any]:
    """Return an axis with its title; ``more`` are Plotly's own keys."""
    return {"title": {"text": title}, **more}


def markers(place: int, **more: Any) -> dict[str, Any]:
    """Return the look of markers: a colour and a symbol, so that neither has to be seen alone."""
    return {"color": colour(place), "symbol": SYMBOLS[place % len(SYMBOLS)], **more}


def line(place: int, **more: Any) -> dict[str, Any]:
    """Return the look of a line: a colour and a dash."""
    return {"color": colour(place), "dash": DASHES[place % len(DASHES)], "width": 2, **more}


def upright_line(x: float, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a dotted upright line across a chart and what is written at its top."""
    shape = {
        "type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": "--faint", "width": 1, "dash": "dot"},
    }  # fmt: skip
    note = {
        "x": x,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "font": {"size": 11},
    }
    return shape, note


def share(value: float | None, decimals: int = 1) -> str:
    """Write a fraction in percent; ``–`` where there is none.

    >>> share(0.98765), share(None)
    ('98.8', '–')
    """
    return "–" if value is None else f"{100 * value:.{decimals}f}"


def number(value: float | None, digits: int = 4) -> str:
    """Write a number with a few significant digits and no exponent where people do not expect one.

    >>> number(1234567.0), number(0.00012345), number(7427.0), number(None)
    ('1,234,567', '0.0001234', '7,427', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if float(value).is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - beyond it a float is no exact number
        return f"{int(value):,}"
    return f"{value:,.{digits}g}" if abs(value) < 10**digits else f"{value:,.0f}"


def count(value: int, one: str, many: str = "") -> str:
    """Write a number with its noun.

    >>> count(1, "image"), count(1200, "image"), count(2, "category", "categories")
    ('1 image', '1,200 images', '2 categories')
    """
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def signed(value: float, digits: int = 3) -> str:
    """Write a change with its sign.

    >>> signed(-0.5), signed(12.345), signed(0.0)
    ('−0.5', '+12.3', '±0')
    """
    text = f"{value:+.{digits}g}"
    return "±0" if float(text) == 0 else text.replace("-", "−")


def moment(text: str) -> str:
    """Write an ISO time for people, to the second.

    >>> moment("2026-03-02T06:00:00.250+01:00"), moment("2024-05-01T10:00:00Z"), moment("")
    ('2026-03-02 06:00:00 +01:00', '2024-05-01 10:00:00 UTC', '')
    """
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)[.\d]*(Z|[+-].*)?", text)
    if found is None:
        return text
    zone = {"Z": "UTC", None: ""}.get(found[3], found[3])
    return f"{found[1]} {found[2]} {zone}".strip()


def listed(names: Sequence[str]) -> str:
    """Write names as people do.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))
