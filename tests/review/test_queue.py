from __future__ import annotations

from pathlib import Path

import pytest

from curate.model.config import CategoryConfig
from curate.model.decision import Decision, standing
from curate.model.rows import SplitRow
from curate.model.screening import Screening
from curate.review.measured import measured
from curate.review.navigation import QueueEntry, QueueFilter, parse_filter, progress, steps
from curate.review.queue import FrameFinding, Records, is_decided, stage_items, with_decided
from curate.review.snapshot import read_records
from curate.workspace.workspace import open_workspace
from tests.review.bench import EVIL, NAMES, write_workspace
from tests.workspaces import capture, row


@pytest.fixture
def records(tmp_path: Path) -> Records:
    write_workspace(tmp_path)
    workspace, _, configs = open_workspace(tmp_path)
    return read_records(workspace, configs[0])


def decision(number: int, frame: str, kind: str, verdict: str, **more: object) -> Decision:
    return Decision(frame, kind, verdict, id=number, at="2026-03-02T06:00:00Z", **more)  # type: ignore[arg-type]


def test_everything_that_was_set_aside_is_there_in_order(records: Records) -> None:
    items = stage_items(records)
    assert [(item.stage, item.frame, item.status) for item in items] == [
        ("crop", EVIL, "review"),
        ("crop", NAMES[5], "rejected"),
        ("screen", NAMES[1], "rejected"),
        ("screen", NAMES[2], "rejected"),
        ("screen", NAMES[3], "borderline"),
        ("split", NAMES[6], "left out"),
    ]
    assert items[0].reason == "weak: score 0.15 < 0.20"
    assert items[3].twins == (NAMES[1],)
    assert len({item.id for item in items}) == len(items)


def test_a_frame_that_only_lacks_a_window_is_told_once(records: Records) -> None:
    assert [item.kind for item in stage_items(records) if item.frame == NAMES[5]] == ["window"]


def test_another_window_only(records: Records) -> None:
    assert [item.stage for item in stage_items(records, window="other")] == ["screen", "screen", "screen", "split"]


def test_values_stand_beside_their_limits(records: Records) -> None:
    by_frame = {item.frame: item.measures for item in stage_items(records)}
    (blur,) = by_frame[NAMES[1]]
    # The median is 10; at least 0.42 of it is wanted.
    assert (blur.title, blur.value, blur.limit) == ("Sharpness", "1", "at least 4.2")
    assert blur.severity == pytest.approx(2.654, abs=1e-3)  # log(10) / log(1 / 0.42)
    (repeat,) = by_frame[NAMES[2]]
    assert (repeat.value, repeat.limit) == ("0.02", "at least 0.14")
    (clipped,) = by_frame[NAMES[3]]
    assert (clipped.value, clipped.limit) == ("12.0%", "at most 15.0%")
    assert clipped.severity == pytest.approx(0.8)


@pytest.mark.parametrize(("brightness", "limit"), [(40.0, "at least 70.4"), (250.0, "at most 142")])
def test_light_has_a_limit_either_way(records: Records, brightness: float, limit: str) -> None:
    rows = [
        row(Screening, frame=f"main/{index}", decision="keep", decided_by="rule", measured_on="window", sharpness=1.0,
            noise=1.0, brightness=brightness if index == 10 else 100.0, clipped=0.0, black=0.0, contrast=0.2)
        for index in range(20)
    ]  # fmt: skip
    (light,) = measured(rows, records.category.screen, 0.7)["main/10"]
    assert light.limit == limit  # 100 / 1.42 and 100 · 1.42


def test_frames_that_nobody_measured_have_no_limits(records: Records) -> None:
    rows = [row(Screening, frame=f"main/{index}", decision="reject", reason="match") for index in range(9)]
    assert measured(rows, records.category.screen, 0.7) == {}


