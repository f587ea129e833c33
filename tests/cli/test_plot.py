from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.datasets.defects_config import format_defects_config
from curate.imaging.images import write_png
from curate.model.defect import DefectEntry, Saturation
from curate.plot import style
from tests.conftest import Curate
from tests.workspaces import TinyWorkspace

SIZE = 12


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A dataset of two categories, and a submission with a dent that is hardly seen."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[2:6, 3:8] = 255
    scores = np.arange(SIZE * SIZE, dtype=np.uint16).reshape(SIZE, SIZE)
    for category in ("bolt", "nut"):
        root = tmp_path / "data" / category
        for number, key in enumerate(("train/good/0", "test/good/0", "test/good/1", "test/dent/0", "test/dent/1")):
            write_png(root / f"{key}.png", np.full((SIZE, SIZE, 3), 90 + number, np.uint8))
            if key.startswith("test"):
                write_png(tmp_path / "maps" / category / f"{key}.png", scores + 300 * number)
        for name in ("0", "1"):
            write_png(root / "ground_truth" / "dent" / name / "0000.png", np.repeat(mask[..., None], 3, axis=2))
        entries = [DefectEntry("dent", 255, Saturation(0.5))]
        (root / "defects_config.json").write_text(format_defects_config(entries), encoding="utf-8")
    return tmp_path


@pytest.fixture
def result(published: Path, curate: Curate) -> Path:
    path = published / "result.json"
    arguments = ("--dataset", published / "data", "-o", path, "-q")
    assert curate("evaluate", published / "maps", *arguments).code == 0
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    frames = [("good", "train", ()), ("good", "test", ()), ("scratch", "test", ("scratch",)), ("", "", ())]
    return TinyWorkspace(tmp_path / "ws", frames, status={3: "rejected"}).write().root


def _document(out: str) -> Any:
    return json.loads(out)


@pytest.mark.parametrize("kind", ["spro", "roc", "pr", "pixel-roc"])
def test_curves_are_drawn_and_told(result: Path, curate: Curate, kind: str) -> None:
    path = result.with_suffix(".svg")
    done = curate("plot", "curves", result, result, "--kind", kind, "-c", "bolt", "-o", path, "--json")
    assert (done.code, done.err) == (0, "")
    document = _document(done.out)
    assert document["written"] == str(path)
    assert document["width_in"] == 3.3
    (line,) = document["drawn"]
    assert (line["category"], line["method"], line["runs"], line["area_std"]) == ("bolt", "maps", 2, 0.0)
    block = json.loads(result.read_text(encoding="utf-8"))["categories"]["bolt"]
    areas = {
        "spro": block["localization"]["au_spro"]["0.05"],
        "roc": block["detection"]["auroc"],
        "pr": block["detection"]["ap"],
        "pixel-roc": block["localization"]["pixel_auroc"],
    }
    assert line["area"] == pytest.approx(areas[kind])
    assert path.read_bytes().startswith(b"<?xml")


def test_results_without_curves_say_how_to_mend_it(result: Path, curate: Curate) -> None:
    document = json.loads(result.read_text(encoding="utf-8"))
    for block in document["categories"].values():
        del block["curves"]
    old = result.with_name("old.json")
    old.write_text(json.dumps(document), encoding="utf-8")
    done = curate("plot", "curves", result, old, "-o", result.with_suffix(".png"))
    assert done.code == 2
    assert "old.json: holds no curves" in done.err
    assert "curate evaluate" in done.err
    assert not result.with_suffix(".png").exists()


def test_a_category_that_no_result_has_is_told(result: Path, curate: Curate) -> None:
    done = curate("plot", "curves", result, "-c", "screw", "-o", result.with_suffix(".png"))
    assert (done.code, done.out) == (2, "")
    assert "no result has the category screw; there is bolt, nut" in done.err


def test_a_timeline_of_a_workspace(workspace: Path, curate: Curate) -> None:
    path = workspace / "timeline.pdf"
    done = curate("plot", "timeline", "-C", workspace, "--by", "time", "-o", path, "--json")
    assert done.code == 0
    assert _document(done.out)["drawn"] == [
        {"category": "part", "frames": 4, "set_aside": 1, "sides": {"train": 1, "val": 0, "test": 2}}
    ]
    assert path.read_bytes().startswith(b"%PDF")


def test_a_sheet_of_a_workspace(workspace: Path, curate: Curate) -> None:
    path = workspace / "sheet.png"
    done = curate("plot", "sheet", "-C", workspace, "--by", "split", "-o", path, "--json", "--dpi", "72")
    assert done.code == 0
    assert [(entry["group"], entry["image"]) for entry in _document(done.out)["drawn"]] == [
        ("part, train (1)", "main/f0.jpg"),
        ("part, test (2)", "main/f1.jpg"),
        ("part, test (2)", "main/f2.jpg"),
        ("part, no split (1)", "main/f3.jpg"),
    ]


