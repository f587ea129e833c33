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


def test_padim_is_better_than_the_pixel_gaussian_and_patchcore_is_near(dataset: Path, tmp_path: Path) -> None:
    plain = reached("pixel-gaussian", dataset, tmp_path / "plain")
    padim = reached("padim", dataset, tmp_path / "padim", image_size=128)
    patchcore = reached("patchcore", dataset, tmp_path / "patchcore", image_size=128, coreset=0.1)
    assert padim["auroc"] >= plain["auroc"]
    assert padim["au_pro"] > plain["au_pro"]
    # These windows are drawn for the pixel-Gaussian's model: PatchCore, which knows no places, does not beat it here.
    assert patchcore["auroc"] > 0.85
    assert patchcore["au_pro"] > 0.75
