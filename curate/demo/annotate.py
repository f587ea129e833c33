"""Write the truth about a session down as an expert's work in Label Studio would be exported.

The form is that of Label Studio 1.23's JSON export: percentages of the upright frame; rectangles given by the corner
that they turn about, ellipses by their centre. A frame without a defect gets an image-level choice, and one that shows
no part to judge is skipped (a cancelled annotation).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from typing import Any

from curate.demo.session import Shot
from curate.model.region import Ellipse, Polygon, Rectangle, Shape

SKIPPED = frozenset({"empty", "displaced"})
"""Conditions in which an expert cannot judge the part."""


def label_studio_export(shots: Iterable[Shot], frame_px: tuple[int, int]) -> list[dict[str, Any]]:
    """Return the export of all shots: one task each, in the order of their file names, as a person uploads them.

    Parameters
    ----------
    shots : iterable of Shot
    frame_px : tuple of int
        Width and height of the frames.
    """
    by_name = sorted(shots, key=lambda shot: shot.file_name)
    return [_task(number, shot, frame_px) for number, shot in enumerate(by_name, start=1)]


def _task(number: int, shot: Shot, frame_px: tuple[int, int]) -> dict[str, Any]:
    # Label Studio puts eight hexadecimal digits of its own before the names of uploaded files.
    token = hashlib.sha256(shot.file_name.encode()).hexdigest()[:8]
    skipped = bool(SKIPPED & set(shot.conditions))
    return {
        "id": number,
        "data": {"image": f"/data/upload/1/{token}-{shot.file_name}"},
        "annotations": [
            {
                "id": number,
                "completed_by": 1,
                "was_cancelled": skipped,
                "result": [] if skipped else _result(shot, frame_px),
            }
        ],
        "predictions": [],
    }


def _result(shot: Shot, frame_px: tuple[int, int]) -> list[dict[str, Any]]:
    common = {"to_name": "image", "original_width": frame_px[0], "original_height": frame_px[1], "image_rotation": 0}
    entries: list[dict[str, Any]] = []
    for region in shot.regions:
        for place, shape in enumerate(region.shapes):
            kind, value = _value(shape, frame_px)
            name = f"{region.region_id}{'abcdef'[place]}" if len(region.shapes) > 1 else region.region_id
            entries.append(
                {"id": name, "type": kind, "from_name": kind.removesuffix("labels"), **common}
                | {"value": value | {kind: [region.defect]}, "origin": "manual"}
            )
    if not entries:
        entries.append(
            {"id": "verdict", "type": "choices", "from_name": "verdict", "to_name": "image", "origin": "manual"}
            | {"value": {"choices": ["good"]}}
        )
    return entries


def _value(shape: Shape, frame_px: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    """Return Label Studio's type of a shape and its geometry in percent."""
    across, down = 100.0 / frame_px[0], 100.0 / frame_px[1]
    match shape:
        case Polygon():
            points = [[x * across, y * down] for x, y in shape.exterior]
            return "polygonlabels", {"points": points, "closed": True}
        case Ellipse():
            return "ellipselabels", {
                "x": shape.cx_px * across,
                "y": shape.cy_px * down,
                "radiusX": shape.rx_px * across,
                "radiusY": shape.ry_px * down,
                "rotation": shape.angle_deg,
            }
        case Rectangle():
            x, y = _turning_corner(shape)
            return "rectanglelabels", {
                "x": x * across,
                "y": y * down,
                "width": shape.width_px * across,
                "height": shape.height_px * down,
                "rotation": shape.angle_deg,
            }
        case _:
            raise TypeError(f"the generator plants no {type(shape).__name__}")


def _turning_corner(shape: Rectangle) -> tuple[float, float]:
    """Return the corner that is top-left before the turn: Label Studio turns a rectangle about it."""
    cos, sin = math.cos(math.radians(shape.angle_deg)), math.sin(math.radians(shape.angle_deg))
    dx, dy = -shape.width_px / 2.0, -shape.height_px / 2.0
    return shape.cx_px + dx * cos - dy * sin, shape.cy_px + dx * sin + dy * cos