def test_a_sheet_of_a_dataset_shows_so_many_of_each(published: Path, curate: Curate) -> None:
    path = published / "sheet.png"
    arguments = ("-n", "2", "-c", "nut", "--columns", "4", "--tile", "8", "--dpi", "72", "--width", "single")
    done = curate("plot", "sheet", published / "data", "-o", path, "--json", *arguments)
    assert done.code == 0
    document = _document(done.out)
    assert document["width_in"] == pytest.approx(3.3, abs=0.02)
    assert [entry["group"] for entry in document["drawn"]] == ["nut, good (2 of 3)"] * 2 + ["nut, dent (2)"] * 2
    first = path.read_bytes()
    assert curate("plot", "sheet", published / "data", "-o", path, "-j", "1", *arguments).out == f"{path}\n"
    assert path.read_bytes() == first


def test_the_worst_cases_of_a_submission(published: Path, result: Path, curate: Curate) -> None:
    path = published / "worst.png"
    arguments = ("--result", result, "--submission", published / "maps", "-c", "bolt", "-n", "1", "--dpi", "72")
    done = curate("plot", "sheet", published / "data", "--top", "worst", *arguments, "-o", path, "--json")
    assert done.code == 0
    assert [(entry["kind"], entry["image"], entry["score"]) for entry in _document(done.out)["drawn"]] == [
        ("false positive", "test/good/1", 143.0 + 600),
        ("false negative", "test/dent/0", 143.0 + 900),
    ]


def test_the_worst_cases_need_result_and_submission(published: Path, curate: Curate) -> None:
    path = published / "worst.png"
    done = curate("plot", "sheet", published / "data", "--top", "worst", "-o", path)
    assert done.code == 2
    assert "--top worst needs --result FILE and --submission DIR" in done.err
    done = curate("plot", "sheet", published / "data", "--submission", published / "maps", "-o", path)
    assert done.code == 2
    assert "belong to --top worst" in done.err


# 41-zip-and-tar-submission
@pytest.mark.parametrize("form", ["zip", "gztar"])
def test_archives_of_maps_are_drawn_as_their_folders_are(
    published: Path, result: Path, curate: Curate, form: str
) -> None:
    packed = shutil.make_archive(str(published / "packed/maps"), form, published / "maps")
    worst = ("sheet", published / "data", "--top", "worst", "--result", result, "-n", "1", "--dpi", "72")
    overlay = ("overlay", published / "data", "bolt/test/dent/0")
    for command in (worst, overlay):
        drawn = []
        for submission in (published / "maps", packed):
            path = published / "drawn.png"
            assert curate("plot", *command, "--submission", submission, "-o", path).code == 0
            drawn.append(path.read_bytes())
        assert drawn[0] == drawn[1]


def test_overlays_of_images_with_their_maps(published: Path, curate: Curate) -> None:
    path = published / "overlay.svg"
    images = ("bolt/test/dent/0", published / "data/nut/test/good/1.png")
    done = curate("plot", "overlay", published / "data", *images, "--submission", published / "maps", "-o", path)
    assert (done.code, done.out, done.err) == (0, f"{path}\n", "")
    assert path.read_text(encoding="utf-8").count("<image") == 2 * 3 + 1  # image, truth and map of each; the bar


def test_an_image_that_cannot_be_read_is_told_and_the_others_drawn(published: Path, curate: Curate) -> None:
    (published / "data/nut/test/dent/1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    path = published / "sheet.png"
    done = curate("plot", "sheet", published / "data", "-c", "nut", "-o", path, "--dpi", "72", "--json")
    assert done.code == 1
    assert "not drawn: test/dent/1: is cut short" in done.err
    document = _document(done.out)
    assert len(document["drawn"]) == 4
    assert len(document["problems"]) == 1
    assert path.is_file()


@pytest.mark.parametrize("command", ["curves", "sheet", "overlay"])
def test_a_form_that_cannot_be_written_is_refused_before_anything_is_read(
    tmp_path: Path, curate: Curate, command: str
) -> None:
    absent = (tmp_path / "absent", "image") if command == "overlay" else (tmp_path / "absent",)
    done = curate("plot", command, *absent, "-o", tmp_path / "a.jpg")
    assert done.code == 2
    assert "expected one of .png, .svg, .pdf" in done.err
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_the_extra_is_named(
    workspace: Path, curate: Curate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    done = curate("plot", "timeline", "-C", workspace, "-o", workspace / "a.png")
    assert done.code == 2
    assert "pip install '" in done.err
    assert "[plot]'" in done.err


def test_scales_must_rise(published: Path, curate: Curate) -> None:
    arguments = ("plot", "overlay", published / "data", "bolt/dent/0", "-o", published / "a.png", "--scale", "2", "1")
    done = curate(*arguments)
    assert done.code == 2
    assert "--scale needs LOW below HIGH" in done.err
