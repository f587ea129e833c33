"""Methods of one pass over the pictures: PaDiM, PatchCore; and one step of each network that is trained."""

from __future__ import annotations

import shutil
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.baselines import one_class, padim, patchcore, radl, unet
from curate.baselines.devices import seed_everything
from curate.baselines.libraries import library
from curate.baselines.methods import settings_for
from curate.baselines.run import BaselineOptions, run_baseline
from curate.baselines.trial import Trial
from curate.datasets.dataset import read_dataset
from curate.errors import InputError, MissingError
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.model.evaluation_options import EvaluationOptions
from tests import reference_baselines as reference
from tests.baselines.drawn import draw_dataset, files_of
from tests.baselines.networks import QUIET, torch_or_skip
from tests.baselines.test_run import KilledError, KillingProgress

torch = torch_or_skip()
pytestmark = QUIET


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_dataset(tmp_path_factory.mktemp("networks"), train=6, good=4, defective=4)


def trial(dataset: Path, method: str, state: Path, **given: Any) -> Trial:
    category = read_dataset(dataset).categories[0]
    return Trial(dataset, category, settings_for(method, {"image_size": 64, **given}), state=state)


def test_left_out_distances_equal_a_refit() -> None:
    images = np.random.default_rng(3).normal(size=(7, 4, 2, 3))
    found = padim.left_out_distances(torch.tensor(images)).numpy()
    flat = images.reshape(7, 4, 6)
    for place in range(7):
        others = np.delete(flat, place, axis=0)
        expected = reference.padim_distance(others, flat[place], padim.RIDGE)
        assert np.allclose(found[place].ravel(), expected, rtol=1e-5)


def test_padim_leaves_out_as_a_refit_of_anomalib_does(dataset: Path, tmp_path: Path) -> None:
    detector = padim.detector(trial(dataset, "padim", tmp_path))
    training = list(detector.trial.category.of_split("train"))
    detector.fit(training)
    left_out = detector.score_left_out(2).anomaly
    own = detector.score(training[2]).anomaly
    again = padim.detector(detector.trial)
    again.fit([*training[:2], *training[3:]])
    refit = again.score(training[2]).anomaly
    assert np.abs(left_out / refit - 1).max() < 1e-2
    assert own.max() < 0.5 * refit.max()  # in sample, nothing is anomalous


def test_patchcore_leaves_out_as_a_refit_does_when_it_remembers_everything(dataset: Path, tmp_path: Path) -> None:
    detector = patchcore.detector(trial(dataset, "patchcore", tmp_path, coreset=1.0))
    training = list(detector.trial.category.of_split("train"))
    detector.fit(training)
    left_out = detector.score_left_out(1)
    again = patchcore.detector(detector.trial)
    again.fit([training[0], *training[2:]])
    refit = again.score(training[1])
    assert np.allclose(left_out.anomaly, refit.anomaly, atol=1e-2)
    assert left_out.score == pytest.approx(refit.score, rel=1e-2)
    assert detector.score(training[1]).anomaly.max() < 0.1 * refit.anomaly.max()


@pytest.mark.parametrize("seed", [0, 5])
def test_the_coreset_is_the_farthest_first_choice(seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(40, 3))
    chosen = patchcore.coreset(torch.tensor(points), 0.3, seed).tolist()
    assert chosen == reference.farthest_first(points.tolist(), chosen[0], 12)
    assert chosen == patchcore.coreset(torch.tensor(points), 0.3, seed).tolist()
    twins = torch.zeros(10, 2)
    assert len(set(patchcore.coreset(twins, 0.5, seed).tolist())) == 5  # no patch twice, even where all are alike


def test_equal_layers_have_the_same_variance_over_the_training_patches(dataset: Path, tmp_path: Path) -> None:
    detector = patchcore.detector(trial(dataset, "patchcore", tmp_path, coreset=1.0, layer_scale="equal"))
    detector.fit(list(detector.trial.category.of_split("train")))
    layers = detector._bank.split(detector.model.feature_extractor.out_dims, dim=1)
    assert len(layers) == 3
    assert [float(part.var(dim=0).sum()) for part in layers] == pytest.approx([1.0] * 3, rel=1e-3)
    # what is scored is scaled alike: the patches of a remembered image are found
    assert detector.score(detector.training[0]).anomaly.max() < 0.1


