"""What a picture is asked to look like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from curate.execution import Execution
from curate.plot.sheet import tile_px
from curate.plot.style import DEFAULT_DPI, DOUBLE_IN
from curate.plot.tiles import GroupBy, SheetContent
from curate.view.pictures import Scale

_COLUMNS, _PAIRED_COLUMNS = 8, 4


@dataclass(frozen=True, slots=True)
class FigureSize:
    """How large a figure is: inches across (0: as fits), and dots per inch."""

    width_in: float = DOUBLE_IN
    dpi: int = DEFAULT_DPI


@dataclass(frozen=True, slots=True)
class OverlayMaps:
    """Whose maps are laid over images.

    Attributes
    ----------
    submissions : tuple of Path
        A column per submission.
    run : str
        Of the submissions; ``""`` takes the first.
    scale : tuple of float or None
        Scores drawn darkest and brightest, for all maps; otherwise each method's own: from the median to the largest
        score of the maps shown.
    """

    submissions: tuple[Path, ...] = ()
    run: str = ""
    scale: Scale | None = None


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """How a sheet looks: groups, pictures per group and per row (0: as fit), and most pixels of one (0: as fit)."""

    by: GroupBy = "label"
    most: int = 24
    columns: int = 0
    tile: int = 0
    width_in: float = DOUBLE_IN
    dpi: int = DEFAULT_DPI
    execution: Execution = Execution()

    def columns_of(self, *, paired: bool) -> int:
        """Return the pictures, or pairs, in a row."""
        return self.columns or (_PAIRED_COLUMNS if paired else _COLUMNS)

    def choice(self, *, paired: bool = False) -> SheetContent:
        """Return what is read: pictures of as many pixels as they are drawn with."""
        fitting = tile_px(self.width_in, self.columns_of(paired=paired), self.dpi) // (2 if paired else 1)
        side = min(self.tile, fitting) if self.tile else fitting
        return SheetContent(self.by, self.most, max(1, side), self.execution)
