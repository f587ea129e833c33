from __future__ import annotations

import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from curate.errors import InputError
from curate.evaluate.run import evaluate_submission
from curate.model.dataset import Dataset
from curate.submission.options import SubmissionAbout, SubmissionOptions
from curate.submission.run import (
    SubmissionReport,
    check_submission,
    make_submission,
    pack_submission,
)
from curate.submissions.predictions import find_predictions, list_maps, read_arrays, read_score_table, save_predictions
from tests.conftest import Curate
from tests.convert.sources import contents, rich_dataset
from tests.datasets.trees import text

TEST = ("test/good/0000", "test/multiple/0000", "test/scratch/0000")
SIZE = (12, 16)


def maps(size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.random.default_rng(5).random((len(TEST), *size)).astype(np.float32)


def arrays(path: Path, size: tuple[int, int] = SIZE) -> Path:
    np.savez(
        path,
        image_path=np.array([f"/elsewhere/part/{key}.png" for key in TEST]),
        anomaly_map=maps(size)[:, None],
        pred_score=np.array([[0.25], [0.5], [1.0]]),
    )
    return path


def source(tmp_path: Path) -> Dataset:
    return read_dataset(rich_dataset(tmp_path / "data"))


def make(tmp_path: Path, file: Path, **options: object) -> SubmissionReport:
    predictions = list(read_arrays(file))
    known = {name: options.pop(name) for name in ("scores", "resize", "about", "centre_crop") if name in options}
    asked = SubmissionOptions(**known)  # type: ignore[arg-type]
    return make_submission(predictions, source(tmp_path), tmp_path / "out", options=asked, **options)  # type: ignore[arg-type]


def test_arrays_become_a_submission_that_can_be_evaluated(tmp_path: Path) -> None:
    report = make(tmp_path, arrays(tmp_path / "maps.npz"), about=SubmissionAbout("PaDiM", "1"))
    assert (report.findings, report.written, report.maps, report.scores) == ((), True, {"part": 3}, {"part": 3})
    for key, scores in zip(TEST, maps(), strict=True):
        assert np.array_equal(np.load(tmp_path / f"out/part/{key}.npy"), scores)
    assert (tmp_path / "out/part/scores.csv").read_text() == (
        "image,score\ntest/good/0000,0.25\ntest/multiple/0000,0.5\ntest/scratch/0000,1.0\n"
    )
    about = json.loads((tmp_path / "out/submission.json").read_text())
    assert about == {"method": "PaDiM", "run": "1", "made_by": "curate submission"}
    checked = check_submission(tmp_path / "out", source(tmp_path))
    assert checked.findings == ()
    result = evaluate_submission(tmp_path / "out", tmp_path / "data")
    assert json.dumps(result.to_json())


def test_one_map_a_name_and_integer_maps_as_png(tmp_path: Path) -> None:
    drawn = {f"part/{key}": np.full(SIZE, 7 + n, np.uint16) for n, key in enumerate(TEST)}
    np.savez(tmp_path / "maps.npz", **drawn)  # type: ignore[arg-type]
    report = make(tmp_path, tmp_path / "maps.npz")
    assert report.findings == ()
    assert sorted(path.suffix for path in (tmp_path / "out/part").rglob("0000.*")) == [".png"] * 3


def test_maps_of_another_size_are_refused_unless_told_how(tmp_path: Path) -> None:
    file = arrays(tmp_path / "maps.npz", (6, 8))
    report = make(tmp_path, file)
    assert {finding.code for finding in report.findings} == {"CUR604"}
    assert not (tmp_path / "out").exists()
    report = make(tmp_path, file, resize="nearest")
    assert report.written
    small = maps((6, 8))[0]
    assert np.array_equal(np.load(tmp_path / f"out/part/{TEST[0]}.npy"), small.repeat(2, axis=0).repeat(2, axis=1))


def test_everything_that_is_wrong_is_told_at_once_and_nothing_written(tmp_path: Path) -> None:
    spoiled = maps()
    spoiled[0, 0, 0] = np.nan
    names = np.array([f"part/{TEST[0]}.png", "part/test/scratch/0099.png", f"part/{TEST[2]}.png"])
    np.savez(tmp_path / "maps.npz", images=names, maps=spoiled)
    report = make(tmp_path, tmp_path / "maps.npz")
    assert [finding.code for finding in report.findings] == ["CUR601", "CUR602", "CUR606"]
    assert not report.written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "maps.npz"]