def test_a_finding_is_told_of_its_frames(records: Records) -> None:
    abouts = [
        FrameFinding("CUR303", "is a copy", "warning", NAMES[7], (NAMES[7], NAMES[8], "main/gone.png")),
        FrameFinding("CUR302", "3 pairs", "error", "build/autovi/part", (NAMES[0], NAMES[1])),
    ]
    found = [item for item in stage_items(records, abouts) if item.stage == "validate"]
    assert [(item.status, item.subject, item.frame) for item in found] == [
        ("error", "build/autovi/part", NAMES[0]),
        ("warning", NAMES[7], NAMES[7]),
    ]
    assert found[1].reason == "the same file twice in a split: is a copy"
    assert found[1].twins == (NAMES[8],)


def test_what_is_decided_stays_in_the_queue_after_the_stages_followed(records: Records) -> None:
    clean = Records(records.category, records.captures)
    of_export = decision(2, "build/x", "finding", "accept", code="CUR301")
    stands = standing([decision(1, NAMES[0], "frame", "reject"), of_export])
    items = with_decided(stage_items(clean), clean, stands)
    assert [(item.stage, item.frame, item.subject, item.status) for item in items] == [
        ("screen", NAMES[0], NAMES[0], "decided"),
        ("validate", "", "build/x", "decided"),
    ]
    assert with_decided(stage_items(clean), clean, standing([])) == []


def test_a_rejected_frame_settles_all_that_is_about_it(records: Records) -> None:
    items = {item.stage: item for item in stage_items(records) if item.frame in {EVIL, NAMES[6]}}
    nothing = standing([])
    assert not is_decided(items["crop"], nothing)
    assert is_decided(items["crop"], standing([decision(1, EVIL, "frame", "reject")]))
    assert not is_decided(items["crop"], standing([decision(1, EVIL, "frame", "keep")]))
    assert not is_decided(items["crop"], standing([decision(1, EVIL, "window", "accept", window="other")]))
    assert is_decided(items["crop"], standing([decision(1, EVIL, "window", "accept", window="default")]))
    assert is_decided(items["split"], standing([decision(1, NAMES[6], "label", "dent")]))


def test_a_label_settles_a_finding_about_the_frame(records: Records) -> None:
    about = FrameFinding("CUR304", "two labels", "error", NAMES[7], (NAMES[7],))
    (item,) = [item for item in stage_items(records, [about]) if item.stage == "validate"]
    assert is_decided(item, standing([decision(1, NAMES[7], "label", "dent")]))


def test_frames_labelled_since_are_no_longer_in_the_queue() -> None:
    frame = "main/a.png"
    split = (SplitRow(frame, "", "", "not labelled"),)
    captures = (capture(frame, label="good"),)
    assert stage_items(Records(CategoryConfig("part"), captures, split=split, labels={frame: "good"})) == []
    assert len(stage_items(Records(CategoryConfig("part"), captures, split=split))) == 1


def test_steps_go_round_to_what_is_still_open(records: Records) -> None:
    items = stage_items(records)
    entries = [QueueEntry(item, decided=index != 1) for index, item in enumerate(items)]
    assert str(progress(entries, QueueFilter())) == "5 of 6 decided"
    assert str(progress(entries, QueueFilter(stage="crop", state="decided"))) == "1 of 2 decided"
    last = steps(entries, 5, QueueFilter())
    assert (last.before, last.behind, last.next_open) == (items[4].id, "", items[1].id)
    only_screen = steps(entries, 2, QueueFilter(stage="screen"))
    assert (only_screen.before, only_screen.behind, only_screen.next_open) == ("", items[3].id, "")
    still_open = steps(entries, 5, QueueFilter(state="open"))
    assert (still_open.before, still_open.behind) == (items[1].id, "")


def test_a_filter_that_nobody_knows_lets_everything_through() -> None:
    assert parse_filter({"category": "x", "stage": "y", "state": "z"}, ["part"]) == QueueFilter()
    assert parse_filter({"category": "part", "stage": "crop", "state": "open"}, ["part"]).query == {
        "category": "part",
        "stage": "crop",
        "state": "open",
    }
