from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from curate.demo.plan import plan_session
from curate.demo.session import BAD_CONDITIONS, DEFECT_TYPES
from curate.demo.workspace import LEAST_FRAMES, config_text, mark, sessions
from curate.model.config import SplitConfig
from curate.workspace.config import parse_config


def test_the_configuration_reads_back_as_what_is_drawn() -> None:
    categories = sessions(60, 0)
    config = parse_config(config_text(categories), Path("curate.toml"))
    assert list(config.categories) == ["bracket_clip", "cover_screw"]
    for name, category in config.categories.items():
        assert category.defects == DEFECT_TYPES
        assert category.split == SplitConfig("chronological", 0.5)
        window = category.windows["default"]
        assert (window.mode, window.size_px) == ("match", (240, 240))
        assert f"templates/{name}.png" in config_text(categories)


@pytest.mark.parametrize("frames", [LEAST_FRAMES, 60, 400])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_session_has_one_of_each_and_enough_to_train_on(frames: int, seed: int) -> None:
    for settings in sessions(frames, seed).values():
        shots = plan_session(settings)
        assert {name for shot in shots for name in shot.conditions} == set(BAD_CONDITIONS)
        assert {shot.label for shot in shots} == {"good", "multiple", *DEFECT_TYPES}
        assert sum(shot.label == "good" for shot in shots) >= 12


def test_no_camera_names_its_frames_in_the_order_of_the_shots() -> None:
    for settings in sessions(60, 0).values():
        names = [shot.file_name for shot in plan_session(settings)]
        assert sorted(names) != names


def test_seeds_and_categories_draw_different_sessions() -> None:
    first, second = sessions(60, 0), sessions(60, 5)
    assert first["bracket_clip"] != second["bracket_clip"]
    clip, screw = first.values()
    assert replace(clip, item="screw", texture_seed=1) != screw
    assert mark(60, 0) != mark(60, 5)
