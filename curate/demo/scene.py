"""Draw the frames of a line camera: a fixture that stays, a part that moves, light that drifts, defects, bad shots.

Pure and seeded: equal settings give equal pixels, whatever the number of threads (pixels may differ in the last grey
level between versions of OpenCV). Use it in tests of import, screen and crop::

    settings = SessionSettings(frames=24, seed=1, texture_seed=2)   # or harsh(frames, seed, texture_seed)
    scene = Scene(settings)                                         # draws the textures once
    template = scene.template()                                     # (context_px, context_px, 3) uint8 BGR
    for shot in plan_session(settings):                             # true shooting order, no pixels yet
        frame = scene.render(shot)                                  # (height, width, 3) uint8 BGR
        shot.centre_px, shot.angle_deg, shot.part_to_frame          # truth of the window; centre None = empty scene
        shot.conditions, shot.label, shot.regions                   # truth of screening, split and masks
        shot.file_name, shot.clock, shot.utc_offset, shot.counter   # what the camera wrote down

The template's middle is the window's middle. A large camera is
``SessionSettings(frame_px=(2590, 1942), window_px=400, context_px=800)``.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.demo.plan import arm_cover, plan_session
from curate.demo.session import (
    BAD_CONDITIONS,
    DEFECT_TYPES,
    Arm,
    Generator,
    Planted,
    SessionSettings,
    Shot,
    harsh,
)
from curate.demo.texture import Plane, draw_fixture, draw_item, draw_part, stains
from curate.geometry.affine import Affine
from curate.model.region import Ellipse, Polygon

__all__ = ["BAD_CONDITIONS", "DEFECT_TYPES", "Frame", "Scene", "SessionSettings", "Shot", "harsh", "plan_session"]

Frame = NDArray[np.uint8]

_NO_BLUR_PX = 0.25
"""Narrower blur changes no pixel worth the time."""

_SUPERSAMPLING = 4


def _generator(*seeds: int) -> Generator:
    """Return a generator whose stream is the same on every machine."""
    return np.random.Generator(np.random.PCG64(seeds))


@lru_cache(maxsize=1)
def _normal_quantiles() -> Plane:
    """Return the normal distribution's quantiles of 65,536 equal parts: turns 16 random bits into a normal number."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((place + 0.5) / 65536) for place in range(65536)], np.float32)


def sensor_noise(seed: int, shape: tuple[int, ...], deviation: float) -> Plane:
    """Return independent normal noise; three times as fast as drawing normal numbers, and cut at 4.3 deviations.

    >>> noise = sensor_noise(1, (200, 300), 5.0)
    >>> bool(abs(noise.mean()) < 0.1), bool(abs(noise.std() - 5.0) < 0.1)
    (True, True)
    """
    bits = np.frombuffer(_generator(seed, 11).bytes(2 * math.prod(shape)), "<u2")
    table = _normal_quantiles() * np.float32(deviation)
    return np.asarray(table[bits].reshape(shape), np.float32)


class Scene:
    """The textures of one camera's view, ready to be drawn in any pose.

    Parameters
    ----------
    settings : SessionSettings
        Only ``texture_seed``, ``item``, ``frame_px``, ``window_px``, ``context_px`` and ``specimen_contrast`` matter.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self.settings = settings
        rng = _generator(settings.texture_seed, 7)
        unit = settings.unit_px
        self._fixture = draw_fixture(rng, settings.frame_px, unit)
        self._part = draw_part(rng, unit, settings.item)
        self._item = draw_item(rng, unit, settings.item)
        height, width = self._part.coverage.shape
        self._stains = stains(rng, 2 * height, 2 * width, unit) * np.float32(settings.specimen_contrast)

    def render(self, shot: Shot) -> Frame:
        """Draw one frame.

        Returns
        -------
        ndarray of uint8, shape (height, width, 3)
            B, G, R.
        """
        frame = self._fixture.copy()
        if shot.centre_px is not None:
            _lay(frame, self._dressed_part(shot), self._part.coverage, shot.part_to_frame)
        if shot.arm:
            _draw_arm(frame, shot.arm)
        frame *= self._light(shot)[..., None]
        if shot.blur_px > _NO_BLUR_PX:
            frame = np.asarray(cv2.GaussianBlur(frame, (0, 0), shot.blur_px), np.float32)
        noise = sensor_noise(shot.noise_seed, frame.shape, shot.noise)
        return np.asarray(cv2.add(frame, noise, dtype=cv2.CV_8U), np.uint8)  # rounds and saturates

    def template(self) -> Frame:
        """Draw the part as it should be, in neutral light, cut out with its surroundings.

        Returns
        -------
        ndarray of uint8, shape (context_px, context_px, 3)
        """
        part = self._part.colour.copy()
        _lay(part, self._item.colour, self._item.coverage, _to_middle(part))
        side = self.settings.context_px
        ground = np.full((side, side, 3), np.float32(self._fixture.mean()), np.float32)
        _lay(ground, part, self._part.coverage, Affine.translation(side / 2.0, side / 2.0))
        return np.asarray(np.clip(ground + np.float32(0.5), 0.0, 255.0), np.uint8)

    def hidden_share(self, shot: Shot) -> float:
        """Return the true share of the upright window that the arm hides."""
        if shot.arm is None or shot.centre_px is None:
            return 0.0
        side = self.settings.window_px
        left, top = shot.centre_px[0] - side / 2.0, shot.centre_px[1] - side / 2.0
        return float(arm_cover(shot.arm, left, top, side, side).mean())

    def _dressed_part(self, shot: Shot) -> Plane:
        """Return the part's colours with this specimen's stains, its item and its defects."""
        part = self._part.colour.copy()
        height, width = part.shape[:2]
        rng = _generator(shot.specimen_seed, 13)
        top, left = int(rng.integers(height + 1)), int(rng.integers(width + 1))
        own = self._stains[top : top + height, left : left + width]
        flips = rng.integers(2, size=2)
        own = own[:: -1 if flips[0] else 1, :: -1 if flips[1] else 1]
        if shot.item_present:
            x, y, angle = shot.item_offset
            pose = Affine.rotation(angle).then(Affine.translation(x, y)).then(_to_middle(part))
            _lay(part, self._item.colour, self._item.coverage, pose)
        part += own[..., None]
        for defect in shot.defects:
            _scar(part, defect)
        return part

    def _light(self, shot: Shot) -> Plane:
        """Return the light's factor for each pixel: a slope, and a lens that is darker towards its corners."""
        width, height = self.settings.frame_px
        x = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
        y = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.5
        across = shot.light_slope[0] * x - 0.25 * x * x
        down = shot.light_slope[1] * y - 0.25 * y * y
        return np.asarray(shot.light * (1.0 + across[None, :] + down[:, None]), np.float32)