def test_a_folder_of_heat_maps_however_arranged(tmp_path: Path) -> None:
    for key, scores in zip(TEST, maps(), strict=True):
        _, label, name = key.split("/")
        path = tmp_path / f"heat/{label}/{name}_heatmap.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, scores)
    text(tmp_path / "scores.csv", "image_path,pred_score\n" + "".join(f"/x/part/{key}.png,0.5\n" for key in TEST))
    report = make_submission(
        list_maps(tmp_path / "heat"),
        source(tmp_path),
        tmp_path / "out",
        options=SubmissionOptions(read_score_table(tmp_path / "scores.csv")),
    )
    assert (report.findings, report.maps, report.scores) == ((), {"part": 3}, {"part": 3})


def test_real_heat_maps_fit_the_images_that_they_were_made_for(shared: Path, tmp_path: Path) -> None:
    from tests.datasets.trees import mask, picture

    root = shared / "data/mvtec3d_anomaly_maps/classical_heatmaps/test"
    predictions = list_maps(root)
    for prediction in predictions:
        category, label, name = prediction.name.removesuffix("_heatmap.npy").split("/")
        picture(tmp_path / f"data/{category}/test/{label}/{name}.png", (32, 32))
        if label != "good":
            mask(tmp_path / f"data/{category}/ground_truth/{label}/{name}_mask.png", (0, 0, 3, 3, 255), size=(32, 32))
    dataset = read_dataset(tmp_path / "data")
    report = make_submission(predictions, dataset, tmp_path / "out", options=SubmissionOptions(resize="bilinear"))
    assert (report.findings, report.maps) == ((), {"bagel": 4, "rope": 2})


def test_what_anomalib_returns_is_saved_and_read(tmp_path: Path) -> None:
    batches = [
        SimpleNamespace(
            image_path=[f"/train/machine/part/{key}.png" for key in TEST[:2]],
            anomaly_map=maps()[:2],
            pred_score=np.array([0.1, 0.2]),
        ),
        SimpleNamespace(
            image_path=f"/train/machine/part/{TEST[2]}.png", anomaly_map=maps()[2], pred_score=np.array(0.3)
        ),
    ]
    assert save_predictions(batches, tmp_path / "run/predictions.npz") == 3
    (file,) = find_predictions(tmp_path / "run")
    report = make(tmp_path, file)
    assert (report.findings, report.maps, report.scores) == ((), {"part": 3}, {"part": 3})


def test_maps_of_a_centre_crop_are_put_back_where_they_were_cut_out(tmp_path: Path) -> None:
    file = arrays(tmp_path / "maps.npz", (7, 7))
    report = make(tmp_path, file, resize="nearest", centre_crop=(9, 7))
    assert (report.findings, report.maps) == ((), {"part": 3})
    assert json.loads((tmp_path / "out/submission.json").read_text())["centre_crop_px"] == [9, 7]
    for key, scores in zip(TEST, maps((7, 7)), strict=True):
        written = np.load(tmp_path / f"out/part/{key}.npy")
        # The image is 12 high and 16 wide: a centre of its pixels never lies between two of the square of 9.
        for row in range(SIZE[0]):
            for column in range(SIZE[1]):
                y, x = int((row + 0.5) * 9 / 12) - 1, int((column + 0.5) * 9 / 16) - 1
                seen = 0 <= y < 7 and 0 <= x < 7
                assert written[row, column] == (scores[y, x] if seen else scores.min()), (row, column)


def test_a_map_of_another_size_than_its_crop_is_refused(tmp_path: Path) -> None:
    report = make(tmp_path, arrays(tmp_path / "maps.npz", (7, 6)), resize="bilinear", centre_crop=(8, 6))
    assert [(entry.code, entry.message) for entry in report.findings] == [
        ("CUR604", "is 6×7 (width × height), the crop is 6×6")
    ] * 3
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("sides", [("--crop-from", "256"), ("--to", "224"), ("--crop-from", "224", "--to", "256")])
def test_a_centre_crop_needs_both_sides(tmp_path: Path, curate: Curate, sides: tuple[str, ...]) -> None:
    result = curate("submission", "from-anomalib", tmp_path, "-o", tmp_path / "o", "--dataset", tmp_path, *sides)
    assert result.code == 2
    assert "--crop-from 256 --to 224" in result.err


def test_packing_gives_the_same_bytes(tmp_path: Path) -> None:
    make(tmp_path, arrays(tmp_path / "maps.npz"))
    for name in ("one.zip", "two.zip"):
        pack_submission(tmp_path / "out", source(tmp_path), tmp_path / name, about=SubmissionAbout("PaDiM"))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == [
            "part/scores.csv",
            *(f"part/{key}.npy" for key in TEST),
            "submission.json",
        ]
        archive.extractall(tmp_path / "again")
    assert check_submission(tmp_path / "again", source(tmp_path)).findings == ()


