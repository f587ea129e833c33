"""Broken submissions and masks: each is refused whole, with its code, and nothing is scored."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from curate.errors import CurateError, InputError
from curate.evaluate.run import evaluate_submission
from curate.model.codes.submissions import SUBMISSIONS
from curate.model.evaluation_options import EvaluationOptions
from tests.evaluate.samples import keyed, random_items, write_dataset, write_image, write_map, write_submission

SHAPE = (9, 11)
FINE = np.arange(99).reshape(SHAPE)
Break = Callable[[Path], None]

ITEMS = random_items(np.random.default_rng(0))
KEYS = [key for key, _ in keyed(ITEMS)]


def saved(save: Callable[[io.BytesIO], Any]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def png(pixels: Any) -> bytes:
    return bytes(cv2.imencode(".png", pixels)[1])


def tiff(pixels: Any, compression: int = 1) -> bytes:
    return bytes(cv2.imencode(".tiff", pixels, [cv2.IMWRITE_TIFF_COMPRESSION, compression])[1])


def npy(array: Any) -> bytes:
    return saved(lambda stream: np.save(stream, array, allow_pickle=True))


def npz(**arrays: Any) -> bytes:
    return saved(lambda stream: np.savez(stream, **arrays))


def with_nan(dtype: Any, value: float) -> Any:
    scores = FINE.astype(dtype)
    scores[3, 7] = value
    return scores


def pages(count: int) -> bytes:
    first, *others = [Image.fromarray(FINE.astype(np.uint8)) for _ in range(count)]
    return saved(lambda stream: first.save(stream, "TIFF", save_all=True, append_images=others))


def declared(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds next to nothing: a decompression bomb."""
    head = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def flipped(content: bytes, place: float) -> bytes:
    bad = bytearray(content)
    bad[int(len(bad) * place)] ^= 0xFF
    return bytes(bad)


GREY = png(FINE.astype(np.uint16))
FLOAT = tiff(FINE.astype(np.float32))
NOISE = png(np.random.default_rng(1).integers(0, 65535, SHAPE).astype(np.uint16))

