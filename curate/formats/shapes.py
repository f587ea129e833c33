"""What several readers need: outlines, boxes, thresholds and sizes from what stands in a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np

from curate.formats.records import Drawn, ImageRef, LeftOutError, Notes, Parsed, Size, Surroundings
from curate.formats.saturation import is_threshold_name, threshold, unit_in
from curate.geometry.rasterize import rasterize_patch
from curate.geometry.run_lengths import MAX_MASK_PIXELS
from curate.geometry.shapes import bounds
from curate.model.codes import names as codes
from curate.model.defect import GOOD, Saturation
from curate.model.region import Point, Polygon, Rectangle, Region, Shape

MIN_POINTS = 3

_TEXT_THRESHOLD = re.compile(r"(?P<name>satur\w*|threshold)\s*[:=]\s*(?P<value>[0-9.]+\s*(?:%|[a-z]+)?)", re.IGNORECASE)
_SLACK_PX = 1.0 + 1e-6
"""A box and the outline that it is said to enclose may differ by the rounding of whole pixels."""
_SIDES = 4


def polygon(points: Iterable[Sequence[Any]]) -> Polygon:
    """Make a polygon of pairs of numbers; a first point that is repeated at the end is dropped.

    Raises
    ------
    ValueError
        If there are fewer than three points.
    """
    ring = [(float(x), float(y)) for x, y in points]
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    if len(ring) < MIN_POINTS:
        raise ValueError(f"an outline of {len(ring)} points encloses nothing")
    if not all(isfinite(value) for point in ring for value in point):
        raise ValueError("a coordinate is no finite number")
    return Polygon(tuple(ring))


def bounded(width: int, height: int) -> None:
    """Raise ValueError for a mask that has no pixel, or more than may be unpacked."""
    if width < 1 or height < 1 or width * height > MAX_MASK_PIXELS:
        raise ValueError(f"a mask of {width}×{height} pixels; at most {MAX_MASK_PIXELS} in all are unpacked")


def flat_points(numbers: Sequence[float]) -> list[Point]:
    """Pair up numbers that stand as x, y, x, y.

    >>> flat_points([1, 2, 3, 4])
    [(1.0, 2.0), (3.0, 4.0)]
    """
    if len(numbers) % 2:
        raise ValueError(f"{len(numbers)} coordinates, expected pairs")
    return [(float(x), float(y)) for x, y in list(pairwise(numbers))[::2]]


def box(left: float, top: float, right: float, bottom: float) -> Rectangle:
    """Make an upright rectangle of its sides, half-open, in any order.

    >>> box(4, 2, 10, 6)
    Rectangle(cx_px=7.0, cy_px=4.0, width_px=6, height_px=4, angle_deg=0.0)
    """
    if not all(isfinite(side) for side in (left, top, right, bottom)):
        raise ValueError("a side is no finite number")
    return Rectangle((left + right) / 2, (top + bottom) / 2, abs(right - left), abs(bottom - top), 0.0)


def no_area(kind: str) -> LeftOutError:
    """Return the error of a shape that encloses nothing."""
    return LeftOutError(codes.UNSUPPORTED_SHAPE, f"is a {kind}, which encloses no area")


def text_of(value: Any, what: str) -> str:
    """Return a name, its blanks at both ends taken off; TypeError when it is no text or number.

    >>> text_of(" dent ", "label"), text_of(3, "label"), text_of(None, "label")
    ('dent', '3', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"its {what} is a {type(value).__name__}, expected a text")
    return str(value).strip()


def label_of(value: Any, fallback: str) -> str:
    """Return a region's label, or what regions without one are; LeftOutError when there is neither."""
    label = text_of(value, "label") or fallback
    if not label:
        raise LeftOutError(codes.REGION_WITHOUT_LABEL, "has no label")
    return label


def mapping(value: Any, what: str) -> Mapping[Any, Any]:
    """Return a table of attributes; empty when there is none, TypeError when it is something else."""
    if not value:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"its {what} are a {type(value).__name__}, expected an object")
    return value