def test_a_broken_submission_is_not_packed(tmp_path: Path) -> None:
    make(tmp_path, arrays(tmp_path / "maps.npz"))
    (tmp_path / f"out/part/{TEST[1]}.npy").unlink()
    np.save(tmp_path / f"out/part/{TEST[0]}.npy", np.zeros((3, 3)))
    report = pack_submission(tmp_path / "out", source(tmp_path), tmp_path / "one.zip")
    assert [finding.code for finding in report.findings] == ["CUR601", "CUR604"]
    assert not (tmp_path / "one.zip").exists()


def test_made_again_it_has_the_same_bytes_and_replaces_only_its_own(tmp_path: Path) -> None:
    make(tmp_path, arrays(tmp_path / "maps.npz"))
    before = contents(tmp_path / "out")
    make(tmp_path, tmp_path / "maps.npz")
    assert contents(tmp_path / "out") == before
    (tmp_path / "out/submission.json").unlink()
    with pytest.raises(InputError, match="not written by curate"):
        make(tmp_path, tmp_path / "maps.npz")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("image,score\na,x\nb,1\nc,nan\n", "2 row"),
        ("file,value\na,1\n", "expected image,score"),
        ("image,score\na,0,5\n", "line 2: has 3 cells, expected 2"),
        ("image,score\na,1_0\n", "line 2: '1_0' is no finite number"),
        ("image,score\na,1\na,2\n", "line 3: a second row for a"),
    ],
)
def test_a_bad_table_of_scores(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_score_table(text(tmp_path / "scores.csv", content))


def test_arrays_that_do_not_belong_together(tmp_path: Path) -> None:
    np.savez(tmp_path / "maps.npz", images=np.array(["a", "b"]), maps=np.zeros((3, 4, 4)))
    with pytest.raises(InputError, match="names 2 images and holds 3 maps"):
        list(read_arrays(tmp_path / "maps.npz"))
    text(tmp_path / "bad.npz", "no")
    with pytest.raises(InputError, match="no readable"):
        list(read_arrays(tmp_path / "bad.npz"))


def test_the_commands(tmp_path: Path, curate: Curate) -> None:
    rich_dataset(tmp_path / "data")
    file = arrays(tmp_path / "maps.npz")
    data = ("--dataset", tmp_path / "data")
    made = curate("submission", "from-arrays", file, tmp_path / "out", *data, "--method", "M")
    assert (made.code, made.out) == (0, "part: 3 maps, 3 image scores\n")
    assert curate("submission", "from-anomalib", tmp_path, tmp_path / "two", *data).code == 0
    assert curate("submission", "from-folder", tmp_path / "out/part", tmp_path / "three", *data).code == 0
    assert curate("submission", "pack", tmp_path / "out", tmp_path / "maps.zip", *data).code == 0
    unpacked = curate("submission", "from-folder", tmp_path / "maps.zip", "-o", tmp_path / "five", *data)
    assert (unpacked.code, unpacked.out) == (0, "part: 3 maps\n")  # 41-zip-and-tar-submission
    checked = curate("submission", "check", tmp_path / "out", *data, "--json")
    assert (checked.code, json.loads(checked.out)["categories"]) == (0, {"part": {"maps": 3, "scores": 3}})
    assert curate("submission", "pack", tmp_path / "out", tmp_path / "out.zip", *data).code == 0
    (tmp_path / f"out/part/{TEST[0]}.npy").unlink()
    broken = curate("submission", "check", tmp_path / "out", *data)
    assert broken.code == 1
    assert "CUR601 part/test/good/0000" in broken.err
    assert curate("submission", "from-anomalib", tmp_path / "data", tmp_path / "four", *data).code == 2


def test_tensors_without_pytorch_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "predictions.pt").write_bytes(b"PK")
    with pytest.raises(InputError, match="save_predictions"):
        list(read_arrays(tmp_path / "predictions.pt"))


def test_a_folder_of_pictures_of_maps_is_no_submission(tmp_path: Path, curate: Curate) -> None:
    rich_dataset(tmp_path / "data")
    for name in ("dent/000.jpg", "good/000.jpg", "readme.txt"):  # 40-jpeg-heatmaps
        path = tmp_path / "heat/part/test" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff\xe0")
    result = curate(
        "submission", "from-folder", tmp_path / "heat", "-o", tmp_path / "out", "--dataset", tmp_path / "data"
    )
    assert result.code == 2
    assert "holds no anomaly map" in result.err
    assert "found 2 .jpg, 1 .txt" in result.err
    assert not (tmp_path / "out").exists()