@pytest.mark.parametrize(("method", "given"), [("padim", {}), ("patchcore", {"coreset": 0.2})])
def test_a_seed_gives_the_same_bytes_and_no_socket_is_opened(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, given: dict[str, Any]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    options = BaselineOptions(method, device="cpu", given={"image_size": 64, **given})
    run_baseline(dataset, tmp_path / "one", options)
    run_baseline(dataset, tmp_path / "two", options)
    files = files_of(tmp_path / "one")
    assert files == files_of(tmp_path / "two")
    assert len([name for name in files if "/train/" in name]) == 6
    result = evaluate_submission(tmp_path / "one", dataset).result
    assert result is not None
    assert result.categories["ring"].detection.auroc == 1.0


def test_radls_head_equals_the_slow_version() -> None:
    seed_everything(1)
    adaptor, discriminator = radl.head(5)
    rows = np.random.default_rng(2).normal(size=(6, 5))
    discriminator.train()
    discriminator(torch.tensor(rows, dtype=torch.float32))  # moves the running means
    discriminator.eval()
    parts = {name: tensor.double().numpy() for name, tensor in discriminator.state_dict().items()}
    found = discriminator(torch.tensor(rows, dtype=torch.float32)).detach().numpy()[:, 0]
    assert np.allclose(found, [reference.discriminator(row, parts) for row in rows], atol=1e-5)
    assert adaptor(torch.zeros(2, 5)).shape == (2, 5)


def test_patch_features_equal_the_slow_version() -> None:
    generator = np.random.default_rng(4)
    fine, coarse = generator.normal(size=(1, 2, 4, 4)), generator.normal(size=(1, 3, 4, 4))
    layers = {"a": torch.tensor(fine), "b": torch.tensor(coarse)}
    found = radl.patch_features(layers, ["a", "b"], 5).numpy()
    slow = np.stack([reference.patch_mean(channel) for channel in (*fine[0], *coarse[0])], axis=-1).reshape(16, 5)
    assert np.allclose(found, slow)
    pooled = radl.patch_features({"a": torch.tensor(fine)}, ["a"], 1).numpy()
    assert np.allclose(pooled[:, 0], slow[:, :2].mean(axis=1))


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.1), (0.1, 0.5)])
def test_noise_has_the_deviation_that_is_asked_for(low: float, high: float) -> None:
    seed_everything(0)
    added = (radl.noisy(torch.zeros(4000, 50), (low, high))).std(dim=1).numpy()
    assert added.mean() == pytest.approx((low + high) / 2, rel=0.05)
    assert added.min() > 0.6 * low
    assert (added.std() > 0.05) == (high > low)  # drawn for each vector, or the same for all


def test_a_killed_training_goes_on_and_ends_in_the_same_maps(dataset: Path, tmp_path: Path) -> None:
    given = {"image_size": 64, "epochs": 3, "fit": "stretch"}
    options = BaselineOptions("radl", device="cpu", given=given)
    run_baseline(dataset, tmp_path / "whole", options)
    with pytest.raises(KilledError):
        run_baseline(dataset, tmp_path / "out", options, execution=Execution(progress=KillingProgress(1)))
    assert list((tmp_path / "out" / ".curate" / "ring").glob("training.pt"))
    report = run_baseline(dataset, tmp_path / "out", options)
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")
    outputs = report.runs[0].facts["outputs"]  # the spread over the epochs, for whoever asks how stable it is
    assert {name: len(values) for name, values in outputs.items()} == dict.fromkeys(
        ("good_mean", "noisy_mean", "good_std", "noisy_std"), 3
    )


def test_unets_loss_falls_and_every_test_image_gets_a_map(dataset: Path, tmp_path: Path) -> None:
    said: list[str] = []
    given = {"image_size": 64, "epochs": 2, "learning_rate": 3e-3, "batch_size": 1, "loss": "bce+dice", "folds": 2}
    options = BaselineOptions("unet", device="cpu", given=given)
    report = run_baseline(dataset, tmp_path / "out", options, say=said.append)
    for losses in report.runs[0].facts["losses"]:
        assert losses[-1] < losses[0]
    maps = files_of(tmp_path / "out")
    assert len(maps) == 8
    assert not any("/train/" in name for name in maps)


def test_unet_says_when_it_divides_the_images_itself(dataset: Path, tmp_path: Path) -> None:
    said: list[str] = []
    given = replace(trial(dataset, "unet", tmp_path), say=said.append)
    parts = unet.division(given)
    assert len(parts) == unet.DEFAULT_FOLDS
    assert "divided into 5 folds by specimen" in said[0]
    for training, test in parts:
        assert not {sample.key for sample in training} & {sample.key for sample in test}
    assert sorted(sample.key for _, test in parts for sample in test) == sorted(
        sample.key for sample in given.category.of_split("test")
    )