def key_number(value: Any) -> int | str:
    """Return an id that documents write as a number or as its text, so that ``1``, ``1.0`` and ``"1"`` are one.

    >>> key_number(1), key_number("1"), key_number(3.0), key_number("3.0"), key_number("a1")
    (1, 1, 3, 3, 'a1')
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"the id {value!r} is neither a number nor a text")
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    # Large numbers lose digits on the way through a float, and stay the texts they are.
    return int(text) if text.lstrip("-").isdigit() else int(number) if number.is_integer() else text


def agree(shapes: Sequence[Shape], stated: Any, size: Size | None) -> None:
    """Check that an annotation's own box is that of its shapes, within the rounding of a pixel.

    Rows taken for columns, counts taken for outlines, swapped sides and another picture's outline are caught so.

    Parameters
    ----------
    shapes : sequence of Shape
    stated : object
        Left, top, width and height in pixels; anything else, and a box without an extent, says nothing.
    size : tuple of int or None
        Of the picture: what lies outside it counts in neither.

    Raises
    ------
    LeftOutError
        If they differ.
    """
    if isinstance(stated, str) or not isinstance(stated, Sequence) or len(stated) != _SIDES or not shapes:
        return
    left, top, width, height = (float(value) for value in stated)
    if not (width > 0 and height > 0):
        return
    boxes = [bounds(shape) for shape in shapes]
    actual = (*(min(one[i] for one in boxes) for i in (0, 1)), *(max(one[i] for one in boxes) for i in (2, 3)))
    said, found = (_clipped(sides, size) for sides in ((left, top, left + width, top + height), actual))
    if _differ(said, found) and (size is None or _differ(said, _pixel_sides(shapes, size))):
        raise LeftOutError(
            codes.ANNOTATION_CONTRADICTS_ITSELF,
            f"spans {_sides(found)}, its own bbox says {_sides(said)} (left, top, right, bottom)",
        )


def _differ(one: Iterable[float], other: Iterable[float]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) > _SLACK_PX


def _pixel_sides(shapes: Sequence[Shape], size: Size) -> tuple[float, ...]:
    """Return the sides of the pixels that shapes mark: of a thin one they may be far fewer than it spans."""
    patch = rasterize_patch(shapes, (0, 0, *size))
    rows, columns = np.flatnonzero(patch.mask.any(axis=1)), np.flatnonzero(patch.mask.any(axis=0))
    if not rows.size:
        return (0.0, 0.0, 0.0, 0.0)
    left, top = patch.x_px, patch.y_px
    return (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)


def _clipped(sides: tuple[float, ...], size: Size | None) -> tuple[float, ...]:
    if size is None:
        return sides
    return tuple(min(max(side, 0.0), size[place % 2]) for place, side in enumerate(sides))


def _sides(sides: Iterable[float]) -> str:
    return ", ".join(f"{side:g}" for side in sides)


def saturation_in(values: Mapping[Any, Any], key: str, notes: Notes) -> Saturation | None:
    """Find a threshold among the attributes of a region; what is not understood is a finding.

    A name states the unit (``saturation_px``), or a flag beside it does (``relative_saturation``, as in
    ``defects_config.json``).
    """
    flags = [value for name, value in values.items() if "relative" in str(name).lower() and isinstance(value, bool)]
    unit = ("fraction" if flags[0] else "px") if flags else ""
    for name, value in values.items():
        if is_threshold_name(str(name)) and not isinstance(value, bool) and value is not None and value != "":
            try:
                return threshold(value, unit or unit_in(str(name)))
            except (ValueError, OverflowError) as error:
                notes.note(codes.UNPARSED_SATURATION, f"region {key}: {name}: {error}")
    return None


def saturation_in_text(text: str, key: str, notes: Notes) -> Saturation | None:
    """Find ``saturation: 40 px`` in a free description."""
    match = _TEXT_THRESHOLD.search(text)
    return saturation_in({match["name"]: match["value"]}, key, notes) if match else None


def drawn(
    image: ImageRef,
    regions: Sequence[Region],
    notes: Notes,
    *,
    label: str = "",
    facts: Mapping[str, str] | None = None,
) -> Parsed:
    """Finish an image: without regions, label or loss it is good; with a loss and no region nothing is known."""
    if label == GOOD and notes.lost and not regions:
        label = ""
    if not regions and not label and not notes.lost:
        label = GOOD
    return notes.parsed(Drawn(image, tuple(regions), label, notes.path, lost=notes.lost, facts=facts or {}))


def known_size(image: ImageRef, around: Surroundings) -> Size | None:
    """Return the picture's true size, or what the document says when the picture is not known."""
    return around.size_of(image) or image.size_px


def positive_size(width: Any, height: Any) -> Size | None:
    """Return a size, or None when the document does not state one."""
    try:
        size = int(float(width)), int(float(height))
    except (TypeError, ValueError, OverflowError):
        return None
    return size if min(size) > 0 else None
