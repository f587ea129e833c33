"""Which frames an import is about, what it says of the rest, and when a source is to be imported again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curate.disk.tables import write_table
from curate.errors import InputError
from curate.formats.records import ReadOptions
from curate.imaging.images import write_png
from curate.label.plan import OpinionChoice
from curate.label.run import import_labels
from curate.label.scope import LabelScope, words_of
from curate.model.capture import Capture
from curate.model.config import CategoryConfig
from curate.workspace.annotations import read_annotations
from curate.workspace.pipeline import check_stage
from curate.workspace.workspace import Workspace, open_workspace
from tests.annotated import CATEGORY, capture, item, make_workspace, save, task

SQUARE = {"points": [[10, 10], [20, 10], [20, 20], [10, 20]], "closed": True}
REST = LabelScope(rest_is_good=True)


def mask(path: Path, *, marked: bool = True) -> None:
    pixels = np.zeros((400, 640), np.uint8)
    pixels[10:20, 10:20] = 255 * marked
    write_png(path, pixels)


def labels(workspace: Workspace) -> dict[str, str]:
    annotations = read_annotations(workspace.annotations(CATEGORY))
    return {frame: entry.label or entry.regions[0].defect for frame, entry in annotations.items()}


def test_frames_that_a_folder_of_masks_does_not_name_are_good(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture(f"main/{name}.png") for name in "abc"])
    mask(tmp_path / "masks/scratch/b.png")
    report = import_labels(workspace, category, [tmp_path / "masks"], scope=REST)
    assert (report.imported, report.good, report.rest, report.regions) == (3, 2, 2, 1)
    assert labels(workspace) == {"main/a.png": "good", "main/b.png": "scratch", "main/c.png": "good"}
    # A mask that comes later replaces the word of the rest; one that goes leaves the region, and says so.
    mask(tmp_path / "masks/scratch/c.png")
    (tmp_path / "masks/scratch/b.png").unlink()
    report = import_labels(workspace, category, [tmp_path / "masks"], scope=REST)
    assert report.changed == {"main/c.png": ("good", "scratch")}
    assert [(entry.code, entry.related) for entry in report.findings] == [("CUR521", ("main/b.png",))]
    assert labels(workspace)["main/b.png"] == "scratch"


@pytest.mark.parametrize("wrong", ["scratch/z.png", "scrach/b.png"])
def test_nothing_is_good_while_it_is_open_which_frame_is_meant(tmp_path: Path, wrong: str) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture(f"main/{name}.png") for name in "abc"])
    mask(tmp_path / "masks/scratch/a.png")
    mask(tmp_path / "masks" / wrong)
    report = import_labels(workspace, category, [tmp_path / "masks"], scope=REST)
    assert report.rest == 0
    assert "CUR529" in {entry.code for entry in report.findings}
    assert labels(workspace) == {"main/a.png": "scratch"}


def test_the_rest_of_several_series_is_asked_for(tmp_path: Path) -> None:
    frames = [capture(f"{series}/a{n}.png") for series in ("day 1", "day 2") for n in range(2)]
    workspace, category = make_workspace(tmp_path / "w", frames)
    mask(tmp_path / "masks/scratch/a1.png")
    with pytest.raises(InputError, match="which frames are the rest\\? There are 2 series: day 1, day 2"):
        import_labels(workspace, category, [tmp_path / "masks"], scope=REST)
    with pytest.raises(InputError, match="there is no series day 3; known: day 1, day 2"):
        import_labels(workspace, category, [tmp_path / "masks"], scope=LabelScope(("day 3",)))
    several = import_labels(workspace, category, [tmp_path / "masks"])
    assert [entry.code for entry in several.findings] == ["CUR502"]  # both days have a frame of that name
    import_labels(workspace, category, [tmp_path / "masks"], scope=LabelScope(("day 2",), rest_is_good=True))
    assert labels(workspace) == {"day 2/a0.png": "good", "day 2/a1.png": "scratch"}


def test_changed_labels_and_regions_are_reported(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture(f"main/{name}.png") for name in "abc"])
    drawn = [task(f"{name}.png", [item("polygon", SQUARE)] * (name != "c"), n) for n, name in enumerate("abc", 1)]
    first = import_labels(workspace, category, [save(tmp_path / "1.json", drawn)])
    assert (first.changed, first.redrawn) == ({}, 0)
    moved = {"points": [[30, 10], [40, 10], [40, 20]], "closed": True}
    drawn[0] = task("a.png", [item("polygon", SQUARE, label="dent")], 1)
    drawn[1] = task("b.png", [item("polygon", moved)], 2)
    again = import_labels(workspace, category, [save(tmp_path / "1.json", drawn)])
    assert (again.changed, again.redrawn) == ({"main/a.png": ("scratch", "dent")}, 1)
    assert again.to_json()["changed"] == {"main/a.png": {"before": "scratch", "now": "dent"}}


def test_a_source_is_stale_when_it_changed_and_is_named(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path, [capture(f"main/{name}.png") for name in "ab"])
    one = save(tmp_path / "one two.json", [task("a.png", [item("polygon", SQUARE)])])
    two = save(tmp_path / "2.json", [task("b.png", [])])
    for path in (one, two):
        import_labels(workspace, category, [path], options=ReadOptions(renames={"kratzer": "scratch"}))
    assert stale(workspace, category) == ()
    save(one, [task("a.png", [])])
    assert stale(workspace, category) == ("one two.json changed since it was imported",)
    check = check_stage(workspace, "label", category)
    assert check
    assert check.command == "curate label import 'one two.json' --rename kratzer=scratch -c part"
    one.unlink()  # it was taken in; nobody can take it in again
    assert stale(workspace, category) == ()


def stale(workspace: Workspace, category: CategoryConfig) -> tuple[str, ...]:
    check = check_stage(workspace, "label", category)
    assert check
    return check.reasons


def test_a_new_defect_concerns_only_the_file_that_speaks_of_it(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path, [capture(f"main/{name}.png") for name in "ab"])
    known = save(tmp_path / "known.json", [task("a.png", [item("polygon", SQUARE)])])
    other = save(tmp_path / "other.json", [task("b.png", [item("polygon", SQUARE, label="rust")])])
    for path in (other, known):
        import_labels(workspace, category, [path])
    assert stale(workspace, category) == ()
    config = tmp_path / "curate.toml"
    config.write_text(config.read_text() + "[categories.part.defects.stain]\n")
    assert stale(workspace, open_workspace(tmp_path)[2][0]) == ()
    config.write_text(config.read_text() + "[categories.part.defects.rust]\n")
    (category,) = open_workspace(tmp_path)[2]
    assert stale(workspace, category) == ("other.json has regions that curate.toml names by now: 1 rust",)
    import_labels(workspace, category, [other])
    assert stale(workspace, category) == ()


def test_frames_that_come_later_concern_only_the_file_that_speaks_of_them(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path, [capture("main/a.png")])
    tasks = [task(f"{name}.png", [item("polygon", SQUARE)], number) for number, name in enumerate("ab", 1)]
    import_labels(workspace, category, [save(tmp_path / "both.json", tasks)])
    import_labels(workspace, category, [save(tmp_path / "a.json", tasks[:1])])
    assert stale(workspace, category) == ()
    write_table(workspace.captures_record(CATEGORY, "late"), [capture("late/c.png")], Capture)
    assert stale(workspace, category) == ()
    write_table(workspace.captures_record(CATEGORY, "late"), [capture("late/b.png")], Capture)
    assert stale(workspace, category) == ("both.json speaks of 1 frame that came later: b.png",)


def test_a_folder_is_read_again_only_where_its_files_were_touched(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png")])
    path = tmp_path / "masks/scratch/a.png"
    mask(path)
    import_labels(workspace, category, [tmp_path / "masks"])
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    assert stale(workspace, category) == ()  # a copy of a disk has other times, and the same bytes
    mask(path, marked=False)
    assert stale(workspace, category) == (f"{tmp_path}/masks changed since it was imported",)


def test_labels_none_of_which_can_be_used_are_not_done(tmp_path: Path) -> None:  # line/05_status_untrue
    workspace, category = make_workspace(tmp_path, [capture(f"main/{name}.png") for name in "ab"])
    tasks = [task("a.png", [item("polygon", SQUARE, label="rust")], 1), task("b.png", [], 2)]
    import_labels(workspace, category, [save(tmp_path / "e.json", tasks)])
    check = check_stage(workspace, "label", category)
    assert check
    assert check.failed == "no region was taken, curate.toml names none of these defects: 1 rust"
    import_labels(workspace, category, [save(tmp_path / "f.json", [task("b.png", [], 2)])])
    check = check_stage(workspace, "label", category)
    assert check
    assert check.failed == ""


def test_the_words_of_a_command_are_those_that_were_typed() -> None:
    options = ReadOptions("dent", {"b": "c", "0": "dent"}, "deg", split_masks=True, legend={(60, 60, 60): "dent"})
    words = words_of(["a b.json"], "coco", options, OpinionChoice("eva", "majority"), LabelScope(("main",)))
    assert " ".join(words) == (
        "label import a b.json --format coco --defect dent --rename 0=dent --rename b=c --angle-unit deg "
        "--split-masks --values 60=dent --annotator eva --merge majority --series main"
    )
