from __future__ import annotations

import json
from pathlib import Path

import pytest

from curate.cli.baseline import setting_options
from tests.baselines.drawn import draw_dataset
from tests.conftest import Curate


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return draw_dataset(tmp_path / "data")


def test_it_writes_a_submission_and_says_what_is_next(curate: Curate, dataset: Path, tmp_path: Path) -> None:
    done = curate("baseline", "pixel-gaussian", "--dataset", dataset, "-o", tmp_path / "out")
    assert done.code == 0
    assert done.out.startswith("ring  trained in ")
    assert f"next: curate evaluate {tmp_path / 'out'} --dataset {dataset}" in done.err
    again = curate("baseline", "pixel-gaussian", "--dataset", dataset, "-o", tmp_path / "out", "--json", "-q")
    assert (again.code, again.err) == (0, "")
    assert json.loads(again.out)["runs"][0]["skipped"] is True
    scored = curate("evaluate", tmp_path / "out", "--dataset", dataset, "-q")
    assert scored.code == 0


def test_a_setting_of_another_method_is_refused(curate: Curate, dataset: Path, tmp_path: Path) -> None:
    done = curate("baseline", "pixel-gaussian", "--dataset", dataset, "-o", tmp_path / "out", "--epochs", 3)
    assert done.code == 2
    assert "--epochs means nothing to pixel-gaussian, which has --shots" in done.err
    assert not (tmp_path / "out").exists()


def test_noise_is_one_number_or_two(curate: Curate, dataset: Path, tmp_path: Path) -> None:
    done = curate("baseline", "radl", "--dataset", dataset, "-o", tmp_path / "out", "--noise", "much")
    assert done.code == 2
    assert "'much' is no number, nor two with a comma between" in done.err
    bent = curate("baseline", "radl", "--dataset", dataset, "-o", tmp_path / "out", "--noise", "0.5,0.1")
    assert bent.code == 2
    assert "--noise is 0.5,0.1, expected two numbers above 0" in bent.err


def test_all_settings_have_an_option() -> None:
    assert callable(setting_options(lambda: None))