MAPS: list[tuple[str, str, bytes]] = [
    # ending, expected code, content of test/good/0000.<ending>
    ("png", "CUR603", b""),
    ("png", "CUR603", b"\x89PNG\r\n\x1a\n"),
    ("png", "CUR603", GREY[:-1]),
    ("png", "CUR603", GREY[: len(GREY) // 2]),
    ("png", "CUR603", flipped(NOISE, 0.5)),
    ("png", "CUR603", b"not an image at all"),
    ("png", "CUR603", FLOAT),
    ("png", "CUR603", saved(lambda stream: Image.fromarray(FINE.astype(np.uint8)).save(stream, "JPEG"))),
    ("png", "CUR603", declared(60_000, 60_000)),
    ("png", "CUR604", png(np.zeros((11, 9), np.uint16))),
    ("png", "CUR604", png(np.zeros((1, 1), np.uint16))),
    ("png", "CUR604", png(np.zeros((18, 22), np.uint16))),
    ("png", "CUR605", png(np.zeros((*SHAPE, 3), np.uint8))),
    ("png", "CUR605", png(np.zeros((*SHAPE, 4), np.uint8))),
    ("png", "CUR605", png(np.zeros((*SHAPE, 3), np.uint16))),
    ("png", "CUR605", saved(lambda stream: Image.fromarray(FINE.astype(np.uint8)).convert("P").save(stream, "PNG"))),
    ("png", "CUR605", saved(lambda stream: Image.fromarray(FINE.astype(np.uint8)).convert("LA").save(stream, "PNG"))),
    ("png", "CUR607", saved(lambda stream: Image.fromarray(FINE > 50).save(stream, "PNG"))),
    ("png", "CUR609", png(FINE.astype(np.uint8))),
    ("tiff", "CUR603", b""),
    ("tiff", "CUR603", GREY),
    ("tiff", "CUR603", FLOAT[:6]),
    ("tiff", "CUR603", FLOAT[:-200]),
    ("tiff", "CUR603", tiff(FINE.astype(np.float32), 5)[:-60]),
    ("tif", "CUR604", tiff(np.zeros((5, 5), np.uint16))),
    ("tiff", "CUR605", pages(2)),
    ("tiff", "CUR605", tiff(np.zeros((*SHAPE, 3), np.uint8))),
    ("tiff", "CUR605", saved(lambda stream: Image.fromarray(FINE.astype(np.uint8)).convert("P").save(stream, "TIFF"))),
    ("tiff", "CUR606", tiff(with_nan(np.float32, np.nan))),
    ("tiff", "CUR606", tiff(with_nan(np.float32, np.inf))),
    ("tiff", "CUR607", saved(lambda stream: Image.fromarray(FINE > 50).save(stream, "TIFF"))),
    ("tiff", "CUR609", FLOAT),
    ("npy", "CUR603", b""),
    ("npy", "CUR603", b"\x93NUMPY"),
    ("npy", "CUR603", npy(FINE.astype(np.float32))[:-9]),
    ("npy", "CUR603", b"PK\x03\x04"),
    ("npy", "CUR604", npy(np.zeros((0, 0)))),
    ("npy", "CUR604", npy(FINE.T.astype(np.uint16))),
    ("npy", "CUR605", npy(FINE[None].astype(np.float32))),
    ("npy", "CUR605", npy(np.float32(3))),
    ("npy", "CUR606", npy(with_nan(np.float64, -np.inf))),
    ("npy", "CUR606", npy(with_nan(np.float16, np.nan))),
    ("npy", "CUR607", npy(np.array([[None]], dtype=object))),
    ("npy", "CUR607", npy(FINE.astype(complex))),
    ("npy", "CUR607", npy(FINE + (1 << 60))),
    ("npy", "CUR607", npy(FINE.astype("U3"))),
    ("npy", "CUR607", npy(np.zeros(SHAPE, [("a", "f4")]))),
    ("npy", "CUR609", npy(FINE.astype(np.float64))),
    ("npz", "CUR603", npz(a=FINE)[:-30]),
    ("npz", "CUR605", npz(a=FINE, b=FINE)),
    ("npz", "CUR605", npz()),
    ("npz", "CUR606", npz(a=with_nan(np.float32, np.nan))),
]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data", "part", ITEMS)


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    return write_submission(tmp_path / "maps", "part", ITEMS, train=[3.0, 4.0, 5.0])


def codes(submission: Path, dataset: Path, **options: Any) -> list[str]:
    report = evaluate_submission(submission, dataset, options=EvaluationOptions(**options))
    assert (report.result is None) == bool(report.findings)
    for finding in report.findings:
        assert finding.hint
        assert str(submission) not in finding.message
        assert not Path(finding.path).is_absolute()
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize(
    ("ending", "code", "content"), MAPS, ids=[f"{place}-{row[1]}-{row[0]}" for place, row in enumerate(MAPS)]
)
def test_a_broken_map(dataset: Path, submission: Path, ending: str, code: str, content: bytes) -> None:
    good = submission / "part" / "test" / "good"
    (good / "0000.png").unlink()
    (good / f"0000.{ending}").write_bytes(content)
    assert codes(submission, dataset) == [code]


def remove(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def write(name: str, text: str) -> Break:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    return change


def add_map(name: str) -> Break:
    return lambda folder: write_map(folder / name, FINE.astype(np.uint16))


def table(header: str, *, leave_out: str = "", value: str = "0.5", more: str = "") -> str:
    columns = header.count(",")
    return "\n".join(
        [header, *(f"{key}{f',{value}' * columns}" for key in KEYS if key != leave_out), *([more] if more else [])]
    )


SHAPES: list[tuple[str, str, Break]] = [
    ("a map is missing", "CUR601", remove("part/test/good/0001.png")),
    ("a map too many", "CUR602", add_map("part/test/good/0099.png")),
    ("a map of an unknown label", "CUR602", add_map("part/test/crack/0000.png")),
    ("a map too high up", "CUR602", add_map("part/test/0000.png")),
    ("two maps for one image", "CUR608", add_map("part/test/good/0001.tiff")),
    ("a training map is missing", "CUR617", remove("part/train/good/0001.png")),
    ("a misspelt category", "CUR611", add_map("prat/test/good/0000.png")),
    ("scores without a header", "CUR612", write("part/scores.csv", "test/good/0000,0.5\n")),
    ("scores without a column", "CUR612", write("part/scores.csv", "image,value\ntest/good/0000,0.5\n")),
    ("an empty table of scores", "CUR612", write("part/scores.csv", "")),
    (
        "a score that is no number",
        "CUR612",
        write("part/scores.csv", table("image,score", leave_out=KEYS[0], more=f"{KEYS[0]},n/a")),
    ),
    (
        "a score that is NaN",
        "CUR612",
        write("part/scores.csv", table("image,score", leave_out=KEYS[0], more=f"{KEYS[0]},nan")),
    ),
    ("a score is missing", "CUR613", write("part/scores.csv", table("image,score", leave_out=KEYS[0]))),
    ("a score too many", "CUR613", write("part/scores.csv", table("image,score", more="test/good/0099,1"))),
    ("a score twice", "CUR613", write("part/scores.csv", table("image,score", more=f"{KEYS[0]},0.5"))),
    (
        "training scores in part",
        "CUR613",
        write("part/scores.csv", table("image,score", more="train/good/0000,0.5\ntrain/good/0001,1")),
    ),
    ("predictions without good", "CUR614", write("part/predictions.csv", table("image,scratch,hole"))),
    (
        "predictions of an unknown class",
        "CUR614",
        write("part/predictions.csv", table("image,good,scratch,hole,crack")),
    ),
    ("predictions without a shown class", "CUR614", write("part/predictions.csv", table("image,good,scratch"))),
    (
        "a prediction that is no number",
        "CUR614",
        write("part/predictions.csv", table("image,good,scratch,hole", value="much")),
    ),
    (
        "a prediction is missing",
        "CUR615",
        write("part/predictions.csv", table("image,good,scratch,hole", leave_out=KEYS[1])),
    ),
    ("a description that is no JSON", "CUR616", write("submission.json", "{")),
    ("a description of the wrong types", "CUR616", write("submission.json", json.dumps({"method": 3}))),
]


@pytest.mark.parametrize(("code", "change"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_a_broken_shape(dataset: Path, submission: Path, code: str, change: Break) -> None:
    change(submission)
    assert set(codes(submission, dataset)) == {code}


def test_categories_of_other_datasets_are_no_matter_when_the_wanted_one_is_named(
    dataset: Path, submission: Path
) -> None:
    expected = evaluate_submission(submission, dataset).result
    add_map("prat/test/good/0000.png")(submission)
    report = evaluate_submission(submission, dataset, options=EvaluationOptions(categories=("part",)))
    assert report.findings == ()
    assert report.result is not None
    assert expected is not None
    assert report.result.categories == expected.categories


def grey(mask: Any) -> Break:
    return lambda path: write_image(path, mask)


def no_image(path: Path) -> None:
    path.write_bytes(b"no image")


TWO = np.where(FINE < 9, 255, np.where(FINE < 20, 10, 0)).astype(np.uint8)
MASKS: list[tuple[str, Break]] = [
    ("several values", grey(TWO)),
    ("an unknown value", grey(np.where(FINE < 9, 77, 0).astype(np.uint8))),
    ("nothing marked", grey(np.zeros(SHAPE, np.uint8))),
    ("another size", grey(np.full((4, 4), 255, np.uint8))),
    ("16 bits", grey(np.where(FINE < 9, 65535, 0).astype(np.uint16))),
    ("only the alpha channel", grey(np.dstack([np.zeros((*SHAPE, 3), np.uint8), np.full(SHAPE, 255, np.uint8)]))),
    ("no image", no_image),
]


@pytest.mark.parametrize("change", [row[1] for row in MASKS], ids=[row[0] for row in MASKS])
def test_a_mask_that_cannot_be_scored(dataset: Path, submission: Path, change: Break) -> None:
    change(dataset / "part" / "ground_truth" / "scratch" / "0000" / "0000.png")
    assert codes(submission, dataset) == ["CUR620"]


def test_an_image_without_a_size(dataset: Path, submission: Path) -> None:
    (dataset / "part" / "test" / "good" / "0000.png").write_bytes(b"")
    assert codes(submission, dataset) == ["CUR621"]


def test_a_missing_category(dataset: Path, submission: Path) -> None:
    write_dataset(dataset, "other", ITEMS)
    assert codes(submission, dataset) == ["CUR610"]
    assert codes(submission, dataset, categories=("part",)) == []
    assert codes(submission, dataset, allow_missing=True) == []
    with pytest.raises(CurateError, match="has no category prat; it has other, part"):
        codes(submission, dataset, categories=("prat",))


def test_what_is_no_submission_for_the_dataset(tmp_path: Path, dataset: Path, submission: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(InputError, match="holds no submission"):
        codes(tmp_path / "notes", dataset)
    write_dataset(dataset, "other", ITEMS)
    with pytest.raises(InputError, match="the dataset has 2"):
        codes(submission / "part" / "test", dataset)


def test_all_problems_are_told_at_once(dataset: Path, submission: Path) -> None:
    for change in (SHAPES[0][2], SHAPES[1][2], add_map("part/test/good/0002.tiff")):
        change(submission)
    (submission / "part" / "test" / "hole" / "0000.png").write_bytes(b"")
    assert {"CUR601", "CUR602", "CUR603", "CUR608"} == set(codes(submission, dataset))


def test_files_that_are_no_maps_do_no_harm(dataset: Path, submission: Path) -> None:
    for name in (
        "part/.DS_Store",
        "part/test/good/._0000.png",
        "part/test/good/Thumbs.db",
        "logs/train.txt",
        "README.md",
    ):
        write(name, "x")(submission)
    assert codes(submission, dataset) == []


def test_every_code_of_submissions_is_fired_here() -> None:
    fired = {row[1] for row in MAPS} | {row[1] for row in SHAPES} | {"CUR610", "CUR620", "CUR621"}
    assert {entry.code for entry in SUBMISSIONS} == fired
