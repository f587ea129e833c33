"""Motion, flare and an arm are found on three textures, and no good frame is. Pictures have 0.37 of a camera's size."""

from __future__ import annotations

import numpy as np
import pytest

from curate.model.config import ScreenConfig
from curate.screen.measures import look_at, sharpness_along, slopes, to_grey
from curate.screen.rules import Looked, judge_series
from tests.crop.scenes import TEXTURES, WINDOW_PX, Kind, TexturedScene

SCALE = 0.37
BAD: dict[Kind, str] = {"blurred": "blur", "flare": "clipped", "arm": "obstruction"}


@pytest.mark.parametrize("texture", TEXTURES)
def test_bad_shots_are_found_and_good_ones_kept(texture: str) -> None:
    scene = TexturedScene(texture, 61, SCALE)
    kinds: list[Kind] = ["good", "good", "blurred", "good", "flare", "good", "arm"] * 6
    half = round(WINDOW_PX * SCALE) // 2
    looked = []
    for number, kind in enumerate(kinds):
        shot = scene.shot(kind)
        assert shot.centre_px is not None
        x, y = (round(at) for at in shot.centre_px)
        measures, _ = look_at(to_grey(shot.frame[y - half : y + half, x - half : x + half]))
        looked.append(Looked(f"a/{number}.jpg", "A", measures, "window", shot.centre_px))
    rows = [entry.row for entry in judge_series(looked, ScreenConfig(), {})]
    for kind, reason in BAD.items():
        found = [reason in row.reason.split() for row, shown in zip(rows, kinds, strict=True) if shown == kind]
        assert sum(found) == 6, (kind, found)
    assert [row.frame for row, kind in zip(rows, kinds, strict=True) if kind == "good" and row.reason] == []


def test_motion_takes_the_sharpness_along_itself() -> None:
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::8] = 200  # upright lines: all gradients run across
    stripes[::16] = 200
    moved = np.rint(np.mean([np.roll(stripes, step, axis=1) for step in range(16)], axis=0)).astype(np.uint8)
    before, after = slopes(stripes), slopes(moved)
    assert sharpness_along(after, 0.0) < 0.1 * sharpness_along(before, 0.0)
    assert sharpness_along(after, np.pi / 2) > 0.9 * sharpness_along(before, np.pi / 2)
