"""Shapes that an annotator draws, and the regions they make up, in FRAME pixel coordinates.

Conventions
-----------
x to the right, y down, the origin at the top-left *corner* of the top-left pixel: the centre of pixel (row 0, col 0) is
(0.5, 0.5). Angles are in degrees, clockwise as seen on screen, 0 = along x.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from curate.model.defect import SEVERAL, Saturation

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled outline; the last point is joined to the first. Filled by non-zero winding, each hole then cut out."""

    exterior: tuple[Point, ...]
    holes: tuple[tuple[Point, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Centre, semi-axes *before* rotation (rx along x), and the turn about the centre."""

    cx_px: float
    cy_px: float
    rx_px: float
    ry_px: float
    angle_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Centre, width and height *before* rotation, and the turn about the centre."""

    cx_px: float
    cy_px: float
    width_px: float
    height_px: float
    angle_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A drawn mask: a box of pixels at integer column ``x_px``, row ``y_px``.

    ``runs`` are row-major run lengths inside the box, background first (so a box that starts with foreground has a
    leading 0); they sum to ``width_px * height_px``.
    """

    x_px: int
    y_px: int
    width_px: int
    height_px: int
    runs: tuple[int, ...]


Shape: TypeAlias = Polygon | Ellipse | Rectangle | Bitmap


@dataclass(frozen=True, slots=True)
class Region:
    """One defect to be found: the union of its shapes, however many connected pieces they form.

    Attributes
    ----------
    region_id : str
        The annotation tool's identifier, unique within its frame.
    defect : str
        Name of the defect type, a key of ``[categories.X.defects]``.
    shapes : tuple of Shape
        In frame pixels. Their union is the region.
    saturation : Saturation or None
        Overrides the defect type's own threshold when not None.
    group : str
        Regions of one frame with the same non-empty group are one region (relations, parents, group ids).
    """

    region_id: str
    defect: str
    shapes: tuple[Shape, ...]
    saturation: Saturation | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What an expert said about one frame.

    Attributes
    ----------
    frame : str
        ``<series>/<file>`` below ``captures/<category>/``.
    width_px, height_px : int
        Size of the upright frame (after EXIF orientation) that the coordinates refer to.
    label : str
        ``"good"``, a defect name given to the whole image, or ``""`` when only the regions say it.
    regions : tuple of Region
    source : str
        Where it came from, for people: file name and task id.
    """

    frame: str
    width_px: int
    height_px: int
    label: str = ""
    regions: tuple[Region, ...] = field(default=())
    source: str = ""


def defects_of(annotation: Annotation | None) -> tuple[str, ...]:
    """Return the names of the defects whose regions were drawn in a frame, sorted, each once."""
    return tuple(sorted({region.defect for region in annotation.regions})) if annotation else ()


def image_label(capture_label: str, annotation: Annotation | None) -> str:
    """Decide what a frame is called: the folder it is published in.

    Drawn regions say most (one defect's name, or ``multiple``), then the expert's label of the whole image, then the
    label that the frame was imported with; ``""`` when nobody has said.
    """
    names = defects_of(annotation)
    if len(names) > 1:
        return SEVERAL
    if names:
        return names[0]
    if annotation is not None and annotation.label:
        return annotation.label
    return capture_label
