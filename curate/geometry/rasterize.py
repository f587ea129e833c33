"""Turn shapes into masks by the pixel-centre rule of docs/labels.md.

Conventions
-----------
x to the right, y down, the origin at the top-left corner of the top-left pixel; the centre of pixel (row, col) is
(col + 0.5, row + 0.5). **Here (x, y) becomes (row, col)**: masks are indexed ``mask[row, col]``. A pixel is inside a
shape when its centre is; a centre exactly on an outline belongs to the shape on its right or below (half-open).
Polygons are filled by non-zero winding and their holes cut out. Work is bounded by the shapes' own boxes, not by the
image.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from curate.geometry.affine import IDENTITY, Affine
from curate.geometry.conics import conic_of, fill_conic
from curate.geometry.patch import Patch
from curate.geometry.scanline import Box, Floats, fill_rings
from curate.geometry.shapes import corners, decode_bitmap, is_whole_shift, pixel_box, sample_bitmap
from curate.model.region import Bitmap, Ellipse, Point, Polygon, Rectangle, Shape


def rasterize(
    shapes: Shape | Iterable[Shape], width_px: int, height_px: int, affine: Affine = IDENTITY
) -> NDArray[np.bool_]:
    """Fill the union of shapes in an image.

    Parameters
    ----------
    shapes : Shape or iterable of Shape
        In the pixels that ``affine`` maps from.
    width_px, height_px : int
        Size of the image; what lies outside is clipped.
    affine : Affine
        From the shapes' pixels to the image's.

    Returns
    -------
    ndarray of bool, shape (height_px, width_px)
        True inside.

    Examples
    --------
    >>> rasterize(Rectangle(1.5, 1.0, 2.0, 1.0), 4, 2).astype(int).tolist()
    [[1, 1, 0, 0], [0, 0, 0, 0]]
    >>> rasterize(Rectangle(1.5, 1.0, 3.0, 2.0), 4, 2).astype(int).tolist()
    [[1, 1, 1, 0], [1, 1, 1, 0]]
    """
    return rasterize_patch(shapes, (0, 0, width_px, height_px), affine).cut(width_px, height_px)


def rasterize_patch(shapes: Shape | Iterable[Shape], box: Box, affine: Affine = IDENTITY) -> Patch:
    """Fill the union of shapes within a box of pixels, which may reach outside any image.

    Parameters
    ----------
    shapes : Shape or iterable of Shape
    box : tuple of int
        Left, top, right, bottom: pixels outside are not decided.
    affine : Affine
        From the shapes' pixels to the box's.

    Returns
    -------
    Patch
        Only as large as the shapes need; its mask may be empty.
    """
    listed = list(shapes) if isinstance(shapes, Iterable) else [shapes]
    parts = [(shape, _clipped(pixel_box(shape, affine), box)) for shape in listed if not _is_nothing(shape)]
    parts = [(shape, part) for shape, part in parts if part[0] < part[2] and part[1] < part[3]]
    if not parts:
        return Patch(box[0], box[1], np.zeros((0, 0), bool))
    if len(parts) == 1:
        return Patch(parts[0][1][0], parts[0][1][1], _fill(*parts[0], affine))
    left, top = min(part[0] for _, part in parts), min(part[1] for _, part in parts)
    right, bottom = max(part[2] for _, part in parts), max(part[3] for _, part in parts)
    mask = np.zeros((bottom - top, right - left), bool)
    for shape, part in parts:
        mask[part[1] - top : part[3] - top, part[0] - left : part[2] - left] |= _fill(shape, part, affine)
    return Patch(left, top, mask)


def _fill(shape: Shape, box: Box, affine: Affine) -> NDArray[np.bool_]:
    if isinstance(shape, Polygon):
        mask = fill_rings([_ring(shape.exterior, affine)], box)
        for hole in shape.holes:
            mask &= ~fill_rings([_ring(hole, affine)], box)
        return mask
    if isinstance(shape, Rectangle):
        return fill_rings([_ring(corners(shape), affine)], box)
    if isinstance(shape, Ellipse):
        conic = conic_of(shape, affine)
        return fill_conic(conic, box) if conic else np.zeros((box[3] - box[1], box[2] - box[0]), bool)
    return _paste(shape, box, affine)


def _paste(bitmap: Bitmap, box: Box, affine: Affine) -> NDArray[np.bool_]:
    if not is_whole_shift(affine):
        return sample_bitmap(bitmap, affine, box)
    x, y = bitmap.x_px + int(affine.c) - box[0], bitmap.y_px + int(affine.f) - box[1]
    return Patch(x, y, decode_bitmap(bitmap)).cut(box[2] - box[0], box[3] - box[1])


def _ring(points: tuple[Point, ...], affine: Affine) -> Floats:
    # Element by element, so that one point gives the same numbers in every polygon that it is a corner of.
    array = np.array(points, dtype=np.float64).reshape(-1, 2)
    x, y = array[:, 0], array[:, 1]
    return np.stack([affine.a * x + affine.b * y + affine.c, affine.d * x + affine.e * y + affine.f], axis=1)


def _is_nothing(shape: Shape) -> bool:
    if isinstance(shape, Polygon):
        return not shape.exterior
    return isinstance(shape, Bitmap) and shape.width_px * shape.height_px == 0


def _clipped(inner: Box, outer: Box) -> Box:
    return (
        max(inner[0], outer[0]),
        max(inner[1], outer[1]),
        min(inner[2], outer[2]),
        min(inner[3], outer[3]),
    )
