"""Submissions that were refused or scored wrongly once; each test names its case of ../shared/cases/data."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from curate.errors import InputError
from curate.evaluate.run import EvaluationReport, evaluate_submission
from curate.evaluate.verify import verify_result
from curate.model.dataset import Category, Dataset, Sample
from curate.submission.matching import match
from curate.submission.run import check_submission, make_submission, pack_submission
from curate.submissions.archive import submission_folder
from curate.submissions.predictions import Prediction, list_maps, read_arrays, read_score_table, save_predictions
from curate.submissions.submission import read_submission
from tests.evaluate.samples import keyed, random_items, write_dataset, write_submission

ITEMS = random_items(np.random.default_rng(3))
KEYS = [key for key, _ in keyed(ITEMS)]
MAXIMA = {key: float(item.scores.max()) for key, item in keyed(ITEMS)}
"""The score of an image is the maximum of its map (docs/metrics.md), so a table of maxima changes no figure."""


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "ds", "part", ITEMS)


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    return write_submission(tmp_path / "sub", "part", ITEMS, dtype=np.float32, suffix=".npy")


def figures(report: EvaluationReport) -> Any:
    assert report.findings == ()
    assert report.result is not None
    return report.result.categories


def table(separator: str = ",", number: Callable[[float], str] = repr) -> str:
    return f"image{separator}score\r\n" + "".join(
        f"{key.replace('/', chr(92))}.png{separator}{number(score)}\r\n" for key, score in MAXIMA.items()
    )


# 44-maps-of-another-category


def one_category(name: str) -> Dataset:
    samples = tuple(Sample("test", "good", f"{n:03d}", f"{name}/test/good/{n:03d}.png") for n in range(2))
    return Dataset(f"/data/{name}s", "d", "mvtec", (Category(name, name, samples),))


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("/data/MVTecAD/screw/test/good/000.png", False),
        ("screw/test/good/000.npy", False),
        ("C:\\data\\Screw\\test\\good\\000.png", False),
        ("/data/bottle/test/good/000.png", True),
        ("results/Padim/BOTTLE/v0/images/test/good/000.png", True),
        ("/elsewhere/bottles/test/good/000.png", True),  # the dataset's own folder
        ("test/good/000.png", True),
        ("heatmaps/good/000_heatmap.png", True),
        ("000.png", True),
    ],
)
def test_a_path_that_names_another_category_fits_no_image(name: str, *, fits: bool) -> None:
    found = match([name], one_category("bottle"))
    assert [entry.code for entry in found.findings] == ([] if fits else ["CUR602"])
    assert bool(found.by_name) is fits


def test_maps_of_another_category_are_left_alone_when_one_is_asked_for() -> None:
    bottle = one_category("bottle")
    two = replace(bottle, categories=bottle.categories + one_category("screw").categories)
    names = ["x/screw/test/good/000.png", "screw/good/001.png", "bottle/screw/test/good/001.png"]
    found = match(names, two, ["bottle"])
    assert found.by_name == {}
    assert all("its path names screw" in entry.message for entry in found.findings)


def test_arrays_of_another_category_write_nothing(tmp_path: Path, dataset: Path) -> None:
    names = np.array([f"/data/screw/{key}.png" for key in KEYS])
    np.savez(tmp_path / "screw.npz", image_path=names, anomaly_map=np.stack([item.scores for _, item in keyed(ITEMS)]))
    report = make_submission(list(read_arrays(tmp_path / "screw.npz")), read_dataset(dataset), tmp_path / "out")
    assert not report.written
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("table_too", [False, True])
def test_a_folder_of_another_category_is_no_run(dataset: Path, submission: Path, *, table_too: bool) -> None:
    (submission / "part").rename(submission / "pipe_clip")
    if table_too:
        (submission / "pipe_clip/scores.csv").write_text(table(), encoding="utf-8")
    with pytest.raises(InputError, match="pipe_clip/ with maps, but no category of it"):
        evaluate_submission(submission, dataset)
    (submission / "pipe_clip/submission.json").write_text('{"method": "pca", "run": "1"}', encoding="utf-8")
    assert figures(evaluate_submission(submission, dataset))  # now it says that it is a run


def test_a_folder_called_as_another_category_is_not_scored_for_the_one_asked_for(tmp_path: Path) -> None:
    root = tmp_path / "ds"
    for name in ("pipe_clip", "pipe_staple"):
        write_dataset(root, name, ITEMS)
    maps = write_submission(tmp_path / "sub", "pipe_clip", ITEMS)
    with pytest.raises(InputError, match="is called pipe_clip"):
        read_submission(maps / "pipe_clip", read_dataset(root), ["pipe_staple"])


# 46-only-scores-no-maps


def test_scores_without_maps_give_figures_of_images_and_a_note_that_says_so(dataset: Path, submission: Path) -> None:
    (submission / "part/scores.csv").write_text(table(), encoding="utf-8")
    whole = figures(evaluate_submission(submission, dataset))["part"]
    shutil.rmtree(submission / "part/test")
    report = evaluate_submission(submission, dataset)
    part = figures(report)["part"]
    assert part.detection == whole.detection
    assert report.result is not None
    assert report.result.left_out is None  # every image was scored, by its image score
    said = ("no maps: only image scores were given, so values over pixels are null",)
    assert tuple(part.localization.notes) == tuple(part.segmentation.notes) == said


def test_scores_alone_have_to_name_every_test_image(dataset: Path, submission: Path) -> None:
    shutil.rmtree(submission / "part/test")
    lines = table().splitlines(keepends=True)
    (submission / "part/scores.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    report = evaluate_submission(submission, dataset)
    assert report.result is None
    assert [entry.code for entry in report.findings] == ["CUR613"]


def test_scores_beside_some_maps_excuse_no_missing_map(dataset: Path, submission: Path) -> None:
    (submission / "part/scores.csv").write_text(table(), encoding="utf-8")
    next((submission / "part/test/good").iterdir()).unlink()
    report = evaluate_submission(submission, dataset)
    assert [entry.code for entry in report.findings] == ["CUR601"]


# 40-jpeg-heatmaps


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_pictures_where_maps_should_be_are_named_with_what_is_expected(
    tmp_path: Path, dataset: Path, form: str
) -> None:
    root = tmp_path / "heat"
    for key in KEYS:
        path = root / "part" / f"{key}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8")
    if form == "zip":
        root = Path(shutil.make_archive(str(tmp_path / "archive"), "zip", root))
    report = evaluate_submission(root, dataset)
    assert report.result is None
    (said,) = [entry for entry in report.findings if entry.code == "CUR607"]
    expected = f"holds {len(KEYS)} .jpg pictures where maps are missing, expected maps ending in .npy, .npz, .png"
    assert said.message.startswith(expected)
    assert said.path == "part"


def test_pictures_beside_maps_are_left_out_with_a_reason(dataset: Path, submission: Path) -> None:
    (submission / f"part/{KEYS[0]}.jpg").write_bytes(b"")
    (submission / "part/.DS_Store").write_bytes(b"")
    (submission / "notes.md").write_bytes(b"")
    report = evaluate_submission(submission, dataset)
    assert report.findings == ()
    files = report.account["files of the submission"]
    assert files.used == len(KEYS)
    assert {out.place: out.reason for out in files.left_out} == {
        f"part/{KEYS[0]}.jpg": "pictures, which are no maps",
        "part/.DS_Store": "hidden, or left by a program",
        "notes.md": "neither maps nor tables of scores",
    }


# 45-scores-csv-excel


def test_a_table_in_utf_16_is_read(dataset: Path, submission: Path) -> None:
    without = figures(evaluate_submission(submission, dataset))["part"]
    for encoding in ("utf-16", "utf-8-sig"):
        (submission / "part/scores.csv").write_text(table(), encoding=encoding)
        assert figures(evaluate_submission(submission, dataset))["part"].detection == without.detection
        assert len(read_score_table(submission / "part/scores.csv")) == len(MAXIMA)


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_named(dataset: Path, submission: Path, sign: str, name: str) -> None:
    text = table(sign, lambda score: str(score).replace(".", ","))
    (submission / "part/scores.csv").write_text(text, encoding="utf-8")
    report = evaluate_submission(submission, dataset)
    assert [(entry.code, name in entry.message) for entry in report.findings] == [("CUR612", True)]
    with pytest.raises(InputError, match=f"by {name}, expected commas"):
        read_score_table(submission / "part/scores.csv")


# 43-dotted-names-in-npz, 48-double-suffix-maps


@pytest.mark.parametrize("ending", ["", ".png", ".npy", ".png.npy", "_heatmap.png", "_anomaly_map.tiff"])
@pytest.mark.parametrize("stem", ["shot_1.250", "gap_1.5mm", "2021-07-30.14_05_09_003217", "000", "0.9"])
def test_whatever_follows_a_dot_is_a_part_of_the_name(stem: str, ending: str) -> None:
    samples = tuple(Sample("test", "good", name, f"part/test/good/{name}.png") for name in (stem, "gap_1", "shot_1"))
    found = match([f"{stem}{ending}"], Dataset("root", "d", "mvtec", (Category("part", "part", samples),)))
    assert [target.sample.name for target in found.by_name.values()] == [stem]


def test_a_dotted_name_is_not_taken_for_the_stem_before_its_dot() -> None:
    samples = (Sample("test", "good", "gap_1", "part/test/good/gap_1.png"),)
    found = match(["gap_1.5mm"], Dataset("root", "d", "mvtec", (Category("part", "part", samples),)))
    assert [entry.code for entry in found.findings] == ["CUR602"]


def test_maps_called_after_the_whole_name_of_their_image(tmp_path: Path, dataset: Path, submission: Path) -> None:
    expected = figures(evaluate_submission(submission, dataset))
    for path in sorted(submission.rglob("*.npy")):
        path.rename(path.with_name(f"{path.stem}.png.npy"))
    assert figures(evaluate_submission(submission, dataset)) == expected
    made = make_submission(list_maps(submission), read_dataset(dataset), tmp_path / "made")
    assert made.written
    again = submission / f"part/{KEYS[0]}.npy"
    shutil.copy(submission / f"part/{KEYS[0]}.png.npy", again)
    assert [entry.code for entry in check_submission(submission, read_dataset(dataset)).findings] == ["CUR608"]


# 38-mvtecad2-server-submission


def test_what_the_server_of_mvtec_ad_2_takes(dataset: Path, submission: Path) -> None:
    expected = figures(evaluate_submission(submission, dataset))
    inner = submission / "anomaly_images/part"
    inner.parent.mkdir()
    (submission / "part").rename(inner)
    (inner / "test").rename(inner / "test_public")
    a_map = next(inner.rglob("*.npy"))
    for folder in ("anomaly_images/part/test_private", "anomaly_images/part/test_private_mixed"):
        (submission / folder).mkdir()
        shutil.copy(a_map, submission / folder / "000_regular.npy")
    masks = submission / "anomaly_images_thresholded/part/test_public/good"
    masks.mkdir(parents=True)
    shutil.copy(a_map, masks)
    report = evaluate_submission(submission, dataset)
    assert report.result is not None
    assert report.result.categories == expected
    assert [(entry.severity, entry.path) for entry in report.findings] == [
        ("info", "anomaly_images/part/test_private"),
        ("info", "anomaly_images/part/test_private_mixed"),
        ("info", "anomaly_images_thresholded"),
    ]
    shutil.copytree(inner, submission / "others")
    errors = [entry for entry in evaluate_submission(submission, dataset).findings if entry.severity == "error"]
    assert [(entry.code, entry.path) for entry in errors] == [("CUR611", "others")]


# 41-zip-and-tar-submission


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tar.xz", ".tar.bz2"])
def test_an_archive_is_scored_as_its_folder(tmp_path: Path, dataset: Path, submission: Path, ending: str) -> None:
    archive = tmp_path / f"other/sub{ending}"
    kind = {".zip": "zip", ".tar": "tar", ".tar.gz": "gztar", ".tar.xz": "xztar", ".tar.bz2": "bztar"}[ending]
    shutil.make_archive(str(archive).removesuffix(ending), kind, submission)
    expected = evaluate_submission(submission, dataset)
    report = evaluate_submission(archive, dataset)
    assert report.result == expected.result  # figures, names and fingerprints
    assert report.submission_root == str(archive)
    assert report.result is not None
    recorded = tmp_path / "result.json"
    recorded.write_text(json.dumps(report.result.to_json()), encoding="utf-8")
    assert verify_result(recorded, archive, dataset).differences == ()
    assert check_submission(archive, read_dataset(dataset)).findings == ()


def test_a_packed_submission_is_read_back_and_packs_to_the_same_bytes(
    tmp_path: Path, dataset: Path, submission: Path
) -> None:
    first, second = tmp_path / "a/sub.zip", tmp_path / "b/sub.zip"
    assert pack_submission(submission, read_dataset(dataset), first).written
    assert pack_submission(first, read_dataset(dataset), second).written
    assert first.read_bytes() == second.read_bytes()


def hostile_zip(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the standard library warns of a name that is there twice
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def linked_tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("part/test/good/000.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.zip", hostile_zip(("../../evil.png", b"x")), "leads outside"),
        ("a.zip", hostile_zip(("/evil.png", b"x")), "leads outside"),
        ("a.zip", hostile_zip(("part/0.png", b"x"), ("part/0.png", b"y")), "twice"),
        ("a.zip", hostile_zip(("part.png", b"x"), ("part.png/0.png", b"y")), "twice"),
        ("a.zip", hostile_zip(("readme.txt", b"x"), ("__MACOSX/._0.png", b"x")), "holds no map"),
        ("a.zip", hostile_zip(("part/0.png", b"x" * 99))[:-40], "cannot be read as an archive"),
        ("a.zip", b"", "cannot be read as an archive"),
        ("a.tar", linked_tar(), "link or a device"),
    ],
)
def test_an_archive_is_not_trusted(tmp_path: Path, dataset: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=said):
        evaluate_submission(tmp_path / "in" / name, dataset)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_needs_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zip").write_bytes(hostile_zip(("part/0.png", b"x" * 99)))
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(100, 2, 98))
    with pytest.raises(InputError, match="unpacks to 99 bytes, 98 are free"), submission_folder(tmp_path / "a.zip"):
        pass


def test_another_file_is_no_submission(tmp_path: Path, dataset: Path) -> None:
    (tmp_path / "maps.npz").write_bytes(b"x")
    with pytest.raises(InputError, match="is a file"):
        evaluate_submission(tmp_path / "maps.npz", dataset)


# The library is as strict as the command line (issue 15, rule 10).


@pytest.mark.parametrize(
    ("scores", "said"),
    [([[0.1, 0.9]], "holds 2 scores"), ([np.nan], "is nan"), ([np.inf], "is inf"), ([[]], "holds 0")],
)
def test_scores_that_are_not_one_number_are_refused(tmp_path: Path, scores: Any, said: str) -> None:
    np.savez(tmp_path / "p.npz", images=np.array(["a"]), pred_score=np.array(scores))
    with pytest.raises(InputError, match=said):
        list(read_arrays(tmp_path / "p.npz"))


def test_a_prediction_of_two_columns_is_not_saved(tmp_path: Path) -> None:
    class Batch:
        image_path = ("a.png", "b.png")
        pred_score = np.array([[0.1, 0.9], [0.2, 0.8]])

    with pytest.raises(InputError, match="has 4 scores"):
        save_predictions([Batch()], tmp_path / "p.npz")
    assert not (tmp_path / "p.npz").exists()


def test_a_score_that_is_no_number_is_not_written(tmp_path: Path, dataset: Path) -> None:
    maps = {key: item.scores.astype(np.float32) for key, item in keyed(ITEMS)}
    predictions = [Prediction(f"part/{key}", scores, float("nan")) for key, scores in maps.items()]
    report = make_submission(predictions, read_dataset(dataset), tmp_path / "out")
    assert {entry.code for entry in report.findings} == {"CUR612"}
    assert not report.written


# The cases themselves, where they are.


@pytest.mark.parametrize(
    ("case", "maps", "dataset_name"),
    [
        ("38-mvtecad2-server-submission", "sub16", "mvtec_ad_2"),
        ("38-mvtecad2-server-submission", "sub32", "mvtec_ad_2"),
        ("41-zip-and-tar-submission", "sub.zip", "ds"),
        ("41-zip-and-tar-submission", "sub.tar.gz", "ds"),
        ("45-scores-csv-excel", "sub", "ds"),
        ("48-double-suffix-maps", "sub", "ds"),
    ],
)
def test_the_cases_are_scored(case: str, maps: str, dataset_name: str, shared: Path) -> None:
    folder = shared / "cases/data" / case
    report = evaluate_submission(folder / maps, folder / dataset_name)
    assert report.result is not None
    assert all(entry.severity == "info" for entry in report.findings)
