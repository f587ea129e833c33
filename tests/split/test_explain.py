"""What is said about a split, word by word; subsets, given splits and merged series by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from curate.model.rows import SplitRow
from curate.split.explain import explain, shares, supervision_of
from curate.split.given import given, side_of
from curate.split.grouped import grouped, seeded_key
from curate.split.labelled_frames import LabelledFrame
from curate.split.order import ShootingOrder, parse_time, shooting_order
from curate.split.subsets import few_shot, imbalance
from tests.workspaces import capture


def rows_of(*placed: tuple[str, str]) -> list[SplitRow]:
    return [SplitRow(f"main/f{place}", label, side, f"why {side}") for place, (label, side) in enumerate(placed)]


def test_every_sentence() -> None:
    placed = [("good", "train"), ("dent", "test"), ("good", "train"), ("good", "val"), ("", ""), ("good", "")]
    rows = rows_of(*placed, ("scratch", "test"), ("good", "test"), ("scratch", "test"))
    captures = tuple(
        capture(
            row.frame,
            ordered_by="counter" if place else "",
            shot_from="exif" if place < 7 else "",
            shot_at=f"T{place}" if place < 7 else "",
        )
        for place, row in enumerate(rows)
    )
    order = ShootingOrder(captures, (None,) * 9, "series merged by the time of their frames")
    assert explain(order, rows, "none") == (
        f"9 frames in the order of the captures record, evidence: counter (8), exif (1); {order.evidence}",
        "train: 2 good frames, from main/f0 (T0) to main/f2 (T2)",
        "val: 1 good frame, from main/f3 (T3) to main/f3 (T3)",
        "test: 1 good frame, from main/f7 to main/f7",
        "3 defects: dent 1 in test, scratch 2 in test; 1 of them tested although shot before the last training frame",
        "left out: 2 frames, why ",
        "proportions: train 29%, usual 50 to 70 %; val 14%, usual 15 to 30 %; test 57%, usual 15 to 30 %",
        "supervision: none, no defect trains",
    )


def test_nothing_is_said_about_nothing() -> None:
    order = ShootingOrder((capture("main/f0", shot_from=""),), (None,))
    assert explain(order, rows_of(("", "")), "weak") == (
        "1 frames in the order of the captures record, evidence: unknown (1)",
        "left out: 1 frame, why ",
        "supervision: weak, defects train with their label only",
    )
    assert explain(ShootingOrder((), ()), [], "mixed")[0].endswith("evidence: none")
    assert explain(ShootingOrder((), ()), [], "mixed")[-1].startswith("supervision: mixed")
    assert explain(ShootingOrder((), ()), [], "strong")[-1].startswith("supervision: strong")


@pytest.mark.parametrize(
    ("train", "val", "test", "said"),
    [
        (50, 25, 25, "train 50%; val 25%; test 25%"),
        (70, 15, 15, "train 70%; val 15%; test 15%"),
        (49, 21, 30, "train 49%, usual 50 to 70 %; val 21%; test 30%"),
        (71, 15, 14, "train 71%, usual 50 to 70 %; val 15%; test 14%, usual 15 to 30 %"),
        (55, 31, 14, "train 55%; val 31%, usual 15 to 30 %; test 14%, usual 15 to 30 %"),
        (55, 14, 31, "train 55%; val 14%, usual 15 to 30 %; test 31%, usual 15 to 30 %"),
    ],
)
def test_usual_proportions(train: int, val: int, test: int, said: str) -> None:
    rows = rows_of(*[("good", "train")] * train, *[("good", "val")] * val, *[("good", "test")] * test, ("", ""))
    assert shares(rows) == {"train": train / 100, "val": val / 100, "test": test / 100}
    order = ShootingOrder(tuple(capture(row.frame) for row in rows), (None,) * len(rows))
    assert f"proportions: {said}" in explain(order, rows, "none")


def test_supervision() -> None:
    rows = rows_of(("good", "train"), ("dent", "train"), ("dent", "train"), ("dent", "test"), ("", ""))
    none = dict.fromkeys((row.frame for row in rows), False)
    assert supervision_of([rows[0], *rows[3:]], none) == "none"
    assert supervision_of(rows, {**none, "main/f0": True, "main/f3": True}) == "weak"
    assert supervision_of(rows, {**none, "main/f2": True}) == "mixed"
    assert supervision_of(rows, {**none, "main/f1": True, "main/f2": True}) == "strong"


TRAINING = rows_of(*[("good", "train")] * 6, *[("dent", "train")] * 5, ("good", "test"), ("dent", "val"), ("", ""))
LATER = [SplitRow(f"main/s{place}", "scratch", "train", "") for place in range(4)]  # sorts behind good


def kept(rows: tuple[SplitRow, ...], label: str) -> set[str]:
    return {row.frame for row in rows if row.side == "train" and row.label == label}


def test_few_shots_by_hand() -> None:
    variants = few_shot(TRAINING, [2, 1, 9], 2, 7)
    assert [variant.suffix for variant in variants] == [f"{shot}shot-r{r}" for r in (1, 2) for shot in (1, 2, 9)]
    for place, variant in enumerate(variants):
        repeat = place // 3 + 1
        for label in ("good", "dent"):
            names = [row.frame for row in TRAINING if row.side == "train" and row.label == label]
            ranked = sorted(names, key=lambda name: seeded_key(7 * 1_000_003 + repeat, name))
            assert kept(variant.rows, label) == set(ranked[: (1, 2, 9)[place % 3]])
        assert [row for row in variant.rows if row.side in {"val", "test"}] == TRAINING[11:13]
        assert [row.frame for row in variant.rows] == [row.frame for row in TRAINING]
    assert {row.reason for row in variants[0].rows[:11] if not row.side} == {"not among the 1 shot of repeat 1"}
    assert {row.reason for row in variants[4].rows[:11] if not row.side} == {"not among the 2 shots of repeat 2"}


def test_imbalance_by_hand() -> None:
    variants = imbalance(TRAINING, [0.5, 0.01, 0.2], 3)
    assert [variant.suffix for variant in variants] == ["1pct", "20pct", "50pct"]
    dents = sorted((f"main/f{place}" for place in range(6, 11)), key=lambda name: seeded_key(3, name))
    assert [kept(variant.rows, "dent") for variant in variants] == [set(dents[:1]), set(dents[:1]), set(dents[:3])]
    assert all(len(kept(variant.rows, "good")) == 6 for variant in variants)
    assert {row.reason for row in variants[1].rows[:11] if not row.side} == {
        "not among the 20% of the training defects"
    }
    assert [row for row in variants[0].rows if row.side in {"val", "test"}] == TRAINING[11:13]


def test_imbalance_holds_for_every_defect_whatever_its_name() -> None:
    (variant,) = imbalance([*TRAINING, *LATER], [0.5], 3)
    assert [len(kept(variant.rows, label)) for label in ("good", "dent", "scratch")] == [6, 3, 2]


def test_a_key_is_the_same_everywhere() -> None:
    # sha256 of "5/main/f0", computed with another program.
    assert seeded_key(5, "main/f0") == "239a5b7ef066a1233aac3455f5750aa746ca8042fb07a0b965960a423a10b77a"


CAPTURES = [capture("main/a.jpg", source="x/a.jpg"), capture("main/b.jpg", source="y/b.jpg")]
FRAMES = [LabelledFrame("main/a.jpg", "good"), LabelledFrame("main/b.jpg", "")]


def test_reasons_of_a_given_split() -> None:
    rows, unmatched, conflicting = given(
        FRAMES, CAPTURES, [("a.jpg", "train"), ("a", "train"), ("z", "test"), ("z", "val")]
    )
    assert [(row.frame, row.label, row.side, row.reason) for row in rows] == [
        ("main/a.jpg", "good", "train", "as the given split says"),
        ("main/b.jpg", "", "", "not labelled"),
    ]
    assert (unmatched, conflicting) == (["z"], [])
    rows, unmatched, conflicting = given(FRAMES, CAPTURES, [("x/a.jpg", "val"), ("main\\a.jpg", "test")])
    assert (rows[0].side, rows[0].reason, conflicting) == ("", "the given split names two sides", ["main/a.jpg"])
    rows, _, _ = given(FRAMES, CAPTURES, [])
    assert rows[0].reason == "not in the given split"


@pytest.mark.parametrize(
    ("words", "side"),
    [
        (("train", " Training"), "train"),
        (("VAL", "valid", "validation", "dev"), "val"),
        (("test", "Testing "), "test"),
        (("holdout", ""), ""),
    ],
)
def test_what_others_call_the_sides(words: tuple[str, ...], side: str) -> None:
    assert {side_of(word) for word in words} == {side}


def test_groups_train_until_they_hold_what_is_wanted() -> None:
    frames = [LabelledFrame(f"f{place}", label, group=group) for place, (label, group) in enumerate(
        [("good", "a"), ("good", "b"), ("dent", "b"), ("good", "c"), ("", "c"), ("good", "d"), ("good", "")]
    )]  # fmt: skip
    placed = [(row.side, row.reason) for row in grouped(frames, 2, 1)]
    assert placed == [
        ("train", "with its whole group"),
        ("test", "its group shows a defect"),
        ("test", "its group shows a defect"),
        ("train", "with its whole group"),
        ("", "not labelled"),
        ("val", "with its whole group"),
        ("test", "with its whole group"),
    ]
    # With supervision the rarest label decides: a single dent tests, with its group.
    supervised = [row.side for row in grouped(frames, 2, 1, supervised=True)]
    assert supervised == ["train", "test", "test", "train", "", "val", "test"]
    assert [row.side for row in grouped(frames, 0.5)] == ["train", "test", "test", "train", "", "test", "test"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [("2024-01-01T10:00:00", datetime(2024, 1, 1, 10)), ("later", None), ("", None)],  # noqa: DTZ001 - local time
)
def test_times_of_records(text: str, moment: datetime | None) -> None:
    assert parse_time(text) == moment


def test_one_series_alone_is_certain_without_any_time() -> None:
    order = shooting_order({"a": [capture("a/1", shot_at="")], "b": []})
    assert (order.certain, order.evidence, order.moments) == (True, "", (None,))
    order = shooting_order({"a": [capture("a/1", shot_at="2024-01-01T10:00:00")]})
    assert (order.certain, order.evidence) == (True, "")


def test_what_is_said_of_series_in_the_order_of_their_names() -> None:
    times = {"b10": "2024-01-01T10:00:00", "b9": "", "b1": ""}
    order = shooting_order({name: [capture(f"{name}/1", shot_at=time)] for name, time in times.items()})
    assert [entry.frame for entry in order.captures] == ["b1/1", "b9/1", "b10/1"]
    assert (order.certain, order.evidence) == (
        False,
        "series in order of their names, because no frame of b1, b9 has a time",
    )
    mixed = {"a": "2024-01-01T10:00:00Z", "b": "2024-01-01T09:00:00"}
    order = shooting_order({name: [capture(f"{name}/1", shot_at=time)] for name, time in mixed.items()})
    assert order.evidence.endswith("because some times have a UTC offset and others have none")


def test_a_frame_without_a_time_counts_as_shot_with_the_one_before_it() -> None:
    series = {"a": ["", "2024-01-01T10:00:00", "", "2024-01-01T09:00:00"], "b": ["2024-01-01T10:00:00"]}
    order = shooting_order(
        {name: [capture(f"{name}/{n}", shot_at=time) for n, time in enumerate(times)] for name, times in series.items()}
    )
    ten = datetime(2024, 1, 1, 10)  # noqa: DTZ001 - local time
    assert order.moments == (ten,) * 5
    assert [entry.frame for entry in order.captures] == ["a/0", "a/1", "a/2", "a/3", "b/0"]
    assert order.evidence == "series merged by the time of their frames"


def test_a_series_with_and_without_offsets_is_read_by_the_clock_on_the_wall() -> None:
    times = ["2024-01-01T10:00:00+02:00", "2024-01-01T10:30:00"]
    order = shooting_order({"a": [capture(f"a/{n}", shot_at=time) for n, time in enumerate(times)]})
    assert order.moments == (datetime(2024, 1, 1, 10), datetime(2024, 1, 1, 10, 30))  # noqa: DTZ001 - local time
