"""A public half in which nothing tells a label, and the key that scores submissions to it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate.baselines.run import BaselineOptions, run_baseline
from curate.datasets.dataset import read_dataset
from curate.evaluate.run import evaluate_submission
from curate.imaging.images import read_pixels
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.submission import CategorySubmission, Submission, SubmissionRun
from curate.submissions.concealed import TruthKey, read_key
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


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two categories whose images have the same names, and another order in each public half."""
    root = draw_dataset(tmp_path / "truth", train=4, good=2, defective=3)
    draw_dataset(root, train=4, good=2, defective=3, category="clip")
    mask = root / "ring" / "ground_truth" / "block" / "0001" / "0000.png"
    Image.fromarray(np.zeros((64, 72), np.uint8)).save(mask)
    (root / "clip" / "test" / "block" / "0002.png").write_bytes(b"no image")
    return root


def test_findings_keep_the_submissions_own_names_and_hide_those_of_each_category(two: Path) -> None:
    images = {
        "ring": {"test/images/0000": "test/block/0000", "test/images/0001": "test/block/0001"},
        "clip": {"test/images/0003": "test/block/0000", "test/images/0004": "test/block/0002"},
    }
    trained = {f"train/good/{n:04d}": f"train/good/{(n + 1) % 4:04d}" for n in range(4)}
    key = TruthKey("truth", "", {name: {**names, **trained} for name, names in images.items()})
    maps = {"unknown/test/block/0000": "ring/test/block/0000.npy", "train/good/0001": "ring/train/good/0000.npy"}
    part = CategorySubmission("ring", maps, tables={"ring/scores.csv": ""})
    read = found(codes.SEVERAL_MAPS_FOR_IMAGE, "is a second map for train/good/0000", "ring/train/good/0000.png")
    submission = Submission("", (SubmissionRun("m", "1", {}, (part,)),), (read,))
    no_image = "belongs to no image: the dataset has no ring/unknown/test/block/0000"
    pairs = [
        (found(codes.MISSING_MAP, "has no map", "ring/test/block/0000"), ("has no map", "ring/test/images/0000")),
        (found(codes.MISSING_MAP, "has no map", "clip/test/block/0000"), ("has no map", "clip/test/images/0003")),
        (found(codes.MISSING_MAP, "has no map", "clip/train/good/0001"), ("has no map", "clip/train/good/0000")),
        (found(codes.UNREADABLE_MAP, "is none", "ring/train/good/0000.npy"), ("is none", "ring/train/good/0000.npy")),
        (found(codes.MAP_WITHOUT_IMAGE, no_image, "ring/test/block/0000.npy"), (no_image, "ring/test/block/0000.npy")),
        (
            found(codes.SCORES_DO_NOT_FIT, "has no row for test/block/0001", "ring/scores.csv"),
            ("has no row for test/images/0001", "ring/scores.csv"),
        ),
        (
            found(codes.UNSCORABLE_MASK, "is empty", "ring/ground_truth/block/0001/0000.png"),
            ("is empty", "ring/ground_truth"),
        ),
        (found(codes.UNSCORABLE_MASK, "no pixel", "ring/test/block/0001.png"), ("no pixel", "ring/ground_truth")),
        (
            found(codes.UNREADABLE_IMAGE_SIZE, "is none", "clip/test/block/0002.png"),
            ("is none", "clip/test/images/0004.png"),
        ),
        (read, (read.message, read.path)),
    ]
    hidden = key.hidden([finding for finding, _ in pairs], submission, read_dataset(two))
    assert [(entry.message, entry.path) for entry in hidden] == [shown for _, shown in pairs]


def test_two_categories_and_a_broken_training_map_tell_no_label(two: Path, tmp_path: Path, curate: Curate) -> None:
    shutil.copy(two / "clip" / "test" / "good" / "0001.png", two / "clip" / "test" / "block" / "0002.png")
    _, key = concealed(two, tmp_path, curate)
    names = read_key(key).images
    for category, images in names.items():
        for name in images:
            target = tmp_path / "maps" / category / f"{name}.npy"
            target.parent.mkdir(parents=True, exist_ok=True)
            np.save(target, np.zeros((64, 72), np.float32))
    moved = next(name for name, own in names["ring"].items() if name.startswith("train/") and name != own)
    (tmp_path / "maps" / "ring" / f"{moved}.npy").write_bytes(b"no map")
    lost = next(name for name, own in names["clip"].items() if own == "test/block/0000")
    (tmp_path / "maps" / "clip" / f"{lost}.npy").unlink()
    given = ("evaluate", tmp_path / "maps", "--dataset", two, "--key", key, "--no-validate", "--json")
    done = curate(*given)
    assert done.code == 1
    paths = {entry["path"] for entry in json.loads(done.out)["findings"]}
    assert paths == {f"ring/{moved}.npy", f"clip/{lost}", "ring/ground_truth"}
    assert "block" not in done.out + done.err


def test_one_seed_draws_another_order_for_each_category(tmp_path: Path, curate: Curate) -> None:
    root = draw_dataset(tmp_path / "truth", train=4, good=12, defective=12)
    draw_dataset(root, train=4, good=12, defective=12, category="clip")
    _, key = concealed(root, tmp_path, curate)
    images = read_key(key).images
    assert images["ring"] != images["clip"]
