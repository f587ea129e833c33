"""The methods through the command's own way on the dataset of ``curate demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curate.baselines.run import BaselineOptions, run_baseline
from curate.demo.run import run_demo
from curate.evaluate.run import evaluate_submission
from tests.baselines.networks import QUIET, torch_or_skip

torch_or_skip()
pytestmark = QUIET


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    run_demo(folder)
    return folder / "build" / "autovi"


def reached(method: str, dataset: Path, output: Path, **given: Any) -> dict[str, float]:
    run_baseline(dataset, output, BaselineOptions(method, device="cpu", given=given))
    result = evaluate_submission(output, dataset).result
    assert result is not None
    mean = result.to_json()["mean"]
    return {"auroc": mean["auroc"], "au_pro": mean["au_pro"]["0.3"]}


def test_padim_and_patchcore_are_better_than_the_pixel_gaussian(dataset: Path, tmp_path: Path) -> None:
    plain = reached("pixel-gaussian", dataset, tmp_path / "plain")
    padim = reached("padim", dataset, tmp_path / "padim", image_size=128)
    patchcore = reached("patchcore", dataset, tmp_path / "patchcore", image_size=128, coreset=0.1, layer_scale="equal")
    assert padim["auroc"] >= plain["auroc"]
    assert padim["au_pro"] > plain["au_pro"] + 0.05
    # it knows no places: these are 35 images a category, and it loses two pairs of 306 to the pixel-Gaussian
    assert patchcore["auroc"] >= plain["auroc"] - 0.01
    assert patchcore["au_pro"] > plain["au_pro"] + 0.05
