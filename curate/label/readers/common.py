"""What several readers need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, ParamSpec, TypeVar

from curate.label.reading import Drawn, ImageRef, Notes, Reading, Size, Surroundings
from curate.label.saturation import is_threshold_name, threshold, unit_in
from curate.model.codes import names as codes
from curate.model.defect import GOOD, Saturation
from curate.model.region import Point, Polygon, Rectangle, Region

MIN_POINTS = 3

Made = TypeVar("Made")
Arguments = ParamSpec("Arguments")

_TEXT_THRESHOLD = re.compile(r"(?P<name>satur\w*|threshold)\s*[:=]\s*(?P<value>[0-9.]+\s*(?:%|[a-z]+)?)", re.IGNORECASE)


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
    return Polygon(tuple(ring))


def flat_points(numbers: Sequence[float]) -> list[Point]:
    """Pair up numbers that stand as x, y, x, y.

    >>> flat_points([1, 2, 3, 4])
    [(1.0, 2.0), (3.0, 4.0)]
    """
    if len(numbers) % 2:
        raise ValueError(f"{len(numbers)} coordinates, expected pairs")
    return [(float(x), float(y)) for x, y in list(pairwise(numbers))[::2]]


def box(left: float, top: float, right: float, bottom: float) -> Rectangle:
    """Make an upright rectangle of its sides, in any order."""
    return Rectangle((left + right) / 2, (top + bottom) / 2, abs(right - left), abs(bottom - top), 0.0)


def attempt(
    notes: Notes,
    key: str,
    kind: str,
    make: Callable[Arguments, Made],
    *given: Arguments.args,
    **named: Arguments.kwargs,
) -> Made | None:
    """Make a shape of what is given; what fails is a finding that names the region, and gives None."""
    try:
        return make(*given, **named)
    except KeyError as error:
        notes.lose(codes.MALFORMED_ANNOTATION, f"region {key} ({kind}) is malformed: {error} is missing")
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        notes.lose(codes.MALFORMED_ANNOTATION, f"region {key} ({kind}) is malformed: {error}")
    return None


def saturation_in(values: Mapping[str, Any], key: str, notes: Notes) -> Saturation | None:
    """Find a threshold among the attributes of a region; what is not understood is a finding."""
    for name, value in values.items():
        if is_threshold_name(str(name)) and value not in {None, ""}:
            try:
                return threshold(value, unit_in(str(name)))
            except ValueError as error:
                notes.note(codes.UNPARSED_SATURATION, f"region {key}: {name}: {error}")
    return None


def saturation_in_text(text: str, key: str, notes: Notes) -> Saturation | None:
    """Find ``saturation: 40 px`` in a free description."""
    match = _TEXT_THRESHOLD.search(text)
    return saturation_in({match["name"]: match["value"]}, key, notes) if match else None


def drawn(
    image: ImageRef, regions: Sequence[Region], notes: Notes, *, label: str = "", annotator: str = "", at: str = ""
) -> Reading:
    """Finish an image: without regions, label or loss it is good."""
    if not regions and not label and not notes.lost:
        label = GOOD
    entry = Drawn(image, tuple(regions), label, notes.path, annotator, at, notes.lost)
    return Reading((entry,), tuple(notes.findings))


def known_size(image: ImageRef, around: Surroundings) -> Size | None:
    """Return the picture's true size, or what the document says when the picture is not known."""
    return around.size_of(image) or image.size_px


def positive_size(width: Any, height: Any) -> Size | None:
    """Return a size, or None when the document does not state one."""
    try:
        size = int(float(width)), int(float(height))
    except (TypeError, ValueError):
        return None
    return size if min(size) > 0 else None
