from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curate.errors import InputError
from curate.label.run import agreement, import_labels, set_thresholds
from curate.model.defect import Saturation
from curate.workspace.annotations import read_annotations
from tests.annotated import capture, item, make_workspace, save, task


def box(x: float, label: str = "scratch", key: str = "r") -> dict[str, Any]:
    return item("rectangle", {"x": x, "y": 10, "width": 10, "height": 10}, key, label)


def by(person: str, *items: dict[str, Any], at: str = "1") -> dict[str, Any]:
    return {"id": person + at, "completed_by": person, "updated_at": at, "result": list(items)}


def test_pairs_defects_and_what_to_discuss_first(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture(f"main/{name}.png") for name in "abc"])
    tasks = [task(f"{name}.png", [], number) for number, name in enumerate("abc", 1)]
    # a: half of each rectangle is shared; b: only one saw a dent; c: nobody drew anything.
    tasks[0]["annotations"] = [by("ann", box(50), at="0"), by("ann", box(10)), by("bob", box(15))]
    tasks[1]["annotations"] = [by("ann", box(10), box(40, "dent", "d")), by("bob", box(10))]
    tasks[2]["annotations"] = [by("ann"), by("bob")]
    report = agreement(workspace, category, [save(tmp_path / "e.json", tasks)])
    assert report.findings == ()
    found = {(pair.first, pair.second, pair.defect): pair for pair in report.pairs}
    assert sorted(found) == [("ann", "bob", "dent"), ("ann", "bob", "scratch")]
    scratch = found["ann", "bob", "scratch"]
    # IoU of two equal boxes shifted by half their width is 1/3, Dice 1/2; the other picture agrees wholly.
    assert scratch.pictures == 2
    assert scratch.mean_iou == pytest.approx(2 / 3)
    assert scratch.mean_dice == pytest.approx(0.75)
    assert found["ann", "bob", "dent"].mean_iou == 0
    assert [(entry.frame, entry.defect) for entry in report.comparisons] == [
        ("main/b.png", "dent"),
        ("main/a.png", "scratch"),
        ("main/b.png", "scratch"),
    ]
    assert not workspace.annotations("part").exists()


def test_thresholds_of_single_regions_from_a_table(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png")])
    tasks = [task("a.png", [box(10, key="one"), box(40, key="two")])]
    import_labels(workspace, category, [save(tmp_path / "e.json", tasks)])
    table = tmp_path / "t.csv"
    table.write_text(
        "region,frame,saturation\none,main/a.png,12 px\ntwo,main/a.png,7 miles\nthree,main/a.png,0.5\n",
        encoding="utf-8",
    )
    count, findings = set_thresholds(workspace, category, table)
    assert count == 1
    assert [(finding.code, finding.path) for finding in findings] == [
        ("CUR512", "t.csv#line-3"),
        ("CUR512", "t.csv#line-4"),
    ]
    (annotation,) = read_annotations(workspace.annotations("part")).values()
    assert [region.saturation for region in annotation.regions] == [Saturation(12, relative=False), None]
    table.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks the column frame, region, saturation"):
        set_thresholds(workspace, category, table)
