"""The runner, with the method that needs no network library: what holds for it holds for all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from curate.baselines import gaussian
from curate.baselines.one_class import LEAST_HELD_OUT, hold_out
from curate.baselines.run import BaselineOptions, run_baseline
from curate.baselines.trial import Trial
from curate.baselines.writing import CategoryWriter
from curate.datasets.dataset import read_dataset
from curate.drawing.pictures import as_colour
from curate.errors import InputError
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.imaging.images import read_pixels, write_png
from curate.model.dataset import Sample
from tests.baselines.drawn import draw_dataset, files_of, picture

OPTIONS = BaselineOptions("pixel-gaussian")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return draw_dataset(tmp_path / "data")


class KilledError(Exception):
    """Stands for a kill."""


class KillingProgress:
    """Stops the work after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def start(self, title: str, total: int) -> None:
        del title, total

    def advance(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KilledError

    def finish(self) -> None:
        pass


def test_the_submission_holds_a_float_map_of_every_image_and_is_scored(dataset: Path, tmp_path: Path) -> None:
    report = run_baseline(dataset, tmp_path / "out", OPTIONS)
    assert [(entry.run, entry.category, entry.skipped) for entry in report.runs] == [("", "ring", False)]
    maps = sorted(name for name in files_of(tmp_path / "out"))
    assert maps == sorted(f"ring/{sample.key}.npy" for sample in read_dataset(dataset).categories[0].samples)
    loaded = np.load(tmp_path / "out" / maps[0])
    assert (loaded.dtype, loaded.shape) == (np.dtype(np.float32), (64, 72))
    result = evaluate_submission(tmp_path / "out", dataset).result
    assert result is not None
    assert result.categories["ring"].detection.auroc == 1.0
    about = json.loads((tmp_path / "out" / "submission.json").read_bytes())
    assert about["train_maps"] == "leave-one-out"
    assert about["categories"]["ring"]["training_images"] == 6
    assert not (tmp_path / "out" / ".curate").exists()


def test_a_training_image_is_scored_as_a_model_without_it_does(dataset: Path, tmp_path: Path) -> None:
    run_baseline(dataset, tmp_path / "out", OPTIONS)
    paths = [dataset / "ring" / "train" / "good" / f"{number:04d}.png" for number in range(6)]
    windows = [as_colour(read_pixels(path)) for path in paths]
    reference = gaussian.reference_of(windows)
    aligned = [gaussian.align(reference, window) for window in windows]
    refit = gaussian.score(gaussian.fit(aligned[:2] + aligned[3:]), aligned[2])
    written = np.load(tmp_path / "out" / "ring" / "train" / "good" / "0002.npy")
    assert np.allclose(written, refit, atol=1e-5)
    own = gaussian.score(gaussian.fit(aligned), aligned[2])
    assert own.max() < written.max()  # a model scores what it has seen too low


def test_what_is_current_is_skipped_and_what_has_changed_is_not(dataset: Path, tmp_path: Path) -> None:
    run_baseline(dataset, tmp_path / "out", OPTIONS)
    before = files_of(tmp_path / "out")
    assert run_baseline(dataset, tmp_path / "out", OPTIONS).runs[0].skipped
    write_png(dataset / "ring" / "train" / "good" / "0001.png", picture(77))
    (dataset / "ring" / "test" / "good" / "0002.png").unlink()
    assert not run_baseline(dataset, tmp_path / "out", OPTIONS).runs[0].skipped
    after = files_of(tmp_path / "out")
    assert after["ring/test/good/0000.npy"] != before["ring/test/good/0000.npy"]
    assert "ring/test/good/0002.npy" not in after


@pytest.mark.parametrize("steps", [0, 3, 8, 13, 17])
def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(dataset: Path, tmp_path: Path, steps: int) -> None:
    run_baseline(dataset, tmp_path / "whole", OPTIONS)
    with pytest.raises(KilledError):
        run_baseline(dataset, tmp_path / "out", OPTIONS, execution=Execution(progress=KillingProgress(steps)))
    left = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in files_of(tmp_path / "out")}
    assert not (tmp_path / "out" / "submission.json").exists()
    assert not run_baseline(dataset, tmp_path / "out", OPTIONS).runs[0].skipped
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")
    assert left == {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in left}  # nothing written twice


