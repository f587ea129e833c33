"""What the server of MVTec AD 2 takes: names, 16-bit floats, masks at thresholds that were asked for."""

from __future__ import annotations

import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from curate.disk.hashing import sha256_bytes
from curate.errors import InputError
from curate.imaging.images import decode, write_png
from curate.imaging.maps import decode_map
from curate.submission.server import encode_half_tiff, pack_for_server, thresholds_of
from tests.conftest import Curate

PLACES = ("test_private/000_regular", "test_private/001_regular", "test_private_mixed/000_mixed")
SHAPE = (5, 7)


def scores_of(place: int) -> np.ndarray:
    scores = np.random.default_rng(place).normal(size=SHAPE)
    scores[0, 0] = 0.25  # the threshold itself, which is not marked
    return scores


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    root = tmp_path / "mvtec_ad_2"
    places = ("train/good/000_regular", "validation/good/000_regular", "test_public/good/000_regular", *PLACES)
    for place in (*places, "test_public/bad/000_regular", "test_public/ground_truth/bad/000_regular_mask"):
        write_png(root / "can" / f"{place}.png", np.full(SHAPE, 255 * place.endswith("mask") or 90, np.uint8))
    return root


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    root = tmp_path / "sub"
    for number, place in enumerate(PLACES):
        (root / "can" / place).parent.mkdir(parents=True, exist_ok=True)
        np.save(root / "can" / f"{place}.npy", scores_of(number))
    return root


# 38-mvtecad2-server-submission


def test_the_archive_holds_what_the_server_takes_and_nothing_else(
    tmp_path: Path, dataset: Path, submission: Path, curate: Curate
) -> None:
    public = submission / "can" / "test_public" / "good"
    public.mkdir(parents=True)
    np.save(public / "000_regular.npy", scores_of(9))
    given = ("submission", "pack", submission, "--dataset", dataset, "--form", "mvtec-ad-2", "--threshold", "can=0.25")
    run = curate(*given, "-o", tmp_path / "mine.tar.gz")
    assert run.code == 0, run.err
    assert "fabric, fruit_jelly" in run.err  # the server wants all eight
    with tarfile.open(tmp_path / "mine.tar.gz", "r:gz") as archive:
        held = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]
    maps = {f"mine/anomaly_images/can/{place}.tiff" for place in PLACES}
    masks = {f"mine/anomaly_images_thresholded/can/{place}.png" for place in PLACES}
    assert set(held) == maps | masks
    for number, place in enumerate(PLACES):
        content = held[f"mine/anomaly_images/can/{place}.tiff"]
        assert np.array_equal(decode_map(content, Path("x.tiff")), scores_of(number).astype(np.float16))
        mask = decode(held[f"mine/anomaly_images_thresholded/can/{place}.png"], Path("x.png"))
        assert mask.dtype == np.uint8
        assert np.array_equal(mask, np.where(scores_of(number) > 0.25, 255, 0))
    curate(*given, "-o", tmp_path / "again" / "mine.tar.gz")
    digests = {sha256_bytes((tmp_path / name / "mine.tar.gz").read_bytes()) for name in ("", "again")}
    assert len(digests) == 1
    assert (tmp_path / "mine.tar.gz").read_bytes()[4:8] == bytes(4)  # no time of packing


def test_no_threshold_is_chosen_for_anybody(tmp_path: Path, dataset: Path, submission: Path, curate: Curate) -> None:
    given = ("submission", "pack", submission, "--dataset", dataset, "--form", "mvtec-ad-2")
    run = curate(*given, "-o", tmp_path / "mine.tar.gz")
    assert run.code == 2
    assert "no threshold is known for can" in run.err
    assert not (tmp_path / "mine.tar.gz").exists()
    assert curate(*given, "--threshold", "none", "-o", tmp_path / "mine.tar.gz").code == 0
    with tarfile.open(tmp_path / "mine.tar.gz") as archive:
        assert {name.split("/")[1] for name in archive.getnames()} == {"anomaly_images"}
    assert curate(*given[:-2], "--threshold", "1", "-o", tmp_path / "x.zip").code == 2


