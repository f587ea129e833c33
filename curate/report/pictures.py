"""Small pictures inside the page: their bytes as text, regions as SVG paths, and how large pictures may be. Pure.

A page is one file, so the pictures of all images share its size. :func:`chosen_form` looks at a few of them and takes
the largest at which all would fit; what does not fit even at the smallest goes on in further files.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import cv2
import numpy as np

from curate.drawing.outlines import Outline as Polygon
from curate.drawing.pictures import Picture as Pixels
from curate.drawing.pictures import fit_into
from curate.errors import ImageError
from curate.report.page import GalleryEntry, Outline, PagePicture
from curate.view.pictures import RegionOutline

Kind: TypeAlias = Literal["jpeg", "webp"]

SIDES_PX = (640, 512, 400, 320, 256, 200)
"""Sides that pictures of a gallery may have, the largest first."""

SMALL_PX = 200
"""Side of pictures beside findings."""

PALETTE = 6
"""Number of colours that outlines take turns with."""

_QUALITY: dict[Kind, tuple[str, list[int]]] = {
    "jpeg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 80, cv2.IMWRITE_JPEG_OPTIMIZE, 1]),
    "webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 72]),
}

_SPARE = 0.95
"""Share of the budget that a sample's mean may fill: other pictures may be richer."""


@dataclass(frozen=True, slots=True)
class Form:
    """How pictures are made: WebP takes half the bytes of JPEG, and fifteen times its time (measured, 400×400)."""

    side_px: int
    kind: Kind = "jpeg"


def encode(pixels: Pixels, kind: Kind = "jpeg") -> PagePicture:
    """Encode a picture inside a ``data:`` address.

    Raises
    ------
    ImageError
        If it cannot be encoded: WebP holds at most 16383 pixels per side.
    """
    suffix, settings = _QUALITY[kind]
    done, content = cv2.imencode(suffix, pixels, settings)
    if not done:
        raise ImageError(f"a picture of {pixels.shape[1]}×{pixels.shape[0]} pixels cannot be encoded as {kind}")
    text = base64.b64encode(content.tobytes()).decode("ascii")
    return PagePicture(f"data:image/{kind};base64,{text}", pixels.shape[1], pixels.shape[0])


def chosen_form(samples: Sequence[Pixels], images: int, budget: int, side_px: int = 0) -> Form:
    """Return the largest form in which so many pictures stay within a budget, judged by some of them.

    Parameters
    ----------
    samples : sequence of ndarray
        Pictures in full size, or as large as the largest side.
    images : int
        How many there are in all.
    budget : int
        Bytes of text.
    side_px : int
        The side when somebody chose it; 0 takes the largest that fits.
    """
    sides = (side_px,) if side_px else SIDES_PX
    forms = [Form(side, kind) for side in sides for kind in get_args(Kind)]
    for form in forms[:-1]:
        sizes = [len(encode(fit_into(pixels, form.side_px), form.kind).uri) for pixels in samples]
        if sum(sizes) * images <= _SPARE * budget * len(samples):
            return form
    return forms[-1]


def spread(count: int, most: int) -> list[int]:
    """Return places that are evenly spread over ``count`` items.

    >>> spread(10, 3), spread(2, 3)
    ([0, 3, 6], [0, 1])
    """
    chosen = min(count, most)
    return [place * count // chosen for place in range(chosen)]


def svg_path(polygons: Iterable[Polygon]) -> str:
    """Write closed polygons as one SVG path.

    >>> svg_path([((1.0, 1.0), (2.5, 1.0), (2.5, 2.0))])
    'M1 1L2.5 1L2.5 2Z'
    """
    return "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}".replace(".0", "") for x, y in polygon) + "Z" for polygon in polygons
    )


def outlines(regions: Iterable[RegionOutline], colours: dict[str, int]) -> tuple[Outline, ...]:
    """Return an SVG path a region, in the colour of its defect."""
    return tuple(
        Outline(svg_path(region.outlines), region.defect, colours.get(region.defect, 0))
        for region in regions
        if region.outlines
    )


def box_path(corners: Sequence[tuple[float, float]], scale: float) -> str:
    """Return the SVG path of a box on a picture that was shrunk by ``scale``."""
    return svg_path([tuple((x * scale, y * scale) for x, y in corners)])


def smaller(entry: GalleryEntry) -> GalleryEntry:
    """Return an entry with the picture that stands beside a finding; its outlines keep their coordinates."""
    if entry.picture is None or max(entry.frame_px) <= SMALL_PX:
        return replace(entry, heats=()) if entry.heats else entry
    content = base64.b64decode(entry.picture.uri.partition(",")[2])
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return replace(entry, picture=encode(shrunk(np.asarray(pixels, np.uint8), SMALL_PX)), heats=())


def shrunk(pixels: Pixels, side_px: int) -> Pixels:
    """Return a picture with both sides at most ``side_px``."""
    return np.ascontiguousarray(fit_into(pixels, side_px))