def test_seeds_lie_side_by_side_and_are_one_result(dataset: Path, tmp_path: Path) -> None:
    options = BaselineOptions("pixel-gaussian", seeds=2, title="mine")
    report = run_baseline(dataset, tmp_path / "out", options)
    assert [entry.run for entry in report.runs] == ["seed-0", "seed-1"]
    result = evaluate_submission(tmp_path / "out", dataset).result
    assert result is not None
    assert [run.submission.run for run in result.single_runs] == ["seed-0", "seed-1"]
    assert result.submission.method == "mine"
    with pytest.raises(InputError, match="holds several runs side by side already"):
        run_baseline(dataset, tmp_path / "out", OPTIONS)


def test_one_run_is_not_mixed_with_several_nor_with_foreign_files(dataset: Path, tmp_path: Path) -> None:
    run_baseline(dataset, tmp_path / "out", OPTIONS)
    with pytest.raises(InputError, match="holds one run already"):
        run_baseline(dataset, tmp_path / "out", BaselineOptions("pixel-gaussian", seeds=2))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(InputError, match="was not written by curate"):
        run_baseline(dataset, tmp_path / "mine", OPTIONS)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


def test_a_category_without_training_images_is_refused(tmp_path: Path) -> None:
    root = draw_dataset(tmp_path / "data", train=0)
    with pytest.raises(InputError, match="0 good training images and 6 test images"):
        run_baseline(root, tmp_path / "out", OPTIONS)
    two = draw_dataset(tmp_path / "two", train=2)
    with pytest.raises(InputError, match="at least 3 good training images, found 2"):
        run_baseline(two, tmp_path / "out", OPTIONS)


def test_windows_of_two_sizes_are_refused_by_name(dataset: Path, tmp_path: Path) -> None:
    write_png(dataset / "ring" / "test" / "good" / "0001.png", picture(1)[:40])
    with pytest.raises(InputError) as caught:
        run_baseline(dataset, tmp_path / "out", OPTIONS)
    assert caught.value.path.endswith("ring/test/good/0001.png")
    assert "is 72×40 pixels" in caught.value.message


@pytest.mark.parametrize(("count", "held"), [(10, 0), (39, 0), (40, 20), (60, 20), (191, 20), (285, 29), (373, 38)])
def test_a_tenth_of_the_training_images_is_held_out_but_never_fewer_than_twenty(count: int, held: int) -> None:
    samples = [Sample("train", "good", f"{number:04d}", f"{number}.png") for number in range(count)]
    training, kept_out = hold_out(samples)
    assert len(kept_out) == held
    assert training + kept_out == samples  # the last ones, in shooting order
    assert held == 0 or held >= LEAST_HELD_OUT


def test_scores_of_the_methods_own_become_a_table(tmp_path: Path) -> None:
    from curate.baselines.trial import ScoredMap

    writer = CategoryWriter(tmp_path / "ring", tmp_path / "state")
    anomaly = np.zeros((2, 3), np.float32)
    writer.put(Sample("test", "good", "10", "a"), ScoredMap(anomaly, 0.25))
    writer.put(Sample("test", "good", "9", "b"), ScoredMap(anomaly, 2.0))
    writer.finish()
    assert (tmp_path / "ring" / "scores.csv").read_text() == "image,score\ntest/good/9,2.0\ntest/good/10,0.25\n"
    assert CategoryWriter(tmp_path / "ring", tmp_path / "state").holds("test/good/10")


def test_a_trial_reads_pictures_in_red_green_blue(dataset: Path) -> None:
    category = read_dataset(dataset).categories[0]
    trial = Trial(dataset, category, settings=None)  # type: ignore[arg-type]
    block = trial.picture(category.of_split("test")[0])
    assert block[..., 0].max() > 220  # the block is red
    assert block[..., 2].max() < 200
