"""Letters on pictures, of any script that a font is there for; what none can show is spelt out.

Pillow's own font holds ASCII, so ASCII looks the same everywhere. Other letters are drawn with DejaVu Sans where
Matplotlib, which brings it, is installed; without it ``ä`` becomes ``a``, and what has no ASCII base letter its code
point: a person can still tell which file is meant.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.drawing.palette import Colour

_ELLIPSIS = ".."
_NOT_A_CHARACTER = "\uffff"


def write(
    page: NDArray[np.uint8],
    text: str,
    at: tuple[int, int],
    size_px: int,
    colour: Colour,
    *,
    width_px: int = 0,
) -> None:
    """Write one line into a picture, in place; what does not fit on the picture is cut off.

    Parameters
    ----------
    page : ndarray, shape (height, width, 3)
    text : str
        Line ends and other control characters become spaces.
    at : tuple of int
        Left end and baseline.
    size_px : int
        Of the letters, about the height of ``M`` with its accent.
    colour : tuple of int
    width_px : int
        A longer line loses letters from its middle: file names differ at their ends, and begin with what is known.
        0 lets it run.
    """
    shown = fitted(text, size_px, width_px) if width_px else spelt(text)
    if not shown:
        return
    left, baseline = at
    strip, rise = _letters(shown, size_px)
    top = baseline - rise
    height, width = strip.shape
    rows = slice(max(0, top), max(0, min(page.shape[0], top + height)))
    columns = slice(max(0, left), max(0, min(page.shape[1], left + width)))
    share = strip[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    ground = page[rows, columns].astype(np.float32)
    cover = share[..., None].astype(np.float32) / np.float32(255.0)
    page[rows, columns] = np.round(ground + (np.array(colour, np.float32) - ground) * cover)


def fitted(text: str, size_px: int, width_px: int, *, wide: bool = False) -> str:
    """Return a line that is at most ``width_px`` wide, as :func:`spelt`; cut in its middle where it must be.

    Parameters
    ----------
    text : str
    size_px, width_px : int
    wide : bool
        Measure ASCII, too, in DejaVu Sans, because that is what it will be drawn with.

    Examples
    --------
    >>> fitted("cover_screw/DSC_0001.JPG", 11, 90)
    'cover_s..001.JPG'
    """
    text = spelt(text)
    if width_of(text, size_px, wide=wide) <= width_px:
        return text
    low, high = 0, len(text)
    while low < high:  # the most letters that fit
        kept = (low + high + 1) // 2
        low, high = (
            (kept, high) if width_of(_shortened(text, kept), size_px, wide=wide) <= width_px else (low, kept - 1)
        )
    return _shortened(text, low)


def spelt(text: str, is_drawn: Callable[[str], bool] | None = None) -> str:
    r"""Return a line in letters that can be drawn here: those of ASCII, and others for which ``is_drawn`` holds.

    By default those that a font at hand holds.

    >>> spelt("img\n1.png")
    'img 1.png'
    """
    if text.isascii() and text.isprintable():
        return text
    drawn = is_drawn or _is_drawn
    plain = "".join(" " if unicodedata.category(letter).startswith(("C", "Z")) else letter for letter in text)
    return "".join(letter if letter.isascii() or drawn(letter) else _in_ascii(letter) for letter in plain)


def _shortened(text: str, kept: int) -> str:
    tail = kept // 2
    return text[: kept - tail] + _ELLIPSIS + (text[-tail:] if tail else "")


def _in_ascii(letter: str) -> str:
    """Return a letter without its accents, or its code point."""
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if part.isascii())
    if base:
        return base
    return "" if unicodedata.combining(letter) else f"<{ord(letter):04x}>"


def width_of(text: str, size_px: int, *, wide: bool = False) -> float:
    """Return how wide a line of letters that can be drawn is, in pixels; ``wide`` as for :func:`fitted`."""
    return float(_font(size_px, ascii_only=text.isascii() and not wide).getlength(text))


@cache
def _is_drawn(letter: str) -> bool:
    """Whether the wide font holds a letter: one that it lacks looks like one that nobody has."""
    if _wide_font() is None:
        return False
    font = _font(24, ascii_only=False)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_NOT_A_CHARACTER))


@cache
def _wide_font() -> Path | None:
    spec = find_spec("matplotlib")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    paths = [Path(folder) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf" for folder in folders]
    return next((path for path in paths if path.is_file()), None)


@cache
def _font(size_px: int, *, ascii_only: bool) -> Any:
    from PIL import ImageFont

    wide = None if ascii_only else _wide_font()
    return ImageFont.truetype(str(wide), size_px) if wide else ImageFont.load_default(size_px)


def _letters(text: str, size_px: int) -> tuple[NDArray[np.uint8], int]:
    """Return how much each pixel is covered, 0..255, and how many rows lie above the baseline."""
    from PIL import Image, ImageDraw

    font = _font(size_px, ascii_only=text.isascii())
    rise, fall = font.getmetrics()
    strip = Image.new("L", (max(1, int(font.getlength(text)) + 2), rise + fall))
    ImageDraw.Draw(strip).text((0, rise), text, font=font, fill=255, anchor="ls")
    return np.asarray(strip, np.uint8), rise
