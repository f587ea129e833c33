"""``curate remove``, ``rename`` and ``tidy`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate
from tests.importing.frames import shot


def lay_out(curate: Curate, root: Path) -> Path:
    for index in range(3):
        shot(root / "src" / f"f{index}.jpg", index, f"2026:03:02 08:0{index}:00")
    curate("init", root / "w", "-c", "part", "-q")
    curate("import", root / "src", "-c", "part", "-C", root / "w", "--label", "good")
    return root / "w"


def test_remove_list_and_restore(curate: Curate, tmp_path: Path) -> None:
    work = lay_out(curate, tmp_path)
    dry = curate("remove", "main/f1.jpg", "-C", work, "--dry-run")
    assert (dry.code, dry.out) == (0, "part: would remove 1 frame (1 frames, 0 of them annotated, 0 windows)\n")
    done = curate("remove", "main/f1.jpg", "-C", work, "-q")
    assert done.out.endswith("; `curate remove --restore 1 -c part` undoes it\n")
    assert curate("remove", "--list", "-C", work).out == "part 1: 1 frame (1 frames)\n"
    listed = json.loads(curate("remove", "--list", "-C", work, "--json").out)
    assert listed["removed"] == [{"category": "part", "number": 1, "what": "1 frame", "frames": 1}]
    again = curate("import", tmp_path / "src", "-c", "part", "-C", work)
    assert "passed over: 1 removed" in again.out
    back = json.loads(curate("remove", "--restore", "1", "-C", work, "--json").out)
    assert (back["restored"], back["frames"]) == (True, ["main/f1.jpg"])
    assert curate("remove", "--list", "-C", work).out == "nothing was removed\n"


def test_a_category_alone_is_removed_and_brought_back(curate: Curate, tmp_path: Path) -> None:
    work = lay_out(curate, tmp_path)
    assert curate("remove", "-C", work).code == 2
    assert curate("remove", "--restore", "1", "main/f1.jpg", "-C", work).code == 2
    assert curate("remove", "-c", "part", "-C", work).code == 0
    assert not (work / "captures" / "part").exists()
    assert curate("remove", "--restore", "1", "-c", "part", "-C", work).code == 0
    assert curate("verify", "-C", work).code == 0


def test_rename(curate: Curate, tmp_path: Path) -> None:
    work = lay_out(curate, tmp_path)
    assert curate("rename", "series", "main", "day", "-C", work).out == (
        "series main is called day now in part: 3 frames\n"
    )
    assert curate("rename", "category", "part", "clip", "-C", work).code == 0
    assert curate("verify", "-C", work).out.startswith("clip: 3 frames checked")
    wrong = curate("rename", "defect", "hole", "crack", "-C", work)
    assert (wrong.code, "nothing is called hole in clip" in wrong.err) == (2, True)
    assert json.loads(curate("rename", "series", "day", "night", "-C", work, "--json").out)["changed"] == {"frames": 3}


def test_tidy_asks(curate: Curate, tmp_path: Path) -> None:
    work = lay_out(curate, tmp_path)
    assert curate("tidy", "-C", work).out == "nothing to tidy\n"
    stray = work / "records" / "screening" / "gone" / "main.csv"
    stray.parent.mkdir(parents=True)
    stray.write_text("frame\n")
    assert "CUR564" in curate("status", "-C", work).err
    nobody = curate("tidy", "-C", work)
    assert (nobody.code, "nobody can be asked here" in nobody.err) == (2, True)
    dry = curate("tidy", "-C", work, "--dry-run")
    assert dry.out == "records/screening/gone: there are no frames of a category gone\n1 files would be deleted\n"
    assert stray.exists()
    assert json.loads(curate("tidy", "-C", work, "--yes", "--json").out)["deleted"]
    assert not stray.exists()


def test_clocks_and_reorder_are_typed_like_this(curate: Curate, tmp_path: Path) -> None:
    work = lay_out(curate, tmp_path)
    assert curate("import", "-c", "part", "-C", work).code == 2
    assert curate("import", "-c", "part", "-C", work, "--reorder").code == 0
    assert curate("import", "-c", "part", "-C", work, "--clock", "A+1").code == 2
    unknown = curate("import", "-c", "part", "-C", work, "--clock", "A=+01:00")
    assert (unknown.code, "no frame is of the camera A" in unknown.err) == (2, True)
    assert curate("import", "-c", "part", "-C", work, "--clock", "=UTC+01:00").code == 0
    listed = json.loads(curate("frames", "-C", work, "--json").out)["frames"]
    assert listed[0]["shot_at"] == "2026-03-02T08:00:00+01:00"
    assert curate("frames", "-C", work, "--accept", "CUR703").code == 2
    nothing = curate("frames", "-C", work, "--accept", "CUR703", "--reason", "seen")
    assert (nothing.code, "nothing with the code CUR703 is open" in nothing.err) == (2, True)
