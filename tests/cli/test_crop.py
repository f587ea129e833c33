from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

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
    assert result.err == "".join(f"{line}\n" for line in curate("status", "-C", tmp_path).out.splitlines()[-1:])


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


def test_a_template_is_cut_out_of_a_frame_and_used(tmp_path: Path, curate: Curate) -> None:
    scene = texture(200, 150, 7)
    write_frames(tmp_path, {"a/1.png": png(scene), "a/2.png": png(np.roll(scene, (5, 8), (0, 1)))})
    write_config(tmp_path, '{ mode = "match", template = "templates/t.png", size = [40, 40] }')
    result = curate("crop", "-C", tmp_path, "--template-from", "a/1.png", "--box", "60,40,80,70")
    assert result.code == 0
    assert "wrote the template templates/t.png" in result.err
    template = cv2.imread(str(tmp_path / "templates/t.png"))
    assert template is not None
    assert np.array_equal(template, scene[40:110, 60:140])
    rows = (tmp_path / "records/windows/default/part/a.csv").read_text().splitlines()
    # The template's middle is (100, 75), so the window's corner is (80, 55); the second frame is 8 right and 5 down.
    assert [row.split(",")[7:11:3] for row in rows[1:]] == [["-80.0000", "-55.0000"], ["-88.0000", "-60.0000"]]
    again = curate("crop", "-C", tmp_path, "--template-from", "a/1.png", "--box", "60,40,80,70")
    assert "kept the template" in again.err
    other = curate("crop", "-C", tmp_path, "--template-from", "a/1.png", "--box", "50,40,80,70")
    assert other.code == 2
    assert "stands there already and shows something else" in other.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--template-from", "a/1.png"], "go together"),
        (["--box", "1,2,3,4"], "go together"),
        (["--template-from", "a/1.png", "--box", "1,2,3"], "is not x,y,width,height"),
        (["--template-from", "a/9.png", "--box", "1,2,30,40"], "is neither a frame of part"),
        (["--template-from", "a/1.png", "--box", "60,0,30,40"], "does not lie inside the frame of 80×60"),
        (["--template-from", "a/1.png", "--box", "0,0,9,9"], "needs at least 16 px"),
    ],
)
def test_a_template_that_cannot_be_cut_is_exit_2(
    tmp_path: Path, curate: Curate, arguments: list[str], words: str
) -> None:
    frames(tmp_path)
    write_config(tmp_path, '{ mode = "match", template = "templates/t.png", size = [40, 40] }')
    result = curate("crop", "-C", tmp_path, *arguments)
    assert result.code == 2
    assert words in result.err
    assert not (tmp_path / "templates").exists()


def test_a_category_without_a_template_says_what_to_write(tmp_path: Path, curate: Curate) -> None:
    frames(tmp_path)
    write_config(tmp_path, '{ mode = "full" }')
    result = curate("crop", "-C", tmp_path, "--template-from", "a/1.png", "--box", "0,0,40,40")
    assert result.code == 2
    assert 'window = { mode = "match", template = "templates/part.png"' in result.err


def test_sheets_are_drawn_on_request(tmp_path: Path, curate: Curate) -> None:
    frames(tmp_path)
    write_config(tmp_path, '{ mode = "crop", box = [10, 20, 30, 40] }')
    assert curate("crop", "-C", tmp_path, "--sheet", tmp_path / "sheets").code == 0
    assert [path.name for path in (tmp_path / "sheets").iterdir()] == ["part-default-frames.png"]
    write_config(tmp_path, '{ mode = "match", template = "a.png", size = [30, 30] }')
    (tmp_path / "a.png").write_bytes(png(texture(80, 60, 1)[10:50, 10:60]))
    assert curate("crop", "-C", tmp_path, "--sheet", tmp_path / "sheets").code == 0
    assert (tmp_path / "sheets" / "part-default-timeline.png").is_file()
