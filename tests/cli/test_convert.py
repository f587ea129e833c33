from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate
from tests.convert.sources import rich_dataset


def test_convert_says_first_what_is_lost_then_what_was_written(tmp_path: Path, curate: Curate) -> None:
    rich_dataset(tmp_path / "data")
    result = curate("convert", tmp_path / "data", tmp_path / "out", "--to", "mvtec-ad", "--check")
    assert (result.code, result.out) == (0, "part: 6 images, 4 regions\nread back and compared: 6 images\n")
    assert [line.split() for line in result.err.splitlines()] == [
        ["autovi", "->", "mvtec-ad"],
        ["aspect", "images", "with", "it", "kept"],
        ["regions", "1", "one", "an", "image"],
        ["defects", "2", "the", "folder's"],
        ["saturation", "2", "no"],
        ["validation", "1", "beside"],
        ["specimen", "6", "beside"],
        ["time", "6", "beside"],
    ]


def test_a_dry_run_writes_nothing(tmp_path: Path, curate: Curate) -> None:
    rich_dataset(tmp_path / "data")
    result = curate("convert", tmp_path / "data", tmp_path / "out", "--to", "yolo", "--dry-run", "--json")
    lost = {entry["aspect"] for entry in json.loads(result.out)["losses"] if entry["lost"]}
    assert lost == {"saturation"}
    assert not (tmp_path / "out").exists()


def test_every_conversion_has_a_card_and_croissant(tmp_path: Path, curate: Curate) -> None:
    rich_dataset(tmp_path / "data")
    assert curate("convert", tmp_path / "data", tmp_path / "out", "--to", "coco", "-q").code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["README.md", "croissant.json", "part"]
    assert json.loads((tmp_path / "out/croissant.json").read_text())["name"] == "line"
    before = (tmp_path / "out/README.md").read_bytes()
    assert curate("convert", tmp_path / "data", tmp_path / "out", "--to", "coco", "-q").code == 0
    assert (tmp_path / "out/README.md").read_bytes() == before
    (tmp_path / "out/README.md").write_text("mine\n")
    assert curate("convert", tmp_path / "data", tmp_path / "out", "--to", "coco", "-q").code == 0
    assert (tmp_path / "out/README.md").read_text() == "mine\n"
    assert (tmp_path / "out/DATASET.md").read_bytes() == before


def test_shards_have_a_card_too(tmp_path: Path, curate: Curate) -> None:
    rich_dataset(tmp_path / "data")
    assert curate("convert", tmp_path / "data", tmp_path / "out", "--to", "webdataset", "-q").code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["README.md", "croissant.json", "part"]
    assert "train: 2 images" in curate("card", tmp_path / "out").out


def test_without_a_card(tmp_path: Path, curate: Curate) -> None:
    rich_dataset(tmp_path / "data")
    assert curate("convert", tmp_path / "data", tmp_path / "out", "--to", "coco", "--no-card").code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["part"]


def test_an_unknown_layout_and_a_missing_folder_exit_2(tmp_path: Path, curate: Curate) -> None:
    rich_dataset(tmp_path / "data")
    assert curate("convert", tmp_path / "data", tmp_path / "out", "--to", "zip").code == 2
    assert curate("convert", tmp_path / "nowhere", tmp_path / "out", "--to", "coco").code == 2
    assert curate("convert", tmp_path / "data", tmp_path / "out", "--to", "coco", "--layout", "nonsense").code == 2


def test_findings_of_the_source_are_told(tmp_path: Path, curate: Curate) -> None:
    from tests.datasets.trees import picture, text

    picture(tmp_path / "data/images/train/a.png")
    text(tmp_path / "data/data.yaml", "names: [dent]\n")
    text(tmp_path / "data/labels/train/a.txt", "7 0.5 0.5 0.1 0.1\n")
    picture(tmp_path / "data/images/train/b.png")
    text(tmp_path / "data/labels/train/b.txt", "")
    result = curate("convert", tmp_path / "data", tmp_path / "out", "--to", "coco", "--no-card")
    assert result.code == 1
    assert "error CUR516 labels/train/a.txt" in result.err
