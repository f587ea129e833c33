"""Cover a frame with windows, and choose those that are worth keeping."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from curate.crop.place import Place, place_box
from curate.geometry.rasterize import rasterize_patch
from curate.geometry.shapes import pixel_box
from curate.model.region import Annotation

Border: TypeAlias = Literal["shift", "pad", "drop"]


@dataclass(frozen=True, slots=True)
class FrameTile:
    """One tile of a frame; rows and columns count from 0 at the top left."""

    row: int
    column: int
    place: Place

    @property
    def suffix(self) -> str:
        """What is added to the image's name: ``_r00c00``."""
        return f"_r{self.row:02d}c{self.column:02d}"


def tile_frame(
    width_px: int, height_px: int, size_px: tuple[int, int], overlap: float = 0.0, border: Border = "shift"
) -> list[FrameTile]:
    """Cover a frame with tiles, row by row.

    Parameters
    ----------
    width_px, height_px : int
        Size of the frame.
    size_px : tuple of int
        Width and height of a tile.
    overlap : float
        Share of a tile that the next one shows, too, below 1.
    border : str
        What happens to the last tile of a row or column where it would leave the frame: ``shift`` moves it inside, so
        that it overlaps its neighbour more; ``pad`` lets it leave; ``drop`` leaves it out, and the frame's right or
        lower edge with it. Along an axis on which the frame is smaller than a tile, ``shift`` pads.

    Examples
    --------
    >>> [tile.place.box_px()[0] for tile in tile_frame(100, 40, (40, 40), 0.25)]
    [0.0, 30.0, 60.0]
    >>> [tile.place.box_px()[0] for tile in tile_frame(110, 40, (40, 40), 0.25)]
    [0.0, 30.0, 60.0, 70.0]
    """
    xs = _starts(width_px, size_px[0], overlap, border)
    ys = _starts(height_px, size_px[1], overlap, border)
    return [
        FrameTile(row, column, place_box(x, y, *size_px)) for row, y in enumerate(ys) for column, x in enumerate(xs)
    ]


def _starts(length: int, side: int, overlap: float, border: Border) -> list[int]:
    stride = max(1, math.floor(side * (1.0 - overlap) + 0.5))
    whole = [*range(0, length - side + 1, stride)]
    if whole and whole[-1] + side == length:
        return whole
    if border == "drop":
        return whole
    if border == "pad" or not whole:
        return [*whole, whole[-1] + stride if whole else 0]
    return [*whole, length - side]


def shows_defect(place: Place, annotation: Annotation | None) -> bool:
    """Whether any pixel of a window lies in an annotated region."""
    if annotation is None:
        return False
    box = (0, 0, place.width_px, place.height_px)
    for region in annotation.regions:
        for shape in region.shapes:
            left, top, right, bottom = pixel_box(shape, place.affine)
            near = left < box[2] and right > 0 and top < box[3] and bottom > 0
            if near and rasterize_patch(shape, box, place.affine).mask.any():
                return True
    return False


def choose_tiles(
    images: Sequence[str],
    defective: Iterable[str],
    background: float,
) -> set[str]:
    """Choose the tiles with a defect, and so many without one that they are ``background`` times as many.

    Which background tiles are taken depends on their names alone, by hash: adding frames exchanges few of them.

    >>> sorted(choose_tiles(["a", "b", "c", "d"], ["c"], 0.0))
    ['c']
    >>> len(choose_tiles(["a", "b", "c", "d"], ["c"], 2.0))
    3
    """
    kept = set(defective)
    others = sorted((hashlib.sha256(image.encode()).hexdigest(), image) for image in images if image not in kept)
    return kept | {image for _, image in others[: math.ceil(background * len(kept))]}


def chosen_tiles(
    tiles: Mapping[str, tuple[str, Place]], annotations: Mapping[str, Annotation], background: float
) -> set[str]:
    """Choose among the tiles of a category.

    Parameters
    ----------
    tiles : dict of str to (str, Place)
        Frame and place of each tile, by image name.
    annotations : dict of str to Annotation
        By frame.
    background : float
        See :func:`choose_tiles`.
    """
    defective = [image for image, (frame, place) in tiles.items() if shows_defect(place, annotations.get(frame))]
    return choose_tiles(list(tiles), defective, background)
