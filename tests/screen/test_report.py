from __future__ import annotations

from curate.model.screening import Screening
from curate.screen.report import ScreenReport, about_labels


def row(frame: str, reason: str = "", decision: str = "") -> Screening:
    return Screening(
        frame, "reject" if (decision or ("reject" if reason else "keep")) == "reject" else "keep", reason, "rule",
        "window", None, None, None, None, None, None, None, None, None,
    )  # fmt: skip


def test_defects_that_go_more_often_than_good_frames_are_said_loudly() -> None:
    rows = [row(f"g{index}", "blur" if index < 2 else "") for index in range(100)]
    rows += [row(f"s{index}", "obstruction" if index < 3 else "") for index in range(10)]
    labels = {entry.frame: "good" if entry.frame.startswith("g") else "scratch" for entry in rows}
    (finding,) = about_labels(rows, labels, "clip")
    assert finding.code == "CUR741"
    assert finding.message == (
        "3 of 10 frames with 'scratch' are set aside (30.0%), 2 of 100 good ones (2.0%); for obstruction 3"
    )
    assert finding.related == ("s0", "s1", "s2")


def test_defects_that_go_as_often_as_good_frames_are_not() -> None:
    rows = [row("g0", "blur"), row("g1"), row("s0", "blur"), row("s1")]
    assert about_labels(rows, {"g0": "good", "g1": "good", "s0": "dent", "s1": "dent"}, "clip") == ()


def test_counts() -> None:
    rows = (row("a", "blur light"), row("b"), row("c", "", "reject"))
    report = ScreenReport("clip", rows, {"a": "good"}, (), (), dry_run=False)
    assert report.reasons == {"blur": 1, "by hand": 1, "light": 1}
    assert report.by_label == {"": (2, 1), "good": (1, 1)}