def test_map_assisted_folds_are_runs_that_evaluate_reads(dataset: Path, tmp_path: Path) -> None:
    given = {"image_size": 64, "folds": 2, "map_method": "padim"}
    run_baseline(dataset, tmp_path / "out", BaselineOptions("map-assisted", device="cpu", given=given))
    names = files_of(tmp_path / "out")
    assert {name.split("/")[0] for name in names} == {"fold-0", "fold-1"}
    rows = [line for name, text in names.items() if name.endswith(".csv") for line in text.decode().split("\n")[1:-1]]
    assert len(rows) == 8
    result = evaluate_submission(tmp_path / "out", dataset, options=EvaluationOptions(allow_missing=True)).result
    assert result is not None
    for run in result.single_runs:
        found = run.categories["ring"].classification
        assert found is not None
        assert found.auroc_weighted is not None


@pytest.mark.parametrize(
    ("method", "text"),
    [("dsr", "pretrained discrete model"), ("efficient-ad", "pretrained teacher")],
)
def test_what_a_method_needs_is_asked_for_before_anything_is_trained(
    dataset: Path, tmp_path: Path, method: str, text: str
) -> None:
    with pytest.raises(MissingError, match=text) as caught:
        run_baseline(dataset, tmp_path / "out", BaselineOptions(method, device="cpu"))
    assert "https://" in caught.value.hint


def _prepared(method: str, dataset: Path, folder: Path) -> dict[str, Any]:
    """Return settings for one step of a large network, with drawn files in the place of published ones."""
    given: dict[str, Any] = {"image_size": 64, "epochs": 1}
    if method == "efficient-ad":
        network = library("anomalib.models.image.efficient_ad.torch_model")
        torch.save(network.SmallPatchDescriptionNetwork(384).state_dict(), folder / "teacher.pth")
        shutil.copytree(dataset / "ring" / "train", folder / "pictures")
        # its autoencoder takes no picture below 256 pixels
        given |= {"image_size": 256, "model_size": "s", "pretrained": str(folder / "teacher.pth")}
        return given | {"pictures": str(folder / "pictures")}
    if method == "dsr":
        model = library("anomalib.models.image.dsr.torch_model").DsrModel(0.2)
        torch.save(model.discrete_latent_model.state_dict(), folder / "vq.pckl")
        given |= {"epochs": 2, "pretrained": str(folder / "vq.pckl")}
    return given


@pytest.mark.slow
@pytest.mark.parametrize("method", ["cflow", "draem", "dsr", "efficient-ad"])
def test_a_killed_training_of_a_large_network_ends_in_the_same_bytes(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(one_class, "LEAST_HELD_OUT", 2)
    options = BaselineOptions(method, device="cpu", given={**_prepared(method, dataset, tmp_path), "epochs": 3})
    whole = run_baseline(dataset, tmp_path / "whole", options)
    with pytest.raises(KilledError):  # in the third epoch, when two are on the disk
        run_baseline(dataset, tmp_path / "out", options, execution=Execution(progress=KillingProgress(2)))
    assert list((tmp_path / "out" / ".curate" / "ring").glob("epoch.ckpt"))
    resumed = run_baseline(dataset, tmp_path / "out", options)
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")
    assert resumed.runs[0].facts["losses"] == whole.runs[0].facts["losses"]


@pytest.mark.slow
def test_one_step_of_the_medium_efficient_ad(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_class, "LEAST_HELD_OUT", 2)
    given = _prepared("efficient-ad", dataset, tmp_path) | {"model_size": "m"}
    with pytest.raises(InputError, match="no teacher of EfficientAD's size m"):  # the file is of the small one
        run_baseline(dataset, tmp_path / "refused", BaselineOptions("efficient-ad", device="cpu", given=given))
    network = library("anomalib.models.image.efficient_ad.torch_model")
    torch.save(network.MediumPatchDescriptionNetwork(384).state_dict(), tmp_path / "teacher.pth")
    report = run_baseline(dataset, tmp_path / "out", BaselineOptions("efficient-ad", device="cpu", given=given))
    assert report.runs[0].facts["model_size"] == "m"
    assert len(files_of(tmp_path / "out")) == 10


@pytest.mark.slow
@pytest.mark.parametrize("method", ["cflow", "draem", "dsr", "efficient-ad"])
def test_one_step_of_each_large_network(
    dataset: Path, tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(one_class, "LEAST_HELD_OUT", 2)
    options = BaselineOptions(method, device="cpu", given=_prepared(method, dataset, tmp_path))
    report = run_baseline(dataset, tmp_path / "out", options)
    facts = report.runs[0].facts
    assert facts["train_maps"] == "held-out"
    assert facts["held_out"] == ["train/good/0004", "train/good/0005"]
    assert len(facts["losses"]) == facts["epochs"]
    maps = {name: np.load(tmp_path / "out" / name) for name in files_of(tmp_path / "out")}
    assert len(maps) == 10
    assert all(np.isfinite(anomaly).all() and anomaly.shape == (64, 72) for anomaly in maps.values())
    assert capfd.readouterr() == ("", "")  # the libraries print nothing
