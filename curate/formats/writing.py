"""What every writer of an annotation format takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from curate.geometry.rasterize import rasterize
from curate.geometry.shapes import bitmap_of
from curate.model.finding import Finding
from curate.model.region import Annotation, Bitmap, Polygon, Shape


@dataclass(frozen=True, slots=True)
class WrittenLabels:
    """A document, and what it could not hold as it was.

    Attributes
    ----------
    document : object
        For JSON formats what is to be written; for XML the text.
    findings : tuple of Finding
    """

    document: Any
    findings: tuple[Finding, ...]


def has_holes(shape: Shape) -> bool:
    """Whether a shape is a polygon with holes."""
    return isinstance(shape, Polygon) and bool(shape.holes)


def as_pixels(shapes: tuple[Shape, ...], annotation: Annotation) -> Bitmap:
    """Turn shapes into the pixels that they mark in their frame."""
    return bitmap_of(rasterize(shapes, annotation.width_px, annotation.height_px))
