"""Plan a session of a fixed line camera: what is shot when, how it looks, and the truth about it. No pixels, no I/O.

Conventions
-----------
Part coordinates are continuous pixels with their origin at the centre of the inspection window; frame coordinates are
those of :mod:`curate.model.region`. Lengths of the part are given in *units*: 1 unit = ``window_px / 240`` frame
pixels, so that the same part can be drawn for a small and for a 5-megapixel camera. Angles are in degrees, clockwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

import numpy as np

from curate.geometry.affine import Affine
from curate.model.defect import GOOD, SEVERAL, DefectType, Saturation
from curate.model.region import Ellipse, Polygon, Rectangle, Region, Shape

PartKind: TypeAlias = Literal["clip", "screw"]
Naming: TypeAlias = Literal["counter", "unpadded", "timestamp"]
Generator: TypeAlias = np.random.Generator

BAD_CONDITIONS = (
    "blurred", "noisy", "dark", "over-exposed", "occluded", "displaced", "empty", "duplicate",
)  # fmt: skip
"""Conditions that a screening should find. A missing item is a defect, not a bad frame."""

SHIFTED = "shifted"
"""A further bad condition, planted only when asked for: the part lies far from its usual place, all in the frame."""

DEFECT_TYPES = {
    "scratch": DefectType("scratch", "structural", Saturation(0.4)),
    "dent": DefectType("dent", "structural", Saturation(0.5)),
    "missing": DefectType("missing", "logical", Saturation(0.6)),
    "misplaced": DefectType("misplaced", "logical", Saturation(0.5), regions="merge"),
}
"""What the generator can plant, with saturation thresholds that suit the shapes."""

ITEM_SIZE = {"clip": (78.0, 122.0), "screw": (92.0, 92.0)}
"""Width and height of the inspected item, in units."""

UNITS_PER_WINDOW = 240.0


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Everything that a session depends on; equal settings give equal frames.

    Attributes
    ----------
    frames : int
        Number of shots.
    seed : int
        Of poses, light, noise, times and defects.
    texture_seed : int
        Of the fixture and the part: another number is another scene.
    item : str
        What is inspected: a ``clip`` or a ``screw``.
    frame_px : tuple of int
        Width and height of a frame.
    window_px, context_px : int
        Sides of the square inspection window, and of the template around it.
    jitter_px, rotation_deg : float
        Position and angle of the part are uniform within ± these.
    drift_px : float
        Slow movement of the camera mount over the session, ± this, added to the jitter.
    light : tuple of float
        Least and greatest factor of the light that drifts over the shift.
    blur_px, noise : tuple of float
        Range of Gaussian blur (standard deviation, pixels) and of sensor noise (standard deviation, grey levels) of
        ordinary frames.
    bad_blur_px, bad_noise, dark_light, glaring_light : tuple of float
        The same of frames planted as ``blurred``, ``noisy``, ``dark`` and ``over-exposed``.
    occluded_share : float
        Share of the window that an arm hides in ``occluded`` frames.
    conditions : dict of str to float
        Share of the frames that get each condition of :data:`BAD_CONDITIONS`, or :data:`SHIFTED`; at least one where
        it is above zero.
    defects : dict of str to float
        Share of the frames that get each defect of :data:`DEFECT_TYPES`, or ``multiple`` (a scratch and a dent).
    specimen_contrast : float
        How much parts of one kind differ, in grey levels (standard deviation of a stain pattern of its own).
    naming : str
        ``counter``: ``DSC_0042.JPG`` with four digits, wrapping from 9999 to 0001; ``unpadded``: ``img42.jpg``;
        ``timestamp``: ``2026-03-02T05-00-07.12345678Z.jpg``, whose order is true.
    first_counter : int
        Counter of the first shot of the first camera.
    cameras : tuple of str
        Body serial numbers; shots alternate between them, each with a counter of its own.
    series : int
        Production series; between two of them the line stands still for three hours.
    cycle_s : float
        Mean time between shots.
    start : datetime
        Of the first shot, naive UTC.
    utc_offset_h : int
        Of the cameras' clocks.
    daylight_saving : bool
        The clocks go back one hour in the middle of the session, and no offset is recorded.
    """

    frames: int = 60
    seed: int = 0
    texture_seed: int = 0
    item: PartKind = "clip"
    frame_px: tuple[int, int] = (960, 720)
    window_px: int = 240
    context_px: int = 400
    jitter_px: float = 24.0
    rotation_deg: float = 1.5
    drift_px: float = 6.0
    light: tuple[float, float] = (0.5, 1.6)
    blur_px: tuple[float, float] = (0.0, 0.7)
    noise: tuple[float, float] = (1.5, 3.5)
    bad_blur_px: tuple[float, float] = (2.0, 3.0)
    bad_noise: tuple[float, float] = (14.0, 20.0)
    dark_light: tuple[float, float] = (0.12, 0.22)
    glaring_light: tuple[float, float] = (2.4, 3.2)
    occluded_share: float = 0.3
    conditions: dict[str, float] = field(default_factory=lambda: dict.fromkeys(BAD_CONDITIONS, 0.02))
    defects: dict[str, float] = field(default_factory=lambda: dict.fromkeys(DEFECT_TYPES, 0.05))
    specimen_contrast: float = 9.0
    naming: Naming = "counter"
    first_counter: int = 9970
    cameras: tuple[str, ...] = ("4103922",)
    series: int = 1
    cycle_s: float = 7.0
    start: datetime = datetime(2026, 3, 2, 5, 0, 0, 250_000)  # noqa: DTZ001 - naive UTC, as documented
    utc_offset_h: int = 1
    daylight_saving: bool = False

    @property
    def unit_px(self) -> float:
        """Frame pixels of one unit of the part."""
        return self.window_px / UNITS_PER_WINDOW


