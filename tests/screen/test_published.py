"""Published measures find the drawn blurred and noisy windows, and no good one; ours finds no fewer."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
import pytest

from curate.errors import InputError, MissingError
from curate.model.config import ScreenConfig
from curate.screen import published
from curate.screen.measures import look_at, to_grey
from curate.screen.published import MeasureComparison, check_published, compare_published, measure_published, together
from curate.screen.rules import Looked, judge_series
from tests.crop.scenes import TEXTURES, WINDOW_PX, TexturedScene

SCALE = 0.37
BAD = {"defocused": "blur_effect", "noisy": "estimate_sigma", "blurred": "blur_effect"}


def session(texture: str, bad: str, seed: int) -> list[Looked]:
    """Return 24 good windows of a drawn session and 6 of one bad kind, with both measures."""
    scene, draw = TexturedScene(texture, seed, SCALE), np.random.default_rng(seed)
    half = round(WINDOW_PX * SCALE) // 2
    looked = []
    for number in range(30):
        kind = bad if number % 5 == 2 else "good"
        shot = scene.shot("blurred" if kind == "blurred" else "good")
        assert shot.centre_px is not None
        x, y = (round(at) for at in shot.centre_px)
        grey: Any = to_grey(shot.frame[y - half : y + half, x - half : x + half])
        if kind == "defocused":
            grey = cv2.GaussianBlur(grey, (0, 0), 2.0)
        if kind == "noisy":
            grey = np.clip(grey + draw.normal(0.0, 40.0, grey.shape), 0, 255).astype(np.uint8)
        measure = BAD[bad]
        found = {measure: measure_published(measure, grey)}
        looked.append(Looked(f"{kind}/{number}.jpg", "A", look_at(grey)[0], "window", published=found))
    return looked


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("texture", TEXTURES)
def test_both_find_the_bad_windows_of_a_drawn_session_and_no_good_one(texture: str, bad: str) -> None:
    if bad == "noisy":
        pytest.importorskip("pywt")
    looked = session(texture, bad, 61)
    judged = judge_series(looked, ScreenConfig(), {})
    found = compare_published(BAD[bad], looked, judged, ScreenConfig())
    assert found.compared == 30
    assert set(found.both) == {entry.frame for entry in looked if entry.frame.startswith(bad)}
    assert (found.only_curate, found.only_published) == ((), ())


def test_what_one_alone_finds_is_named() -> None:
    grey = np.random.default_rng(3).integers(60, 200, (64, 64)).astype(np.uint8)
    measures, _ = look_at(grey)
    values = [0.3, 0.31, 0.29, 0.3, 0.3, 0.31, 0.29, 0.3, 0.9, math.nan]
    looked = [Looked(f"{n}", "A", measures, "window", published={"blur_effect": v}) for n, v in enumerate(values)]
    found = compare_published("blur_effect", looked, judge_series(looked, ScreenConfig(), {}), ScreenConfig())
    assert found == MeasureComparison("blur_effect", "blur", 9, (), (), ("8",))
    (both,) = together([found, found])
    assert both == MeasureComparison("blur_effect", "blur", 18, (), (), ("8", "8"))


def test_a_picture_of_one_grey_level_has_no_published_measure() -> None:
    assert math.isnan(measure_published("blur_effect", np.full((32, 32), 9, np.uint8)))


def test_unknown_measures_and_missing_libraries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="unknown measures: laplacian; expected blur_effect or estimate_sigma"):
        check_published(["laplacian"])
    monkeypatch.setattr(published, "find_spec", lambda name: None if name == "pywt" else find_spec(name))
    check_published(["blur_effect"])
    with pytest.raises(MissingError, match="PyWavelets") as caught:
        check_published(["estimate_sigma"])
    assert "[wavelets]" in (caught.value.hint or "")
