"""Draw the fixture, the part and the item once per scene, from signed distances and smooth noise.

Arrays are float32, (height, width, 3) in B, G, R order, 0..255; coverage is (height, width), 0..1. A signed distance is
negative inside a shape; its edge is drawn with one pixel of antialiasing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.demo.session import ITEM_SIZE, Generator, PartKind

Plane = NDArray[np.float32]

PART_SIZE = (520.0, 440.0)
"""Width and height of the part, in units; larger than the template, so that the template shows little background."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """Something that is drawn over something else."""

    colour: Plane
    coverage: Plane


class PartCanvas:
    """Colours that shapes are painted on, with the origin of coordinates in its middle.

    Parameters
    ----------
    width, height : float
        In units.
    unit_px : float
        Pixels of one unit.
    """

    def __init__(self, width: float, height: float, unit_px: float) -> None:
        columns, rows = 2 * math.ceil(width * unit_px / 2.0), 2 * math.ceil(height * unit_px / 2.0)
        self.unit_px = unit_px
        self.colour = np.zeros((rows, columns, 3), np.float32)
        self.x = ((np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) / unit_px)[None, :]
        self.y = ((np.arange(rows, dtype=np.float32) + 0.5 - rows / 2) / unit_px)[:, None]

    def near(self, *points: tuple[float, float], reach: float) -> PartCanvas:
        """Return the part of the canvas around some points; what is painted there is painted here.

        Painting small shapes on a part of the canvas is what makes a 5-megapixel scene cheap to draw.
        """
        left, right = (edge(point[0] for point in points) for edge in (min, max))
        top, bottom = (edge(point[1] for point in points) for edge in (min, max))
        columns = _span(self.x[0], left - reach, right + reach)
        rows = _span(self.y[:, 0], top - reach, bottom + reach)
        part = PartCanvas.__new__(PartCanvas)
        part.unit_px, part.colour = self.unit_px, self.colour[rows, columns]
        part.x, part.y = self.x[:, columns], self.y[rows]
        return part

    def cover(self, distance: Plane) -> Plane:
        """Turn a signed distance in units into coverage."""
        return np.asarray(np.clip(0.5 - distance * self.unit_px, 0.0, 1.0), np.float32)

    def paint(self, distance: Plane, colour: tuple[float, ...] | Plane, opacity: float = 1.0) -> None:
        """Fill a shape."""
        cover = (self.cover(distance) * opacity)[..., None]
        self.colour += (np.asarray(colour, np.float32) - self.colour) * cover

    def bar(self, start: tuple[float, float], end: tuple[float, float], radius: float) -> Plane:
        """Return the signed distance of a thick line with round ends."""
        x, y = self.x - np.float32(start[0]), self.y - np.float32(start[1])
        dx, dy = end[0] - start[0], end[1] - start[1]
        along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-6), 0.0, 1.0)
        return np.asarray(np.hypot(x - along * dx, y - along * dy) - radius, np.float32)

    def disc(self, x: float, y: float, radius: float) -> Plane:
        """Return the signed distance of a disc."""
        return np.asarray(np.hypot(self.x - np.float32(x), self.y - np.float32(y)) - radius, np.float32)

    def box(self, x: float, y: float, width: float, height: float, corner: float = 0.0) -> Plane:
        """Return the signed distance of a box with rounded corners."""
        across = np.abs(self.x - np.float32(x)) - (width / 2.0 - corner)
        down = np.abs(self.y - np.float32(y)) - (height / 2.0 - corner)
        outside = np.hypot(np.maximum(across, 0.0), np.maximum(down, 0.0))
        return np.asarray(outside + np.minimum(np.maximum(across, down), 0.0) - corner, np.float32)


def _span(places: Plane, first: float, last: float) -> slice:
    start, stop = np.searchsorted(places, (first, last))
    return slice(int(start), int(stop))


def smooth_noise(rng: Generator, height: int, width: int, cell_px: float) -> Plane:
    """Return noise of zero mean and unit standard deviation that varies over about ``cell_px`` pixels."""
    rows, columns = int(height / cell_px) + 4, int(width / cell_px) + 4
    grid = rng.standard_normal((rows, columns), dtype=np.float32)
    full = cv2.resize(grid, (int(columns * cell_px) + 1, int(rows * cell_px) + 1), interpolation=cv2.INTER_CUBIC)
    top, left = int(cell_px), int(cell_px)
    part = full[top : top + height, left : left + width]
    return np.asarray((part - part.mean()) / max(float(part.std()), 1e-6), np.float32)


def stains(rng: Generator, height: int, width: int, unit_px: float) -> Plane:
    """Return noise of several sizes, zero mean, unit standard deviation: what a surface looks like."""
    total = sum(
        weight * smooth_noise(rng, height, width, cell * unit_px)
        for cell, weight in ((64.0, 0.5), (24.0, 0.6), (9.0, 0.5), (3.5, 0.35))
    )
    return np.asarray(total / np.std(total), np.float32)


def _metal(canvas: PartCanvas, rng: Generator, base: tuple[float, float, float], contrast: float) -> None:
    """Fill a canvas with a stained, brushed surface."""
    height, width = canvas.colour.shape[:2]
    surface = stains(rng, height, width, canvas.unit_px) * contrast
    brushed = cv2.resize(rng.standard_normal((height, 1), dtype=np.float32), (width, height)) * (contrast * 0.25)
    canvas.colour[:] = np.asarray(base, np.float32) + (surface + brushed)[..., None] * np.array(
        [1.0, 0.96, 0.9], np.float32
    )


def draw_fixture(rng: Generator, frame_px: tuple[int, int], unit_px: float) -> Plane:
    """Draw what stays: rails, bolts and a grid of holes behind the part, over the whole frame."""
    canvas = PartCanvas(frame_px[0] / unit_px, frame_px[1] / unit_px, unit_px)
    width, height = frame_px[0] / unit_px, frame_px[1] / unit_px
    grey = float(rng.uniform(48.0, 78.0))
    _metal(canvas, rng, (grey + 6.0, grey, grey - 4.0), 9.0)
    for side in (-1.0, 1.0):
        y = side * height * float(rng.uniform(0.30, 0.42))
        rail = canvas.near((-width, y), (width, y), reach=30.0)
        rail.paint(rail.box(0.0, y, width * 1.1, 46.0), (grey * 1.5, grey * 1.5, grey * 1.45), 0.8)
        rail.paint(rail.box(0.0, y + 20.0, width * 1.1, 6.0), (22.0, 20.0, 20.0), 0.8)
        for step in np.arange(-width / 2.0, width / 2.0, float(rng.uniform(70.0, 110.0))):
            _bolt(canvas, float(step), y - 4.0, 11.0, grey)
    for _ in range(9):
        x, y = float(rng.uniform(-0.5, 0.5)) * width, float(rng.uniform(-0.5, 0.5)) * height
        near = canvas.near((x, y), reach=30.0)
        near.paint(near.disc(x, y, float(rng.uniform(10.0, 26.0))), (18.0, 18.0, 20.0), 0.9)
    start = (-width * 0.5, float(rng.uniform(-0.4, 0.4)) * height)
    canvas.paint(canvas.bar(start, (width * 0.5, float(rng.uniform(-0.4, 0.4)) * height), 7.0), (40.0, 60.0, 150.0))
    return np.clip(canvas.colour, 0.0, 255.0)[: frame_px[1], : frame_px[0]]


def draw_part(rng: Generator, unit_px: float, item: PartKind) -> Sprite:
    """Draw the assembly that moves, with an empty seat where the item belongs."""
    canvas = PartCanvas(*PART_SIZE, unit_px)
    width, height = PART_SIZE
    tone = float(rng.uniform(88.0, 118.0))
    tint = rng.uniform(-12.0, 12.0, 3)
    _metal(canvas, rng, (tone + float(tint[0]), tone + float(tint[1]), tone + float(tint[2])), 11.0)
    for _ in range(5):
        _rib(canvas, rng, tone)
    for x, y in _scatter(rng, 9, keep_clear=92.0):
        _bolt(canvas, x, y, float(rng.uniform(10.0, 17.0)), tone)
    for x, y in _scatter(rng, 5, keep_clear=100.0):
        near = canvas.near((x, y), reach=20.0)
        near.paint(near.disc(x, y, float(rng.uniform(7.0, 15.0))), (16.0, 16.0, 18.0))
    _label(canvas, rng)
    _seat(canvas, item)
    body = canvas.box(0.0, 0.0, width - 14.0, height - 14.0, 34.0)
    notch = canvas.disc(float(rng.uniform(-150.0, 150.0)), -height / 2.0 + 6.0, 30.0)
    outline = np.maximum(body, -notch)
    # A bevel: the light comes from the upper left.
    canvas.paint(np.asarray(np.abs(outline + 3.0) - 3.0, np.float32), (30.0, 30.0, 32.0), 0.7)
    return Sprite(np.clip(canvas.colour, 0.0, 255.0), canvas.cover(np.asarray(outline, np.float32)))


def draw_item(rng: Generator, unit_px: float, item: PartKind) -> Sprite:
    """Draw the inspected item alone, in the middle of a canvas a little larger than itself."""
    width, height = ITEM_SIZE[item]
    canvas = PartCanvas(width + 12.0, height + 12.0, unit_px)
    return _clip(canvas, rng) if item == "clip" else _screw(canvas, rng)


def _clip(canvas: PartCanvas, rng: Generator) -> Sprite:
    width, height = ITEM_SIZE["clip"]
    plastic = ((40.0, 120.0, 205.0), (190.0, 120.0, 40.0), (205.0, 205.0, 200.0))[int(rng.integers(3))]
    canvas.colour[:] = plastic
    body = canvas.box(0.0, -height * 0.16, width, height * 0.66, 14.0)
    legs = np.minimum(
        canvas.bar((-width * 0.28, 0.0), (-width * 0.28, height * 0.5 - 11.0), 11.0),
        canvas.bar((width * 0.28, 0.0), (width * 0.28, height * 0.5 - 11.0), 11.0),
    )
    outline = np.minimum(body, legs)
    dark, light = tuple(0.45 * value for value in plastic), tuple(min(250.0, 1.3 * value + 10) for value in plastic)
    canvas.paint(np.asarray(np.abs(outline + 2.0) - 1.6, np.float32), dark)
    canvas.paint(canvas.box(0.0, -height * 0.30, width * 0.7, 9.0, 4.0), light)
    canvas.paint(canvas.disc(0.0, -height * 0.06, 14.0), dark)
    canvas.paint(canvas.disc(0.0, -height * 0.06, 8.0), (20.0, 20.0, 20.0))
    return Sprite(canvas.colour, canvas.cover(np.asarray(outline, np.float32)))


def _screw(canvas: PartCanvas, rng: Generator) -> Sprite:
    radius = ITEM_SIZE["screw"][0] / 2.0
    tone = float(rng.uniform(140.0, 185.0))
    canvas.colour[:] = (tone, tone, tone * 0.97)
    angle = np.arctan2(canvas.y, canvas.x)
    canvas.colour *= (1.0 + 0.10 * np.cos(2.0 * angle + float(rng.uniform(0.0, 6.0))))[..., None].astype(np.float32)
    ring = canvas.disc(0.0, 0.0, radius)
    canvas.paint(np.asarray(np.abs(ring + 10.0) - 1.6, np.float32), (50.0, 50.0, 55.0))
    canvas.paint(np.asarray(np.abs(ring + 1.5) - 1.5, np.float32), (60.0, 60.0, 62.0))
    star = np.hypot(canvas.x, canvas.y) - radius * (0.40 + 0.07 * np.cos(6.0 * angle + float(rng.uniform(0.0, 6.0))))
    canvas.paint(np.asarray(star, np.float32), (25.0, 25.0, 28.0))
    return Sprite(canvas.colour, canvas.cover(ring))


def _bolt(canvas: PartCanvas, x: float, y: float, radius: float, tone: float) -> None:
    near = canvas.near((x, y), reach=radius + 6.0)
    near.paint(near.disc(x + 1.5, y + 2.0, radius + 2.0), (20.0, 20.0, 22.0), 0.6)
    near.paint(near.disc(x, y, radius), (tone * 1.4, tone * 1.4, tone * 1.42))
    near.paint(near.disc(x, y, radius * 0.45), (35.0, 34.0, 34.0))


def _rib(canvas: PartCanvas, rng: Generator, tone: float) -> None:
    start, end = rng.uniform(-0.46, 0.46, 2) * PART_SIZE, rng.uniform(-0.46, 0.46, 2) * PART_SIZE
    radius = float(rng.uniform(4.0, 9.0))
    ends = ((float(start[0]), float(start[1])), (float(end[0]), float(end[1])))
    near = canvas.near(*ends, reach=radius + 5.0)
    near.paint(near.bar(*ends, radius + 2.5), (tone * 0.45,) * 3, 0.8)
    near.paint(near.bar(*ends, radius), (tone * 1.25,) * 3, 0.8)


def _scatter(rng: Generator, count: int, keep_clear: float) -> list[tuple[float, float]]:
    """Return places on the part outside of a disc around the item."""
    places: list[tuple[float, float]] = []
    while len(places) < count:
        x, y = (float(value) for value in rng.uniform(-0.44, 0.44, 2) * PART_SIZE)
        if math.hypot(x, y) > keep_clear:
            places.append((x, y))
    return places


def _label(canvas: PartCanvas, rng: Generator) -> None:
    """Stick a white label with a bar code on the part, inside of the window's corner."""
    x, y = float(rng.choice([-82.0, 82.0])), float(rng.choice([-88.0, 88.0]))
    near = canvas.near((x, y), reach=40.0)
    near.paint(near.box(x, y, 62.0, 36.0, 3.0), (205.0, 210.0, 212.0))
    left = x - 26.0
    while left < x + 22.0:
        wide = float(rng.uniform(1.5, 4.5))
        near.paint(near.box(left + wide / 2.0, y, wide, 26.0), (30.0, 30.0, 30.0))
        left += wide + float(rng.uniform(1.5, 4.0))


def _seat(canvas: PartCanvas, item: PartKind) -> None:
    """Draw what is seen where the item is missing: a dark recess with a hole."""
    width, height = ITEM_SIZE[item]
    near = canvas.near((0.0, 0.0), reach=70.0)
    recess = (
        near.disc(0.0, 0.0, width / 2.0 - 5.0) if item == "screw" else near.box(0.0, 0.0, width - 14, height - 14, 10)
    )
    near.paint(recess, (44.0, 46.0, 48.0), 0.85)
    near.paint(np.asarray(np.abs(recess) - 1.5, np.float32), (24.0, 24.0, 26.0))
    near.paint(near.disc(0.0, 0.0, 13.0), (8.0, 8.0, 9.0))
