"""A public half in which nothing tells a label, and the key that scores submissions to it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate.baselines.run import BaselineOptions, run_baseline
from curate.evaluate.run import evaluate_submission
from curate.imaging.images import read_pixels
from curate.submissions.concealed import read_key
from tests.baselines.drawn import draw_dataset
from tests.conftest import Curate


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    root = draw_dataset(tmp_path / "truth", train=4, good=4, defective=4)
    image = root / "ring" / "test" / "block" / "0000.png"
    exif = Image.Exif()
    exif[0x010E] = "block, camera 3"
    Image.open(image).save(image, exif=exif)
    return root


def concealed(dataset: Path, folder: Path, curate: Curate, seed: int = 7) -> tuple[Path, Path]:
    public, key = folder / "public", folder / "truth.json"
    done = curate("conceal", dataset, "--public", public, "--private", key, "--seed", seed)
    assert done.code == 0, done.err
    return public, key


def handed_in(key: Path, dataset: Path, folder: Path) -> Path:
    """Maps that a perfect detector makes of the public half: of the masks, which only this test knows."""
    for name, own in read_key(key).images["ring"].items():
        if not name.startswith("test/"):
            continue
        anomaly = np.zeros((64, 72), np.float32)
        if "/block/" in own:
            mask = dataset / "ring" / "ground_truth" / "block" / own.rpartition("/")[2] / "0000.png"
            anomaly[np.array(Image.open(mask))[..., 0] > 0] = 1.0
        target = folder / "ring" / f"{name}.npy"
        target.parent.mkdir(parents=True, exist_ok=True)
        np.save(target, anomaly)
    return folder


def test_nothing_in_the_public_half_tells_a_label(dataset: Path, tmp_path: Path, curate: Curate) -> None:
    public, key = concealed(dataset, tmp_path, curate)
    files = sorted(path for path in public.rglob("*") if path.is_file())
    names = [path.relative_to(public).as_posix() for path in files]
    assert [name for name in names if "/test/" in name] == [f"ring/test/images/{n:04d}.png" for n in range(8)]
    for path in files:
        content = path.read_bytes()
        assert not any(word in content for word in (b"block", b"camera", b"eXIf", b"test/good"))
    assert len({path.stat().st_mtime_ns for path in files}) == 1
    images = read_key(key).images["ring"]
    assert list(images.values()) != sorted(images.values())  # not in the order of the dataset
    assert sorted(images.values()) == sorted(
        path.relative_to(dataset / "ring").with_suffix("").as_posix()
        for side in ("train", "test")
        for path in (dataset / "ring" / side).rglob("*.png")
    )
    for name, own in images.items():
        shown, known = public / "ring" / f"{name}.png", dataset / "ring" / f"{own}.png"
        assert np.array_equal(read_pixels(shown), read_pixels(known))
    assert key.stat().st_mode & 0o077 == 0


def test_a_submission_to_the_public_half_is_scored_by_the_key(dataset: Path, tmp_path: Path, curate: Curate) -> None:
    public, key = concealed(dataset, tmp_path, curate)
    maps = handed_in(key, dataset, tmp_path / "maps")
    checked = curate("submission", "check", maps, "--dataset", public)
    assert checked.code == 0, checked.out
    done = curate("evaluate", maps, "--dataset", dataset, "--key", key, "-o", tmp_path / "r.json")
    assert done.code == 0, done.err
    result = json.loads((tmp_path / "r.json").read_bytes())
    assert result["categories"]["ring"]["localization"]["au_spro"]["0.05"] == 1.0
    assert result["categories"]["ring"]["detection"]["auroc"] == 1.0
    verified = curate("evaluate", maps, "--dataset", dataset, "--key", key, "--verify", tmp_path / "r.json")
    assert verified.code == 0, verified.out
    assert curate("evaluate", maps, "--dataset", dataset).code == 1  # without the key, its names fit nothing


def test_the_public_half_and_the_dataset_give_the_same_numbers(dataset: Path, tmp_path: Path, curate: Curate) -> None:
    public, key = concealed(dataset, tmp_path, curate)
    run_baseline(public, tmp_path / "maps", BaselineOptions("pixel-gaussian"))
    found = evaluate_submission(tmp_path / "maps", dataset, key=read_key(key)).result
    run_baseline(dataset, tmp_path / "own", BaselineOptions("pixel-gaussian"))
    own = evaluate_submission(tmp_path / "own", dataset).result
    assert found is not None
    assert own is not None
    assert found.categories["ring"].detection.auroc == own.categories["ring"].detection.auroc
    assert found.dataset == own.dataset


def test_the_datasets_own_names_are_not_scored_by_chance(dataset: Path, tmp_path: Path, curate: Curate) -> None:
    _, key = concealed(dataset, tmp_path, curate)
    run_baseline(dataset, tmp_path / "own", BaselineOptions("pixel-gaussian"))
    report = evaluate_submission(tmp_path / "own", dataset, key=read_key(key))
    assert report.result is None


def test_no_message_tells_a_label(dataset: Path, tmp_path: Path, curate: Curate) -> None:
    public, key = concealed(dataset, tmp_path, curate)
    maps = handed_in(key, dataset, tmp_path / "maps")
    names = [name for name, own in read_key(key).images["ring"].items() if "/block/" in own]
    (maps / "ring" / f"{names[0]}.npy").unlink()
    np.save(maps / "ring" / f"{names[1]}.npy", np.zeros((3, 3), np.float32))
    np.save(maps / "ring" / f"{names[2]}.npy", np.full((64, 72), np.nan, np.float32))
    for arguments in (
        ("submission", "check", maps, "--dataset", public),
        ("submission", "check", maps, "--dataset", public, "--json"),
        ("evaluate", maps, "--dataset", dataset, "--key", key, "--no-validate"),
        ("evaluate", maps, "--dataset", dataset, "--key", key, "--no-validate", "--json"),
    ):
        done = curate(*arguments)
        assert done.code == 1
        said = done.out + done.err
        assert all(name in said for name in names[:3])
        assert "block" not in said
        assert "test/good" not in said


def test_a_key_of_another_truth_or_a_broken_one_is_refused(dataset: Path, tmp_path: Path, curate: Curate) -> None:
    _, key = concealed(dataset, tmp_path, curate)
    maps = handed_in(key, dataset, tmp_path / "maps")
    shutil.copy(dataset / "ring" / "test" / "good" / "0000.png", dataset / "ring" / "test" / "good" / "0001.png")
    done = curate("evaluate", maps, "--dataset", dataset, "--key", key, "--no-validate")
    assert done.code == 2
    assert "the key is of the dataset truth" in done.err
    (tmp_path / "broken.json").write_text('{"schema": "curate/truth-key/1"}')
    done = curate("evaluate", maps, "--dataset", dataset, "--key", tmp_path / "broken.json", "--no-validate")
    assert done.code == 2
    assert "is no key of a private truth" in done.err


def test_a_key_is_never_overwritten_nor_published(dataset: Path, tmp_path: Path, curate: Curate) -> None:
    _, key = concealed(dataset, tmp_path, curate)
    before = key.read_bytes()
    assert curate("conceal", dataset, "--public", tmp_path / "public", "--private", key).code == 2
    assert key.read_bytes() == before
    inside = tmp_path / "public" / "key.json"
    assert curate("conceal", dataset, "--public", tmp_path / "public", "--private", inside).code == 2
    assert curate("conceal", dataset, "--public", dataset, "--private", tmp_path / "k.json").code == 2