def harsh(frames: int, seed: int, texture_seed: int) -> SessionSettings:
    """Return settings for judging a matcher: every frame anywhere in the ranges that it must stand.

    Jitter ±120 px, rotation ±3°, light ×0.5 to ×1.6, blur up to 3 px, noise up to 20 grey levels, three in ten windows
    occluded by 30 %, missing and misplaced items, and scenes that are empty or displaced.
    """
    return SessionSettings(
        frames=frames, seed=seed, texture_seed=texture_seed, jitter_px=120.0, rotation_deg=3.0, drift_px=0.0,
        blur_px=(0.0, 3.0), noise=(1.0, 20.0),
        conditions={"occluded": 0.3, "empty": 0.08, "displaced": 0.08},
        defects={"missing": 0.15, "misplaced": 0.05, "scratch": 0.05, "dent": 0.05},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planted:
    """One defect on the part, in part coordinates.

    Attributes
    ----------
    name : str
        Key of :data:`DEFECT_TYPES`.
    shapes : tuple of Shape
        Where it is to be found; for a misplaced item where it is *and* where it should be.
    strength : float
        Grey levels that a scratch or a dent differs from its surroundings; 0 for the item's own defects.
    """

    name: str
    shapes: tuple[Polygon | Ellipse | Rectangle, ...]
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class Arm:
    """Something dark that reaches into the window: a half-infinite bar.

    Attributes
    ----------
    tip_px : tuple of float
        Middle of its front end, in frame pixels.
    direction_deg : float
        Where it comes from, seen from the tip.
    width_px : float
    """

    tip_px: tuple[float, float]
    direction_deg: float
    width_px: float


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame: everything that is drawn, and the truth about it.

    Attributes
    ----------
    index : int
        Place in the true shooting order, from 0.
    file_name : str
    taken_utc : datetime
        True time, naive UTC, to the millisecond.
    clock : datetime
        What the camera's clock showed, naive local time.
    utc_offset : str
        What the camera recorded about its offset, such as ``+01:00``; ``""`` for nothing.
    camera : str
        Body serial number.
    counter : int
        The camera's counter, 1..9999.
    series : int
        Production series, from 0.
    specimen : str
        The physical part; repeats of one shot share it.
    conditions : tuple of str
        Of :data:`BAD_CONDITIONS` and :data:`SHIFTED`, sorted; empty for a frame to keep.
    defects : tuple of Planted
    centre_px : tuple of float or None
        True centre of the inspection window in the frame; None in an empty scene. It may lie outside of the frame in
        a displaced one.
    angle_deg : float
        How much the part is turned about the window's centre, clockwise.
    light : float
        Factor of the light; 1 is neutral.
    light_slope : tuple of float
        Change of the light across the whole width and height, relative.
    blur_px, noise : float
        Standard deviations, in pixels and grey levels.
    arm : Arm or None
    duplicate_of : int or None
        Index of the shot that this one repeats.
    specimen_seed, noise_seed : int
    item_offset : tuple of float
        How the item sits on the part: x, y in part coordinates and a turn in degrees (assembly play, or misplaced).
    """

    index: int
    file_name: str
    taken_utc: datetime
    clock: datetime
    utc_offset: str
    camera: str
    counter: int
    series: int
    specimen: str
    conditions: tuple[str, ...]
    defects: tuple[Planted, ...]
    centre_px: tuple[float, float] | None
    angle_deg: float
    light: float
    light_slope: tuple[float, float]
    blur_px: float
    noise: float
    arm: Arm | None
    duplicate_of: int | None
    specimen_seed: int
    noise_seed: int
    item_offset: tuple[float, float, float]

    @property
    def label(self) -> str:
        """``good``, the defect's name, or ``multiple``."""
        names = {defect.name for defect in self.defects}
        if len(names) > 1:
            return SEVERAL
        return names.pop() if names else GOOD

    @property
    def item_present(self) -> bool:
        """Whether the inspected item is there."""
        return self.centre_px is not None and all(defect.name != "missing" for defect in self.defects)

    @property
    def part_to_frame(self) -> Affine:
        """Map from part coordinates to frame pixels; ValueError in an empty scene."""
        if self.centre_px is None:
            raise ValueError(f"shot {self.index} shows no part")
        return Affine.rotation(self.angle_deg).then(Affine.translation(*self.centre_px))

    @property
    def regions(self) -> tuple[Region, ...]:
        """The defects as an expert would outline them, in frame pixels."""
        if not self.defects:
            return ()
        to_frame = self.part_to_frame
        return tuple(
            Region(f"r{place}", defect.name, tuple(_moved(shape, to_frame, self.angle_deg) for shape in defect.shapes))
            for place, defect in enumerate(self.defects)
        )


def _moved(shape: Polygon | Ellipse | Rectangle, to_frame: Affine, angle_deg: float) -> Shape:
    """Turn and shift a shape; lengths do not change."""
    if isinstance(shape, Polygon):
        return Polygon(tuple(to_frame.apply(*point) for point in shape.exterior))
    x, y = to_frame.apply(shape.cx_px, shape.cy_px)
    if isinstance(shape, Ellipse):
        return Ellipse(x, y, shape.rx_px, shape.ry_px, shape.angle_deg + angle_deg)
    return Rectangle(x, y, shape.width_px, shape.height_px, shape.angle_deg + angle_deg)
