"""What can be wrong with a split, by hand: each finding with its frames, and splits that are silent."""

from __future__ import annotations

import pytest

from curate.model.capture import Capture
from curate.model.rows import SplitRow
from curate.split.checks import check_split
from curate.split.order import ShootingOrder
from tests.workspaces import capture

RECORD = "records/splits/default/part.csv"


def findings(
    *placed: tuple[str, str], reasons: dict[int, str] | None = None, each_series: bool = False, **columns: list[str]
) -> list[tuple[str, str, tuple[str, ...]]]:
    """Check frames f0, f1 … of (label, side), with more columns of their captures; return code, message and frames."""
    captures: list[Capture] = []
    rows = []
    for place, (label, side) in enumerate(placed):
        own = {name: values[place] for name, values in columns.items()}
        frame = f"{own.pop('series', 'main')}/f{place}"
        captures.append(capture(frame, **{"sha256": f"{place:064x}", **own}))
        rows.append(SplitRow(frame, label, side, (reasons or {}).get(place, "")))
    order = ShootingOrder(tuple(captures), (None,) * len(captures))
    found = check_split(rows, order, RECORD, each_series=each_series)
    assert all(finding.path == RECORD for finding in found)
    return [(finding.code, finding.message, finding.related) for finding in found]


SOUND = (("good", "train"), ("good", "val"), ("good", "test"), ("dent", "test"))


def test_a_sound_split_is_silent() -> None:
    assert findings(*SOUND) == []
    assert findings(("dent", "train"), *SOUND) == []  # supervised


def test_frames_without_a_label_are_counted_and_named() -> None:
    placed = [*SOUND, *[("", "")] * 12]
    reasons = dict.fromkeys(range(4, 16), "not labelled")
    ((code, message, related),) = findings(*placed, reasons=reasons)
    assert (code, message) == ("CUR551", "12 of 16 frames have no label and are on no side of the split")
    assert related == tuple(f"main/f{place}" for place in range(4, 16))
    assert findings(*placed, reasons=dict.fromkeys(range(4, 16), "set aside by screening: blur")) == []
    assert findings(*SOUND, ("good", ""), reasons={4: "not labelled"}) == []


@pytest.mark.parametrize(("empty", "other"), [("train", "test"), ("test", "train")])
def test_a_side_without_good_frames(empty: str, other: str) -> None:
    found = findings(("good", other), ("good", "val"), ("dent", "test"), ("good", ""))
    assert found == [("CUR552", f"no good frame is in {empty}, of 3 good frames in all", ())]


def test_no_validation_is_no_fault() -> None:
    assert findings(("good", "train"), ("good", "test"), ("dent", "test")) == []


def test_one_file_on_two_sides() -> None:
    twice = ["a", "b", "a", "c", "a", ""]
    placed = (("good", "train"), ("good", "train"), ("good", "test"), ("dent", "test"), ("good", "test"), ("good", ""))
    found = findings(*placed, sha256=twice)
    assert found == [("CUR301", "main/f0 has the same bytes as a frame of another side", ("main/f2", "main/f4"))]
    assert findings(*placed[:2], ("dent", "test"), ("good", "test"), sha256=["a", "a", "b", "b"]) == []
    assert findings(*placed[:4], ("good", ""), sha256=["x", "y", "z", "w", "x"]) == []  # on no side


def test_one_specimen_on_two_sides() -> None:
    parts = ["p1", "p2", "p1", "", "p2"]
    placed = (("good", "train"), ("good", "val"), ("good", "test"), ("dent", "test"), ("good", "test"))
    found = findings(*placed, specimen=parts)
    assert [(code, message) for code, message, _ in found] == [
        ("CUR306", "2 frames of specimen p1 are on several sides"),
        ("CUR306", "2 frames of specimen p2 are on several sides"),
    ]
    assert [related for _, _, related in found] == [("main/f0", "main/f2"), ("main/f1", "main/f4")]
    many = [("good", "train")] * 8 + [("good", "test")] * 8 + [("dent", "test")]
    ((_, message, related),) = findings(*many, specimen=["p"] * 16 + [""])
    assert message == "16 frames of specimen p are on several sides"
    assert len(related) == 16


def test_a_good_test_frame_before_the_last_training_frame() -> None:
    placed = (("good", "test"), ("good", "train"), ("dent", "test"), ("good", "test"), ("good", "val"))
    assert findings(*placed) == [
        ("CUR750", "1 of 2 good test frames were shot before the last training frame", ("main/f0",))
    ]
    # Validation and defects may lie before the end of training.
    assert findings(("good", "val"), ("dent", "test"), ("good", "train"), ("good", "test")) == []
    many = [("good", "test")] * 12 + [("good", "train"), ("dent", "test")]
    assert findings(*many)[0][2] == tuple(f"main/f{place}" for place in range(12))


def test_where_each_series_is_divided_only_inside_one_may_nothing_look_ahead() -> None:
    placed = (("good", "train"), ("good", "test"), ("dent", "test"), ("good", "train"), ("good", "test"))
    series = ["a", "a", "a", "b", "b"]
    assert findings(*placed, series=series, each_series=True) == []
    assert [code for code, _, _ in findings(*placed, series=series)] == ["CUR750"]
    ahead = (("good", "test"), ("good", "train"), ("dent", "test"), ("good", "train"), ("good", "test"))
    assert [related for _, _, related in findings(*ahead, series=series, each_series=True)] == [("a/f0",)]
    # A series without any training frame has nothing to look ahead to.
    assert findings(*placed[:3], ("good", "test"), ("good", "test"), series=series, each_series=True) == []


def test_defects_that_a_side_lacks() -> None:
    good = (("good", "train"), ("good", "test"))
    assert findings(*good) == [("CUR557", "no frame of the split shows a defect", ())]
    assert [message for _, message, _ in findings(*good, ("dent", "val"))] == ["no frame that shows dent is in test"]
    supervised = findings(("dent", "train"), *good, ("scratch", "test"))
    assert [message for _, message, _ in supervised] == [
        "no frame that shows dent is in test",
        "no frame that shows scratch is in train",
    ]
    assert findings(("dent", "train"), *good, ("dent", "test")) == []
    assert [message for _, message, _ in findings(*good, ("dent", ""))] == ["no frame of the split shows a defect"]


def test_an_order_that_rests_on_names_is_said() -> None:
    order = ShootingOrder(
        tuple(capture(f"main/f{n}") for n in range(4)), (None,) * 4, "by names, because", certain=False
    )
    rows = [SplitRow(f"main/f{place}", label, side, "") for place, (label, side) in enumerate(SOUND)]
    found = check_split(rows, order, RECORD)
    assert [finding.message for finding in found if finding.code == "CUR751"] == ["by names, because"]
