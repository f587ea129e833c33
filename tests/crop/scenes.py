"""Seeded scenes of a line camera in three kinds of texture, unlike the demo's: for trying what a matcher accepts.

A *carrier* with an *item* in its middle moves over a fixture that stays. The template shows the carrier and the item.
In bad frames the item is missing, another thing lies in its place, half of the carrier is covered, or it is away.
Pixels are drawn at the size of a 5-megapixel camera times ``scale``; equal arguments give equal frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.geometry.affine import Affine

Plane: TypeAlias = NDArray[np.float32]
Rng: TypeAlias = np.random.Generator
Kind: TypeAlias = Literal["good", "missing", "replaced", "covered", "away", "blurred", "flare", "arm"]

FRAME_PX, CARRIER_PX, ITEM_PX, JITTER_PX = (2590, 1942), 900, 330, 110
TEMPLATE_PX, WINDOW_PX = 800, 400


@dataclass(frozen=True)
class SceneShot:
    """A drawn frame and the truth about it."""

    kind: Kind
    frame: NDArray[np.uint8]
    centre_px: tuple[float, float] | None
    angle_deg: float


def _smooth(rng: Rng, height: int, width: int, sigma: float) -> Plane:
    """Return noise of one scale, mean 0, deviation 1."""
    step = max(1.0, sigma / 3)
    small = rng.normal(size=(int(height / step) + 8, int(width / step) + 8)).astype(np.float32)
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), sigma / step), np.float32)
    plane = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray((plane - plane.mean()) / max(float(plane.std()), 1e-6), np.float32)


def cast(rng: Rng, height: int, width: int, scale: float) -> Plane:
    """Rough metal with a few bosses, bolts and a seam."""
    plane = np.asarray(110 + 14 * _smooth(rng, height, width, 40 * scale), np.float32)
    plane += 9 * _smooth(rng, height, width, 5 * scale)
    for _ in range(max(3, round(height * width / (190 * scale) ** 2 / 2))):
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(14, 60) * scale
        shade = float(rng.uniform(-70, 80))
        cv2.circle(plane, (round(x), round(y)), round(r), 110 + shade, -1, cv2.LINE_AA)
        cv2.circle(plane, (round(x), round(y)), round(0.6 * r), 110 - shade / 2, max(1, round(6 * scale)), cv2.LINE_AA)
    start, end = rng.uniform(0, height, 2)
    cv2.line(plane, (0, round(start)), (width, round(end)), 60.0, max(1, round(9 * scale)), cv2.LINE_AA)
    return plane


def grille(rng: Rng, height: int, width: int, scale: float) -> Plane:
    """A perforated plate: holes at an even pitch, a few of which are stopped or worn."""
    pitch = float(rng.uniform(120, 180)) * scale
    plane = np.asarray(150 + 10 * _smooth(rng, height, width, 60 * scale), np.float32)
    plane += 4 * _smooth(rng, height, width, 4 * scale)
    for row in range(round(height / pitch) + 1):
        for column in range(round(width / pitch) + 1):
            x = (column + 0.5 * (row % 2)) * pitch + rng.normal(0, 1.5 * scale)
            y = row * pitch + rng.normal(0, 1.5 * scale)
            shade, odd = 45 + rng.normal(0, 8), rng.random()
            shade = 140.0 if odd < 0.06 else shade
            radius = (0.29 if odd < 0.9 else 0.36) * pitch
            cv2.circle(plane, (round(x), round(y)), round(radius), float(shade), -1, cv2.LINE_AA)
    for _ in range(4):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        size = rng.uniform(0.5, 1.4, 2) * pitch
        box = cv2.boxPoints(((x, y), (float(size[0]), float(size[1])), float(rng.uniform(0, 90))))
        cv2.fillPoly(plane, [np.round(box).astype(np.int32)], float(rng.uniform(90, 215)), cv2.LINE_AA)
    return plane


def harness(rng: Rng, height: int, width: int, scale: float) -> Plane:
    """Cables, straight rails and printed tags over cloth: long edges along which everything slides."""
    plane = np.asarray(95 + 6 * _smooth(rng, height, width, 90 * scale), np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    plane += 5 * np.sin(2 * np.pi * (x + 0.3 * y) / (17 * scale))
    for _ in range(3):
        at = rng.uniform(0.05, 0.95) * height
        cv2.line(plane, (0, round(at)), (width, round(at)), float(rng.uniform(20, 230)), round(26 * scale), cv2.LINE_AA)
    for _ in range(max(4, round(width / (200 * scale)))):
        points = np.cumsum(rng.normal(0, 90 * scale, (9, 2)) + rng.uniform(-60, 60, 2) * scale, axis=0)
        points += rng.uniform((0, 0), (width, height))
        thick, shade = round(rng.uniform(8, 26) * scale), float(rng.uniform(15, 235))
        cv2.polylines(plane, [np.round(points).astype(np.int32)], isClosed=False, color=shade, thickness=max(1, thick))
    tags = np.zeros((height, width), np.uint8)
    for _ in range(max(2, round(height * width / (420 * scale) ** 2))):
        left, top = rng.uniform(0, width), rng.uniform(0, height)
        text = "".join(rng.choice(list("ABCDEFHKLMNPRSTUXYZ0123456789"), 5))
        origin = (round(left), round(top))
        cv2.putText(tags, text, origin, cv2.FONT_HERSHEY_DUPLEX, 2.2 * scale, 1, max(1, round(5 * scale)))
    plane[tags > 0] = 235
    return plane


TEXTURES: dict[str, Callable[[Rng, int, int, float], Plane]] = {"cast": cast, "grille": grille, "harness": harness}


class TexturedScene:
    """What one camera sees; ``texture`` names a drawing of :data:`TEXTURES`."""

    def __init__(self, texture: str, seed: int, scale: float = 1.0, item_px: float = ITEM_PX) -> None:
        self.rng = np.random.default_rng([seed, len(texture)])
        self.scale = scale
        self.draw = TEXTURES[texture]
        self.size = (round(FRAME_PX[0] * scale), round(FRAME_PX[1] * scale))
        self.fixture = self.draw(self.rng, self.size[1], self.size[0], scale)
        side = _even(CARRIER_PX * scale)
        self.carrier = self.draw(self.rng, side, side, scale) * np.float32(0.85) + 25
        self.bare = self.carrier.copy()
        self.item_px = _even(item_px * scale)
        self._put(self.carrier, self._thing())

    def _thing(self) -> Plane:
        """Draw an item: a plate with a pattern of its own."""
        side = self.item_px
        thing = self.draw(self.rng, side, side, self.scale * 0.7)
        return np.asarray(1.3 * (thing - thing.mean()) + self.rng.uniform(70, 180), np.float32)

    @staticmethod
    def _put(ground: Plane, thing: Plane) -> None:
        top, left = ((whole - part) // 2 for whole, part in zip(ground.shape, thing.shape, strict=True))
        ground[top : top + thing.shape[0], left : left + thing.shape[1]] = thing

    def template(self) -> NDArray[np.uint8]:
        """Return the good carrier's middle in even light."""
        side, whole = _even(TEMPLATE_PX * self.scale), self.carrier.shape[0]
        start = (whole - side) // 2
        return _as_bytes(self.carrier[start : start + side, start : start + side])

    def shot(self, kind: Kind) -> SceneShot:
        """Draw the next frame."""
        rng, scale = self.rng, self.scale
        middle = np.array(self.size) / 2 + rng.uniform(-JITTER_PX, JITTER_PX, 2) * scale
        angle = float(rng.uniform(-2, 2))
        part = self.bare.copy() if kind == "missing" else self.carrier.copy()
        if kind == "replaced":
            part = self.bare.copy()
            self._put(part, self._thing())
        frame = self.fixture.copy()
        if kind != "away":
            pose = Affine.rotation(angle).then(Affine.translation(*middle))
            to_frame = Affine.translation(-part.shape[1] / 2, -part.shape[0] / 2).then(pose).as_opencv()
            over = cv2.warpAffine(part, to_frame, self.size, flags=cv2.INTER_LINEAR)
            cover = cv2.warpAffine(np.ones_like(part), to_frame, self.size, flags=cv2.INTER_LINEAR)
            frame += (over - frame) * cover
        if kind in {"covered", "arm"}:
            self._cover(frame, middle, 0.5 if kind == "covered" else 0.35)
        frame *= np.float32(rng.uniform(0.7, 1.25))
        if kind == "blurred":
            frame = _motion(frame, round(21 * max(scale, 0.5)), float(rng.uniform(0, 180)))
        if kind == "flare":
            self._flare(frame, middle)
        noise = rng.normal(0, rng.uniform(1, 5), frame.shape)
        centre = (float(middle[0]), float(middle[1]))
        return SceneShot(kind, _as_bytes(frame + noise), None if kind == "away" else centre, angle)

    def _cover(self, frame: Plane, middle: NDArray[np.float64], share: float) -> None:
        """Lay a textured sheet or an arm over a share of the carrier, from a random side."""
        side = TEMPLATE_PX * self.scale
        turn = float(self.rng.uniform(0, 360))
        length = 2.2 * side
        reach = (0.5 - share) * side + length / 2
        x, y = middle + reach * np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))])
        box = cv2.boxPoints(((float(x), float(y)), (length, 1.5 * side if share > 0.4 else 0.8 * side), turn))
        sheet = self.draw(self.rng, frame.shape[0], frame.shape[1], self.scale) * np.float32(0.5)
        mask = cv2.fillPoly(np.zeros(frame.shape, np.uint8), [np.round(box).astype(np.int32)], 1)
        frame[mask > 0] = sheet[mask > 0]

    def _flare(self, frame: Plane, middle: NDArray[np.float64]) -> None:
        """Add a bright spot that saturates a part of the window."""
        y, x = np.mgrid[: frame.shape[0], : frame.shape[1]].astype(np.float32)
        at = middle + self.rng.uniform(-120, 120, 2) * self.scale
        reach = self.rng.uniform(110, 170) * self.scale
        frame += 330 * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * reach**2)).astype(np.float32)


def _motion(frame: Plane, length: int, angle_deg: float) -> Plane:
    """Blur along a line of some pixels, about its middle."""
    side = length | 1
    kernel = np.zeros((side, side), np.float32)
    kernel[side // 2] = 1
    turn = cv2.getRotationMatrix2D((side // 2, side // 2), angle_deg, 1.0)
    line = np.asarray(cv2.warpAffine(kernel, turn, (side, side)), np.float32)
    return np.asarray(cv2.filter2D(frame, -1, line / line.sum()), np.float32)


def _even(side: float) -> int:
    """Return a whole even length: the middles of all pictures then lie between pixels alike."""
    return 2 * round(side / 2)


def _as_bytes(plane: Any) -> NDArray[np.uint8]:
    grey = np.clip(plane + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
