"""AUPIMO against a slow version on a fine grid of rates, and by hand; against anomalib's in tests/torch."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from curate.baselines.run import BaselineOptions, run_baseline
from curate.evaluate.metrics.aupimo import HIGHEST_FPR, LOWEST_FPR, aupimo, highest_scores
from curate.evaluate.run import evaluate_submission
from curate.model.evaluation_options import EvaluationOptions
from tests.baselines.drawn import draw_dataset, mask_of
from tests.conftest import Curate

Map = NDArray[np.float64]


def slow(good: list[Map], defective: list[Map]) -> list[float]:
    """The mean recall over a grid of rates, the threshold of each found among all scores."""
    every = np.unique(np.concatenate([image.ravel() for image in good]))[::-1]
    rates = np.array([np.mean([(image > threshold).mean() for image in good]) for threshold in every])
    grid = np.exp(np.linspace(math.log(LOWEST_FPR), math.log(HIGHEST_FPR), 4001))
    thresholds = [every[np.flatnonzero(rates <= rate)[-1]] for rate in grid]
    return [float(np.mean([(scores > threshold).mean() for threshold in thresholds])) for scores in defective]


def drawn(seed: int, ties: int = 0) -> tuple[list[Map], list[Map]]:
    generator = np.random.default_rng(seed)
    good = [generator.normal(size=(150, 100 + 40 * place)) for place in range(3)]
    defective = [generator.normal(3.0, 1.0, size=count) for count in (40, 7, 1)]
    if ties:
        return [np.round(image * ties) for image in good], [np.round(image * ties) for image in defective]
    return good, defective


def exact(good: list[Map], defective: list[Map]) -> list[float]:
    return aupimo([(highest_scores(image, len(good)), image.size) for image in good], defective)


@pytest.mark.parametrize("ties", [0, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_equals_the_slow_version(seed: int, ties: int) -> None:
    good, defective = drawn(seed, ties)
    assert exact(good, defective) == pytest.approx(slow(good, defective), abs=2e-3)


def test_by_hand() -> None:
    # 20000 pixels, one at 5 and one at 4: the rate is 0 from 5 on, 5e-5 from 4 on, 1e-4 below 4
    image = np.zeros(20_000)
    image[:2] = 5.0, 4.0
    whole = math.log(10.0)
    first = math.log(5e-5 / 1e-5) / whole  # up to 5e-5 the threshold is 5
    found = exact([image], [np.array([6.0, 4.5, 3.0, 0.0])])
    assert found == [pytest.approx(first * 0.25 + (1 - first) * 0.5)]


def test_keeping_the_highest_scores_alone_changes_nothing() -> None:
    good, defective = drawn(5)
    whole = [(np.sort(image.ravel())[::-1], image.size) for image in good]
    assert exact(good, defective) == aupimo(whole, defective)
    assert highest_scores(good[0], 3).size == math.ceil(1e-4 * 3 * 15_000) + 1


def test_its_scale_does_not_matter_and_no_good_image_is_an_error() -> None:
    good, defective = drawn(6)
    scaled = exact([3 * image + 2 for image in good], [3 * image + 2 for image in defective])
    assert scaled == pytest.approx(exact(good, defective), abs=1e-12)
    with pytest.raises(ValueError, match="needs a good image"):
        aupimo([], [np.ones(3)])


def test_it_is_computed_when_asked_for_and_verified(tmp_path: Path, curate: Curate) -> None:
    draw_dataset(tmp_path / "data", train=4, good=3, defective=3)
    run_baseline(tmp_path / "data", tmp_path / "maps", BaselineOptions("pixel-gaussian"))
    given = ("evaluate", tmp_path / "maps", "--dataset", tmp_path / "data", "--no-validate")
    assert curate(*given, "-o", tmp_path / "plain.json").code == 0
    assert curate(*given, "--also", "aupimo", "-o", tmp_path / "also.json").code == 0
    plain, also = (json.loads((tmp_path / f"{name}.json").read_bytes()) for name in ("plain", "also"))
    assert "further" not in plain["categories"]["ring"]
    base = tmp_path / "maps" / "ring" / "test"
    good = [np.load(path).astype(float) for path in sorted(base.glob("good/*.npy"))]
    inside = [np.load(base / "block" / f"{n:04d}.npy")[mask_of(200 + n) > 0].astype(float) for n in range(3)]
    assert also["categories"]["ring"]["further"]["aupimo"] == pytest.approx(np.mean(slow(good, inside)), abs=2e-3)
    compared = curate("compare", tmp_path / "also.json", "--metric", "aupimo")
    assert f"{100 * also['categories']['ring']['further']['aupimo']:.2f}" in compared.out
    assert curate(*given, "--verify", tmp_path / "also.json").code == 0
    also["categories"]["ring"]["further"]["aupimo"] /= 2
    (tmp_path / "forged.json").write_text(json.dumps(also))
    assert curate(*given, "--verify", tmp_path / "forged.json").code == 1


def test_a_defective_image_without_a_mask_is_no_good_one(tmp_path: Path) -> None:
    root = draw_dataset(tmp_path / "data", train=4, good=3, defective=3)
    run_baseline(root, tmp_path / "maps", BaselineOptions("pixel-gaussian"))
    for path in (tmp_path / "maps").rglob("*.npy"):  # a perfect detector, by hand: every region lies above all else
        inside = mask_of(200 + int(path.stem)) > 0 if path.parent.name == "block" else np.zeros((64, 72), bool)
        np.save(path, inside.astype(np.float32))
    shutil.rmtree(next((root / "ring" / "ground_truth" / "block").iterdir()))
    options = EvaluationOptions(also=("aupimo",))
    result = evaluate_submission(tmp_path / "maps", root, options=options).result
    assert result is not None
    assert result.categories["ring"].further == {"aupimo": 1.0}
