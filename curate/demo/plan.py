"""Draw up the shots of a session: who stands where, in which light, with which defect, and what the camera calls it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from curate.demo.session import (
    BAD_CONDITIONS,
    DEFECT_TYPES,
    ITEM_SIZE,
    SHIFTED,
    Arm,
    Generator,
    Planted,
    SessionSettings,
    Shot,
)
from curate.model.defect import SEVERAL
from curate.model.region import Ellipse, Polygon, Rectangle

_COUNTER_END = 9999
_SERIES_BREAK_S = 3 * 3600.0
_SHIFT = 105.0
"""How far a shifted part lies from where it would, in units: its window still lies in the frame."""
_REPEAT_LIGHT = 0.06
"""A repeated shot differs from its original by up to this share of the light."""


def plan_session(settings: SessionSettings) -> tuple[Shot, ...]:
    """Plan a session; the shots come in true shooting order.

    >>> shots = plan_session(SessionSettings(frames=40, seed=3))
    >>> shots == plan_session(SessionSettings(frames=40, seed=3)), len(shots)
    (True, 40)
    >>> sorted({label for shot in shots for label in shot.conditions})[:3]
    ['blurred', 'dark', 'displaced']
    """
    rng = np.random.Generator(np.random.PCG64([settings.seed, settings.texture_seed, 1]))
    conditions, defects = _decks(settings, rng)
    times = _times(settings, conditions, rng)
    phases = rng.uniform(0.0, 2.0 * math.pi, 4)
    shots: list[Shot] = []
    for index in range(settings.frames):
        if conditions[index] == "duplicate":
            shot = _repeat(shots[-1], index, rng)
        else:
            shot = _fresh(settings, index, conditions[index], defects[index], phases, rng)
        shots.append(_as_recorded(settings, shot, *times[index]))
    return tuple(shots)


def _decks(settings: SessionSettings, rng: Generator) -> tuple[list[str], list[str]]:
    """Deal conditions and defects out over the places of a session; each kind at least once where it is wanted."""
    _check(settings.defects, (*DEFECT_TYPES, SEVERAL), "defect")
    _check(settings.conditions, (*BAD_CONDITIONS, SHIFTED), "condition")
    conditions = [""] * settings.frames
    defects = [""] * settings.frames
    # Repeats first, and never at the start: each needs a shot before it that is itself fresh.
    order = [int(place) for place in rng.permutation(settings.frames)]
    for place in order:
        if conditions.count("duplicate") == _count(settings.conditions.get("duplicate", 0.0), settings.frames):
            break
        neighbours = {conditions[place - 1], conditions[min(place + 1, settings.frames - 1)]}
        if place and "duplicate" not in neighbours:
            conditions[place] = "duplicate"
    free = [place for place in order if not conditions[place]]
    for name, share in settings.conditions.items():
        if name != "duplicate":
            for _ in range(min(_count(share, settings.frames), len(free))):
                conditions[free.pop()] = name
    # Experts rarely see a defect in a frame that shows nothing: bad frames carry none, so that truth stays simple.
    clean = [place for place in (int(place) for place in rng.permutation(settings.frames)) if not conditions[place]]
    occluded = [place for place in range(settings.frames) if conditions[place] == "occluded"]
    clean = clean + occluded[:: max(1, len(occluded) // 3)]
    for name, share in settings.defects.items():
        for _ in range(min(_count(share, settings.frames), len(clean))):
            defects[clean.pop(0)] = name
    return conditions, defects


def _check(wanted: Iterable[str], known: Iterable[str], what: str) -> None:
    unknown = [name for name in wanted if name not in set(known)]
    if unknown:
        raise ValueError(f"the generator knows no {what} {', '.join(unknown)}; it knows {', '.join(known)}")


def _count(share: float, total: int) -> int:
    return max(1, round(share * total)) if share > 0 and total > 1 else 0


def _times(settings: SessionSettings, conditions: list[str], rng: Generator) -> list[tuple[datetime, int]]:
    """Return true time and series of each shot; a repeat follows within half a second."""
    now, series = settings.start, 0
    times = []
    for index in range(settings.frames):
        wanted = index * settings.series // settings.frames
        if index:
            gap_s = (
                0.3 + 0.2 * rng.random()
                if conditions[index] == "duplicate"
                else settings.cycle_s * rng.uniform(0.8, 1.2)
            )
            now += timedelta(milliseconds=round(1000 * (gap_s + _SERIES_BREAK_S * (wanted - series))))
        series = wanted
        times.append((now, series))
    return times


def _fresh(
    settings: SessionSettings, index: int, condition: str, defect: str, phases: NDArray[np.float64], rng: Generator
) -> Shot:
    """Draw one part that has not been shot before. The number of draws is the same for every condition."""
    progress = index / max(1, settings.frames - 1)
    offset = rng.uniform(-1.0, 1.0, 2) * settings.jitter_px
    drift = settings.drift_px * np.sin(2.0 * math.pi * np.array([1.3, 0.9]) * progress + phases[:2])
    angle = float(rng.uniform(-1.0, 1.0)) * settings.rotation_deg
    centre = (
        settings.frame_px[0] / 2.0 + float(offset[0] + drift[0]),
        settings.frame_px[1] / 2.0 + float(offset[1] + drift[1]),
    )
    play = (float(rng.normal()) * 0.6, float(rng.normal()) * 0.6, float(rng.normal()) * 0.3)
    light, blur, noise = _optics(settings, condition, progress, phases, rng)
    slope = (0.12 * math.sin(2.0 * math.pi * progress + float(phases[2])), 0.08 * float(rng.uniform(-1.0, 1.0)))
    away = float(rng.uniform(0.0, 360.0))
    arm = _arm(settings, centre, away) if condition == "occluded" else None
    if condition == SHIFTED:
        step = _SHIFT * settings.unit_px * _direction(math.radians(away))
        centre = (centre[0] + float(step[0]), centre[1] + float(step[1]))
    planted = _plant(settings, defect, rng)
    if condition == "displaced":
        centre = _displaced(settings, away)
    unit = settings.unit_px
    misplaced = next((entry for entry in planted if entry.name == "misplaced"), None)
    there = misplaced.shapes[1] if misplaced else None
    return Shot(
        index=index, file_name="", taken_utc=settings.start, clock=settings.start, utc_offset="", camera="", counter=0,
        series=0, specimen=f"part-{index:05d}", conditions=(condition,) if condition else (), defects=planted,
        centre_px=None if condition == "empty" else centre, angle_deg=angle, light=light,
        light_slope=slope,
        blur_px=blur, noise=noise, arm=arm, duplicate_of=None,
        specimen_seed=int(rng.integers(1 << 32)), noise_seed=int(rng.integers(1 << 32)),
        item_offset=(play[0] * unit, play[1] * unit, play[2])
        if not isinstance(there, (Ellipse, Rectangle))
        else (there.cx_px, there.cy_px, there.angle_deg),
    )  # fmt: skip


def _optics(
    settings: SessionSettings, condition: str, progress: float, phases: NDArray[np.float64], rng: Generator
) -> tuple[float, float, float]:
    """Return light, blur and noise of a shot. The light drifts slowly between its bounds, on a log scale."""
    low, high = (math.log(value) for value in settings.light)
    wave = 0.5 + 0.5 * math.sin(2.0 * math.pi * 0.8 * progress + float(phases[3]))
    light = math.exp(min(high, max(low, low + (high - low) * wave + float(rng.normal()) * 0.015)))
    ordinary_blur, ordinary_noise = rng.uniform(*settings.blur_px), rng.uniform(*settings.noise)
    worse = float(rng.random())

    def within(bounds: tuple[float, float]) -> float:
        return bounds[0] + (bounds[1] - bounds[0]) * worse

    light = {"dark": within(settings.dark_light), "over-exposed": within(settings.glaring_light)}.get(condition, light)
    blur = within(settings.bad_blur_px) if condition == "blurred" else float(ordinary_blur)
    noise = within(settings.bad_noise) if condition == "noisy" else float(ordinary_noise)
    return light, blur, noise


def _arm(settings: SessionSettings, centre: tuple[float, float], direction_deg: float) -> Arm:
    """Place an arm so that it hides the wanted share of the window: its reach is found by bisection."""
    side, width = settings.window_px, 0.62 * settings.window_px
    cos, sin = math.cos(math.radians(direction_deg)), math.sin(math.radians(direction_deg))
    near, far = -float(side), float(side)
    for _ in range(12):
        distance = (near + far) / 2.0
        arm = Arm((centre[0] + distance * cos, centre[1] + distance * sin), direction_deg, width)
        cover = arm_cover(arm, centre[0] - side / 2.0, centre[1] - side / 2.0, side, side)
        near, far = (distance, far) if float(cover.mean()) > settings.occluded_share else (near, distance)
    return arm


def arm_cover(arm: Arm, left: float, top: float, width: int, height: int) -> NDArray[np.float32]:
    """Return how much of each pixel of a box an arm covers, 0..1; shape (height, width)."""
    x = (np.arange(width, dtype=np.float32) + np.float32(0.5 + left - arm.tip_px[0]))[None, :]
    y = (np.arange(height, dtype=np.float32) + np.float32(0.5 + top - arm.tip_px[1]))[:, None]
    cos, sin = math.cos(math.radians(arm.direction_deg)), math.sin(math.radians(arm.direction_deg))
    along, across = x * cos + y * sin, np.abs(y * cos - x * sin)
    return np.asarray(np.clip(0.5 + along, 0.0, 1.0) * np.clip(0.5 + arm.width_px / 2.0 - across, 0.0, 1.0), np.float32)


def _displaced(settings: SessionSettings, direction_deg: float) -> tuple[float, float]:
    """Move the part so far that at least half of its window leaves the frame."""
    width, height = settings.frame_px
    cos, sin = math.cos(math.radians(direction_deg)), math.sin(math.radians(direction_deg))
    distance = (
        min((side / 2.0) / max(abs(part), 1e-9) for side, part in ((width, cos), (height, sin)))
        + 0.12 * settings.window_px
    )
    return (width / 2.0 + distance * cos, height / 2.0 + distance * sin)


def _plant(settings: SessionSettings, defect: str, rng: Generator) -> tuple[Planted, ...]:
    """Return the defects of one shot, in part coordinates."""
    scratch, dent, misplaced = _scratch(settings, rng), _dent(settings, rng), _misplaced(settings, rng)
    planted = {
        "": (),
        "scratch": (scratch,),
        "dent": (dent,),
        "missing": (Planted("missing", (item_shape(settings),)),),
        "misplaced": (misplaced,),
        SEVERAL: (scratch, dent),
    }
    return planted[defect]


def item_shape(
    settings: SessionSettings, x_px: float = 0.0, y_px: float = 0.0, angle_deg: float = 0.0
) -> Ellipse | Rectangle:
    """Return the outline of the inspected item: a rectangle for a clip, an ellipse for a screw."""
    width, height = (length * settings.unit_px for length in ITEM_SIZE[settings.item])
    if settings.item == "screw":
        return Ellipse(x_px, y_px, width / 2.0, height / 2.0, angle_deg)
    return Rectangle(x_px, y_px, width, height, angle_deg)


def _scratch(settings: SessionSettings, rng: Generator) -> Planted:
    """Return a bent stroke of some thickness, as a polygon."""
    unit = settings.unit_px
    middle = rng.uniform(-62.0, 62.0, 2)
    angle, bend = rng.uniform(0.0, math.pi), rng.uniform(-0.5, 0.5)
    half, thick = rng.uniform(20.0, 44.0), rng.uniform(2.2, 3.6)
    line = [
        middle - half * _direction(angle - bend),
        middle,
        middle + half * _direction(angle + bend),
    ]
    side = thick * _direction(angle + math.pi / 2.0)
    outline = [line[0] + 0.4 * side, line[1] + side, line[2] + 0.4 * side]
    outline += [line[2] - 0.4 * side, line[1] - side, line[0] - 0.4 * side]
    strength = float(rng.uniform(50.0, 75.0)) * (1.0 if rng.random() < 0.5 else -1.0)  # noqa: PLR2004 - a coin
    return Planted("scratch", (Polygon(tuple((float(x * unit), float(y * unit)) for x, y in outline)),), strength)


def _dent(settings: SessionSettings, rng: Generator) -> Planted:
    """Return an ellipse turned at an angle, beside the item: nobody could see a dent in its holes."""
    unit = settings.unit_px
    x, y = rng.uniform(58.0, 92.0) * unit * _direction(rng.uniform(0.0, 2.0 * math.pi))
    rx = float(rng.uniform(13.0, 24.0)) * unit
    ry = rx * float(rng.uniform(0.45, 0.75))
    return Planted(
        "dent", (Ellipse(float(x), float(y), rx, ry, float(rng.uniform(0.0, 180.0))),), float(rng.uniform(55.0, 80.0))
    )


def _misplaced(settings: SessionSettings, rng: Generator) -> Planted:
    """Return where the item should be and where it is."""
    step = rng.uniform(26.0, 42.0) * settings.unit_px * _direction(rng.uniform(0.0, 2.0 * math.pi))
    there = item_shape(settings, float(step[0]), float(step[1]), float(rng.uniform(-28.0, 28.0)))
    return Planted("misplaced", (item_shape(settings), there))


def _direction(angle_rad: float) -> NDArray[np.float64]:
    return np.array([math.cos(angle_rad), math.sin(angle_rad)])


def _repeat(original: Shot, index: int, rng: Generator) -> Shot:
    """Return a bounced trigger: the same part in the same pose, with new noise and slightly other light."""
    return replace(
        original,
        index=index,
        conditions=tuple(sorted({*original.conditions, "duplicate"})),
        light=original.light * (1.0 + _REPEAT_LIGHT * float(rng.uniform(-1.0, 1.0))),
        duplicate_of=original.index,
        noise_seed=int(rng.integers(1 << 32)),
    )


def _as_recorded(settings: SessionSettings, shot: Shot, taken: datetime, series: int) -> Shot:
    """Add what the camera writes down: its name, counter, clock and the file's name."""
    place, camera = divmod(shot.index, len(settings.cameras))
    # Counters of other cameras start elsewhere, so that names of two cameras never agree on the order.
    start = settings.first_counter + 1234 * camera
    counter = (start + place - 1) % _COUNTER_END + 1
    local = taken + timedelta(hours=settings.utc_offset_h)
    if settings.daylight_saving and shot.index >= settings.frames // 2:
        local -= timedelta(hours=1)
    offset = "" if settings.daylight_saving else f"{settings.utc_offset_h:+03d}:00"
    prefix = "" if len(settings.cameras) == 1 else f"cam{camera + 1}_"
    stamp = f"{taken:%Y-%m-%dT%H-%M-%S}.{taken.microsecond // 1000:03d}{shot.index % 100000:05d}Z"
    names = {
        "counter": f"{prefix}DSC_{counter:04d}.JPG",
        "unpadded": f"{prefix}img{counter}.jpg",
        "timestamp": f"{prefix}{stamp}.jpg",
    }
    return replace(
        shot, file_name=names[settings.naming], taken_utc=taken, clock=local, utc_offset=offset,
        camera=settings.cameras[camera], counter=counter, series=series,
    )  # fmt: skip
