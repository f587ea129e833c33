"""How every plot looks, and how it becomes a file: the same bytes for the same input, fonts inside.

Matplotlib comes with the extra ``plot`` and is imported only here and in the functions that draw.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.disk.atomic import write_bytes
from curate.drawing.palette import FAINT, INK, SERIES
from curate.drawing.text import spelt
from curate.errors import InputError, MissingError
from curate.model.words import install_command

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SINGLE_IN, DOUBLE_IN = 3.3, 6.9
"""Width of one column and of both columns of the usual two-column papers, in inches."""

DEFAULT_DPI = 300
FORMS = (".png", ".svg", ".pdf")
LINES = ("-", "--", ":", "-.")
"""With these a ninth method differs from the first, and all of them in print without colour."""

_MOST_INCHES = 200.0
_MOST_PIXELS = 1 << 16
"""Agg, which draws PNG, takes no side as long as this."""

_RC: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 8,
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "grid.color": FAINT,
    "grid.linewidth": 0.4,
    "image.composite_image": False,
    "image.interpolation": "none",
    "legend.borderaxespad": 0.4,
    "legend.edgecolor": "none",
    "legend.fontsize": 7,
    "legend.framealpha": 0.85,
    "legend.handlelength": 1.8,
    "legend.title_fontsize": 7,
    "lines.linewidth": 1.3,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "curate",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "xtick.labelsize": 7,
    "ytick.color": INK,
    "ytick.labelsize": 7,
}
"""Letters of at least 7 points survive a paper's scaling; TrueType and paths are what publishers accept."""

_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def ready_for(path: Path) -> None:
    """Raise before anything is read where Matplotlib is not installed (MissingError) or the name is no plot's."""
    require_plotting()
    checked_form(path)


def require_plotting() -> None:
    """Raise MissingError with the next step where Matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise MissingError("drawing plots needs Matplotlib, which is not installed", hint=install_command("plot"))


def checked_form(path: Path) -> str:
    """Return a file's ending, in lower case; InputError where no plot can be written with it."""
    form = path.suffix.lower()
    if form not in FORMS:
        raise InputError(
            f"ends in {path.suffix or 'nothing'}, expected one of {', '.join(FORMS)}",
            path=path,
            hint="name the file for the form you want: .png for screens, .svg for pages, .pdf for papers",
        )
    if path.is_dir():
        raise InputError("is a folder, expected a file to write", path=path)
    return form


def parse_width(text: str) -> float:
    """Return a figure's width in inches from ``single``, ``double`` or a number.

    >>> parse_width("single"), parse_width("5.5")
    (3.3, 5.5)
    """
    named = {"single": SINGLE_IN, "double": DOUBLE_IN}
    if text in named:
        return named[text]
    try:
        inches = float(text)
    except ValueError:
        inches = math.nan
    if not 1.0 <= inches <= _MOST_INCHES:
        raise InputError(f"--width is {text!r}, expected single, double or inches from 1 to {_MOST_INCHES:g}")
    return inches


@contextmanager
def styled() -> Iterator[None]:
    """Draw and write in curate's style inside, whatever a ``matplotlibrc`` says; the settings outside come back."""
    require_plotting()
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


def new_figure(width_in: float, height_in: float, **more: Any) -> Figure:
    """Return an empty figure that lays its parts out so that nothing overlaps."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), layout=more.pop("layout", "constrained"), facecolor="white", **more)


def write_figure(figure: Figure, path: Path, *, dpi: int = DEFAULT_DPI) -> None:
    """Write a figure as its file's ending says, whole or not at all.

    Raises
    ------
    InputError
        If it would be larger than pictures can be.
    """
    form = checked_form(path)
    width, height = figure.get_size_inches()
    if max(width, height) * dpi >= _MOST_PIXELS:
        raise InputError(
            f"would be {width * dpi:.0f}×{height * dpi:.0f} pixels, at most {_MOST_PIXELS - 1} on a side are possible",
            path=path,
            hint="draw fewer things, or lower --dpi or --width",
        )
    stream = io.BytesIO()
    figure.savefig(stream, format=form[1:], dpi=dpi, metadata=_METADATA[form])
    write_bytes(path, stream.getvalue())


def lettered(text: str) -> str:
    """Return text that Matplotlib shows as it is: in letters of its font, and not hidden from legends by a ``_``.

    >>> lettered("_net"), lettered("PatchCore $x$")
    (' _net', 'PatchCore $x$')
    """
    shown = spelt(text)
    return f" {shown}" if shown.startswith("_") else shown


def number(value: float) -> str:
    """Return a score in few letters.

    >>> number(0.123456), number(48470.0), number(2.5e9), number(0.0)
    ('0.1235', '48470', '2.5e+09', '0')
    """
    whole = 1e3  # from here on four digits are whole numbers
    return f"{value:.0f}" if whole <= abs(value) < whole * whole else f"{value:.4g}"


def line_style(place: int) -> dict[str, Any]:
    """Return colour and dashes of the n-th thing that is compared."""
    return {"color": SERIES[place % len(SERIES)], "linestyle": LINES[place // len(SERIES) % len(LINES)]}