@pytest.mark.parametrize("text", ["nan", "inf", "high", "rice=1", "can=", "none"])
def test_thresholds_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"expected SCORE, CATEGORY=SCORE"):
        thresholds_of([text, "0.5"], ["can"])


def test_all_that_is_wrong_is_named_at_once_and_nothing_written(
    tmp_path: Path, dataset: Path, submission: Path
) -> None:
    (submission / "can" / f"{PLACES[0]}.npy").unlink()
    np.save(submission / "can" / f"{PLACES[1]}.npy", np.full(SHAPE, 70_000.0))
    np.save(submission / "can" / f"{PLACES[2]}.npy", 1e-10 * np.arange(35).reshape(SHAPE))
    np.save(submission / "can" / "test_private" / "007_regular.npy", scores_of(1))
    report = pack_for_server(submission, read_dataset(dataset), tmp_path / "a.tar.gz", thresholds=["0"])
    errors = {(entry.code, entry.path) for entry in report.findings if entry.severity == "error"}
    assert errors == {
        ("CUR601", f"can/{PLACES[0]}"),
        ("CUR602", "can/test_private/007_regular.npy"),
        ("CUR607", f"can/{PLACES[1]}.npy"),
        ("CUR607", f"can/{PLACES[2]}.npy"),
    }
    assert not report.written
    assert not (tmp_path / "a.tar.gz").exists()


def test_a_map_of_another_size_is_packed_with_a_warning(tmp_path: Path, dataset: Path, submission: Path) -> None:
    np.save(submission / "can" / f"{PLACES[0]}.npy", np.arange(6.0).reshape(2, 3))
    report = pack_for_server(submission, read_dataset(dataset), tmp_path / "a.tar.gz", thresholds=["0"])
    assert report.written
    assert [entry.severity for entry in report.findings if entry.code == "CUR604"] == ["warning"]


def test_another_dataset_and_another_ending_are_refused(tmp_path: Path, dataset: Path, submission: Path) -> None:
    known = read_dataset(dataset)
    with pytest.raises(InputError, match=r"ends with \.tar\.gz"):
        pack_for_server(submission, known, tmp_path / "a.zip", thresholds=["0"])
    (dataset / "can" / "test_public").rename(dataset / "can" / "test")
    with pytest.raises(InputError, match="expected mvtec-ad-2"):
        pack_for_server(submission, read_dataset(dataset, "folders"), tmp_path / "a.tar.gz", thresholds=["0"])


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (4, 2)])
def test_the_tiff_by_its_tags_and_by_another_reader(tmp_path: Path, shape: tuple[int, int]) -> None:
    scores = np.random.default_rng(3).normal(size=shape)
    content = encode_half_tiff(scores)
    order, magic, start = struct.unpack_from("<2sHI", content)
    (count,) = struct.unpack_from("<H", content, start)
    tags = {tag: value for tag, _, _, value in struct.iter_unpack("<HHII", content[start + 2 : start + 2 + 12 * count])}
    assert (order, magic, start % 2) == (b"II", 42, 0)
    assert (tags[257], tags[256]) == shape
    assert (tags[258], tags[259], tags[277], tags[339]) == (16, 1, 1, 3)
    strip = content[tags[273] : tags[273] + tags[279]]
    assert np.array_equal(np.frombuffer(strip, "<f2").reshape(shape), scores.astype(np.float16))
    tifffile = pytest.importorskip("tifffile")
    (tmp_path / "map.tiff").write_bytes(content)
    read = tifffile.imread(tmp_path / "map.tiff")
    assert read.dtype == np.float16
    assert np.array_equal(read, scores.astype(np.float16).reshape(read.shape))