def _to_middle(canvas: Plane) -> Affine:
    """Map coordinates whose origin is a canvas's middle to its pixels."""
    return Affine.translation(canvas.shape[1] / 2.0, canvas.shape[0] / 2.0)


def _lay(ground: Plane, colour: Plane, coverage: Plane, pose: Affine) -> None:
    """Draw a sprite over a picture, in place; ``pose`` maps coordinates from the sprite's middle to the picture."""
    to_ground = _to_middle(colour).inverse().then(pose)
    rows, columns = coverage.shape
    corners = to_ground.apply_all([(0, 0), (columns, 0), (0, rows), (columns, rows)])
    left, top = (max(0, math.floor(value) - 1) for value in corners.min(axis=0))
    right = min(ground.shape[1], math.ceil(corners[:, 0].max()) + 1)
    bottom = min(ground.shape[0], math.ceil(corners[:, 1].max()) + 1)
    if left >= right or top >= bottom:
        return
    matrix = to_ground.then(Affine.translation(-left, -top)).as_opencv()
    size = (right - left, bottom - top)
    over = cv2.warpAffine(colour, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(coverage, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    under = ground[top:bottom, left:right]
    under += (over - under) * alpha[..., None]


def _scar(part: Plane, defect: Planted) -> None:
    """Draw a scratch or a dent on the part, in place."""
    middle = (part.shape[1] / 2.0, part.shape[0] / 2.0)
    for shape in defect.shapes:
        if defect.name == "scratch" and isinstance(shape, Polygon):
            _scratch(part, np.asarray(shape.exterior) + middle, defect.strength)
        elif defect.name == "dent" and isinstance(shape, Ellipse):
            _dent(part, shape, middle, defect.strength)


def _scratch(part: Plane, outline: NDArray[np.float64], strength: float) -> None:
    left, top = (int(value) for value in np.floor(outline.min(axis=0)) - 1)
    right, bottom = (int(value) for value in np.ceil(outline.max(axis=0)) + 1)
    fine = np.zeros(((bottom - top) * _SUPERSAMPLING, (right - left) * _SUPERSAMPLING), np.uint8)
    # fillPoly wants pixel centres at whole numbers, here with 8 fractional bits.
    points = np.round(((outline - (left, top)) * _SUPERSAMPLING - 0.5) * 256).astype(np.int32)
    cv2.fillPoly(fine, [points.reshape(-1, 1, 2)], 255, cv2.LINE_8, 8)
    cover = cv2.resize(fine, (right - left, bottom - top), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    part[top:bottom, left:right] += (strength * cover)[..., None]


def _dent(part: Plane, dent: Ellipse, middle: tuple[float, float], strength: float) -> None:
    """Shade a hollow: dark towards the light, which comes from the upper left, bright on the far side."""
    reach = max(dent.rx_px, dent.ry_px) + 1.0
    cx, cy = dent.cx_px + middle[0], dent.cy_px + middle[1]
    top, left = int(cy - reach), int(cx - reach)
    rows, columns = (np.arange(int(2 * reach) + 2, dtype=np.float32) + np.float32(0.5 + start) for start in (top, left))
    x, y = (columns - cx)[None, :], (rows - cy)[:, None]
    cos, sin = math.cos(math.radians(dent.angle_deg)), math.sin(math.radians(dent.angle_deg))
    u, v = (x * cos + y * sin) / dent.rx_px, (y * cos - x * sin) / dent.ry_px
    radius = u * u + v * v
    shade = strength * (x + y) / reach * np.sqrt(np.clip(1.0 - radius, 0.0, 1.0)) * 1.3 - 0.25 * strength * (
        radius < 1.0
    )
    part[top : top + len(rows), left : left + len(columns)] += shade.astype(np.float32)[..., None]


def _draw_arm(frame: Plane, arm: Arm) -> None:
    """Draw a dark arm with a lighter ridge, in place."""
    height, width = frame.shape[:2]
    cover = arm_cover(arm, 0.0, 0.0, width, height)[..., None]
    ridge = arm_cover(Arm(arm.tip_px, arm.direction_deg, arm.width_px * 0.3), 0.0, 0.0, width, height)[..., None]
    frame += (np.array([36.0, 38.0, 44.0], np.float32) - frame) * cover
    frame += np.float32(22.0) * ridge
