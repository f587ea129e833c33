from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate
from tests.crop.workspaces import png, texture, write_config, write_frames


def frames(root: Path) -> None:
    write_frames(
        root,
        {f"a/{name}.png": png(texture(80, 60, int(name))) for name in "12"},
        labels={"a/1.png": "good", "a/2.png": "scratch"},
    )


def test_crop_cuts_and_says_what(tmp_path: Path, curate: Curate) -> None:
    frames(tmp_path)
    write_config(tmp_path, '{ mode = "crop", box = [10, 20, 30, 40] }')
    result = curate("crop", "-C", tmp_path)
    assert result.code == 0
    assert "part · default (crop): 2 accepted, 0 review, 0 rejected; 2 cut now" in result.out
    assert (tmp_path / "windows/default/part/a/1.png").is_file()
    assert (
        (tmp_path / "records/windows/default/part/a.csv").read_text().startswith("frame,image,status,reason,mode,m00")
    )


def test_json_is_one_document(tmp_path: Path, curate: Curate) -> None:
    frames(tmp_path)
    write_config(tmp_path, '{ mode = "resize", size = [8, 6] }')
    result = curate("crop", "-C", tmp_path, "--json", "-j", 2)
    (category,) = json.loads(result.out)["categories"]
    assert (category["category"], category["frames"], category["matched"]) == ("part", 2, 0)
    assert category["windows"][0]["by_label"]["scratch"] == {"accepted": 1, "review": 0, "rejected": 0}
    assert category["windows"][0]["cut"] == 2


def test_dry_run(tmp_path: Path, curate: Curate) -> None:
    frames(tmp_path)
    write_config(tmp_path, '{ mode = "full" }')
    result = curate("crop", "-C", tmp_path, "--dry-run")
    assert (result.code, result.out) == (0, "part: would match 0 and cut 2 of 2 frames\n")
    assert not (tmp_path / "windows").exists()


def test_an_unreadable_frame_is_exit_1(tmp_path: Path, curate: Curate) -> None:
    frames(tmp_path)
    write_config(tmp_path, '{ mode = "full" }')
    (tmp_path / "captures/part/a/1.png").write_bytes(b"")
    result = curate("crop", "-C", tmp_path)
    assert result.code == 1
    assert "error CUR201 captures/part/a/1.png: its bytes are not those that were imported" in result.err
    assert "good: 1 rejected of 1" in result.out
    assert (tmp_path / "windows/default/part/a/2.png").is_file()


def test_a_missing_template_is_exit_2_and_names_the_file(tmp_path: Path, curate: Curate) -> None:
    frames(tmp_path)
    write_config(tmp_path, '{ mode = "match", template = "templates/none.png", size = [20, 20] }')
    result = curate("crop", "-C", tmp_path)
    assert result.code == 2
    assert "templates/none.png: there is no such file" in result.err


def test_an_unknown_window_is_exit_2(tmp_path: Path, curate: Curate) -> None:
    frames(tmp_path)
    write_config(tmp_path, '{ mode = "full" }')
    result = curate("crop", "-C", tmp_path, "--window", "tiny")
    assert result.code == 2
    assert "category part has no window tiny; it has default" in result.err
    assert "[categories.part.windows.tiny]" in result.err
