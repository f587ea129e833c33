from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import InputError
from curate.model.config import SplitConfig
from curate.model.rows import SplitRow
from curate.split.chronological import chronological, parse_gap
from curate.split.grouped import folds
from curate.split.labelled_frames import LabelledFrame, SplitVariant
from curate.split.policies import plan_split

START = datetime(2024, 5, 1, 8)  # noqa: DTZ001 - cameras write local time without an offset
LABELS = st.lists(st.sampled_from(["good", "good", "good", "dent", "scratch", ""]), min_size=1, max_size=50)
GROUPED = st.lists(
    st.tuples(st.sampled_from(["good", "good", "dent", ""]), st.sampled_from("abcdefgh")), min_size=1, max_size=60
)


def frames(labels: list[str], groups: list[str] | None = None, series: list[str] | None = None) -> list[LabelledFrame]:
    return [
        LabelledFrame(
            frame=f"main/{place:02d}.png",
            label=label,
            moment=START + timedelta(minutes=place),
            series=series[place] if series else "main",
            group=groups[place] if groups else "",
        )
        for place, label in enumerate(labels)
    ]


def sides(rows: tuple[SplitRow, ...]) -> list[str]:
    return [row.side for row in rows]


def only(variants: list[SplitVariant]) -> tuple[SplitRow, ...]:
    (variant,) = variants
    assert variant.suffix == ""
    return variant.rows


def test_validation_lies_between_training_and_test() -> None:
    rows = chronological(frames(["good"] * 10), 0.5, 0.2)
    assert sides(rows) == ["train"] * 5 + ["val"] * 2 + ["test"] * 3


def test_a_gap_belongs_to_neither_side() -> None:
    rows = chronological(frames(["good"] * 10), 4, 2, 1)
    assert sides(rows) == ["train"] * 4 + [""] + ["val"] * 2 + [""] + ["test"] * 2
    assert rows[4].reason == "in the gap between two sides"


def test_a_gap_in_minutes_counts_from_the_last_frame() -> None:
    rows = chronological(frames(["good"] * 10), 4, 0, "3 min")
    # The last training frame is of minute 3: minutes 4 and 5 are less than three minutes later.
    assert sides(rows) == ["train"] * 4 + [""] * 2 + ["test"] * 4


def test_until_a_date() -> None:
    rows = chronological(frames(["good"] * 6), "2024-05-01T08:03", "2024-05-01T08:05")
    assert sides(rows) == ["train"] * 3 + ["val"] * 2 + ["test"]


def test_a_date_needs_times() -> None:
    with pytest.raises(InputError, match="has no time"):
        chronological([LabelledFrame("a/1.png", "good")], "2024-05-01")


def test_supervised_defects_follow_the_cut() -> None:
    labels = ["good", "dent", "good", "dent", "good", "good"]
    assert sides(chronological(frames(labels), 0.5, supervised=True)) == [
        "train",
        "train",
        "train",
        "test",
        "test",
        "test",
    ]


@given(LABELS, st.integers(1, 20), st.integers(0, 5), st.integers(0, 4), st.booleans())
def test_supervised_or_not_no_side_looks_ahead(
    labels: list[str],
    train: int,
    val: int,
    gap: int,
    supervised: bool,  # noqa: FBT001 - hypothesis passes it by name
) -> None:
    rows = chronological(frames(labels), train, val, gap, supervised=supervised)
    strict = [row for row in rows if row.label == "good" or (supervised and row.label)]
    order = [row.side for row in strict if row.side]
    assert order == sorted(order, key=["train", "val", "test"].index)
    assert sum(row.side == "train" and row.label == "good" for row in rows) == min(train, labels.count("good"))
    places = {
        side: [place for place, row in enumerate(rows) if row.side == side and row in strict]
        for side in ("train", "val", "test")
    }
    for before, after in (("train", "val"), ("val", "test"), ("train", "test")):
        if places[before] and places[after]:
            assert places[after][0] - places[before][-1] > gap


def test_each_series_is_divided_on_its_own() -> None:
    config = SplitConfig(each="series", train=0.5)
    rows = only(plan_split(frames(["good"] * 6, series=list("abaabb")), config))
    assert sides(rows) == ["train", "train", "test", "test", "test", "test"]
    assert [row.frame for row in rows] == [f"main/{place:02d}.png" for place in range(6)]


@given(GROUPED, st.integers(1, 20), st.integers(0, 5), st.booleans())
def test_groups_never_straddle(items: list[tuple[str, str]], train: int, val: int, supervised: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
    labels, groups = [label for label, _ in items], [group for _, group in items]
    config = SplitConfig(policy="grouped", by="specimen", train=train, val=val, supervised=supervised)
    rows = only(plan_split(frames(labels, groups), config))
    held: dict[str, set[str]] = {}
    for row, group in zip(rows, groups, strict=True):
        if row.side:
            held.setdefault(group, set()).add(row.side)
    assert all(len(found) == 1 for found in held.values())
    assert all(bool(row.side) == bool(row.label) for row in rows)
    assert supervised or all(row.label == "good" for row in rows if row.side in {"train", "val"})


@settings(deadline=None)
@given(GROUPED, st.integers(2, 4), st.integers(0, 3), st.booleans())
def test_folds_partition_whole_groups(items: list[tuple[str, str]], count: int, seed: int, supervised: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
    labels, groups = [label for label, _ in items], [group for _, group in items]
    config = SplitConfig(policy="k-fold", by="specimen", folds=count, seed=seed, supervised=supervised)
    try:
        variants = plan_split(frames(labels, groups), config)
    except InputError:
        return
    assert [variant.suffix for variant in variants] == [f"fold{number}" for number in range(1, count + 1)]
    mixed = {group for label, group in items if label == "dent"} if not supervised else set()
    for place, (label, group) in enumerate(items):
        tested = [variant.rows[place].side == "test" for variant in variants]
        if not label:
            assert not any(variant.rows[place].side for variant in variants)
        else:
            assert sum(tested) == (count if group in mixed else 1)
    for variant in variants:
        held: dict[str, set[str]] = {}
        for row, group in zip(variant.rows, groups, strict=True):
            if row.side:
                held.setdefault(group, set()).add(row.side)
        assert all(len(found) == 1 for found in held.values())


def test_folds_are_stratified() -> None:
    labels = ["good"] * 40 + ["dent"] * 10 + ["scratch"] * 5
    variants = plan_split(frames(labels), SplitConfig(policy="k-fold", folds=5, supervised=True))
    for variant in variants:
        tested = Counter(row.label for row in variant.rows if row.side == "test")
        assert tested == {"good": 8, "dent": 2, "scratch": 1}


def test_too_few_groups_for_the_folds() -> None:
    with pytest.raises(InputError, match="5 folds need at least as many groups, found 3"):
        plan_split(frames(["good"] * 3), SplitConfig(policy="k-fold", folds=5))


@given(LABELS, st.integers(0, 5))
def test_few_shots_are_nested_and_leave_the_test_alone(labels: list[str], seed: int) -> None:
    config = SplitConfig(policy="few-shot", shots=(4, 1, 2), repeats=2, seed=seed)
    variants = {variant.suffix: variant.rows for variant in plan_split(frames(labels), config)}
    base = chronological(frames(labels), 0.5)
    assert list(variants) == [f"{shot}shot-r{repeat}" for repeat in (1, 2) for shot in (1, 2, 4)]
    for repeat in (1, 2):
        chosen = [{row.frame for row in variants[f"{shot}shot-r{repeat}"] if row.side == "train"} for shot in (1, 2, 4)]
        available = sum(row.side == "train" for row in base)
        assert [len(frames_) for frames_ in chosen] == [min(shot, available) for shot in (1, 2, 4)]
        assert chosen[0] <= chosen[1] <= chosen[2]
    for rows in variants.values():
        assert [row.frame for row in rows if row.side == "test"] == [row.frame for row in base if row.side == "test"]


def test_repeats_and_seeds_differ() -> None:
    def picks(seed: int) -> list[str]:
        variants = plan_split(frames(["good"] * 60), SplitConfig(policy="few-shot", shots=(1,), repeats=4, seed=seed))
        return [row.frame for variant in variants for row in variant.rows if row.side == "train"]

    assert len(set(picks(0))) > 1
    assert picks(0) == picks(0)
    assert picks(0) != picks(1)


def test_imbalance_keeps_a_nested_share_of_the_defects() -> None:
    labels = ["good", "dent"] * 8 + ["good"] * 8
    variants = plan_split(frames(labels), SplitConfig(policy="imbalance", train=8, shares=(1.0, 0.25, 0.5)))
    chosen = [
        {row.frame for row in variant.rows if row.side == "train" and row.label == "dent"} for variant in variants
    ]
    assert [variant.suffix for variant in variants] == ["25pct", "50pct", "100pct"]
    assert [len(found) for found in chosen] == [
        2,
        4,
        7,
    ]  # of seven dents before the eighth good frame: ceil of 1.75 and 3.5
    assert chosen[0] < chosen[1] < chosen[2]
    assert all(sum(row.side == "train" and row.label == "good" for row in variant.rows) == 8 for variant in variants)


def test_imbalance_needs_defects_to_train_on() -> None:
    with pytest.raises(InputError, match="nothing to make rarer"):
        plan_split(frames(["good", "good", "dent"]), SplitConfig(policy="imbalance"))


def test_groups_need_a_column_that_says_something() -> None:
    with pytest.raises(InputError, match="no frame has a specimen"):
        plan_split(frames(["good"] * 4), SplitConfig(policy="grouped", by="specimen"))


def test_both_gaps_are_times() -> None:
    rows = chronological(frames(["good"] * 14), 4, 2, "3 min")
    # Training ends in minute 3 and validation begins in minute 6; it ends in minute 7 and the test begins in minute 10.
    assert sides(rows) == ["train"] * 4 + [""] * 2 + ["val"] * 2 + [""] * 2 + ["test"] * 4


def test_a_gap_without_validation_is_left_once() -> None:
    assert sides(chronological(frames(["good"] * 6), 2, 0, 2)) == ["train"] * 2 + [""] * 2 + ["test"] * 2
    # Nothing validates before this date, so there is one gap only.
    rows = chronological(frames(["good"] * 6), 2, "2024-05-01T08:00", 1)
    assert sides(rows) == ["train"] * 2 + [""] + ["test"] * 3


def test_a_date_is_compared_with_the_clock_on_the_wall_whatever_its_zone() -> None:
    east = timezone(timedelta(hours=9))
    shots = [
        LabelledFrame(f"main/{place}.png", "good", moment=START.replace(tzinfo=east) + timedelta(minutes=place))
        for place in range(6)
    ]
    assert sides(chronological(shots, "2024-05-01T08:03")) == ["train"] * 3 + ["test"] * 3
    assert sides(chronological(shots, 2, 0, "2 min")) == ["train"] * 2 + [""] + ["test"] * 3


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1.5 h", 5400), ("10 min", 600), (" 2 min ", 120), ("0 s", 0)]
)
def test_gaps_as_a_person_writes_them(text: str, seconds: float) -> None:
    assert parse_gap(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "10", "ten min", "-3 min", "3 days", "1,5 h"])
def test_what_is_no_gap(text: str) -> None:
    with pytest.raises(InputError, match="expected a gap such as"):
        parse_gap(text)


def test_reasons_of_every_side() -> None:
    labels = ["dent", "good", "good", "good", "dent", "good", "good", "dent", "good"]
    rows = chronological(frames(labels), 2, 2, 1)
    assert [(row.side, row.reason) for row in rows] == [
        ("test", "defect, shot before the last training frame"),
        ("train", "shot before the end of training"),
        ("train", "shot before the end of training"),
        ("", "in the gap between two sides"),
        ("test", "defect, shot during validation"),
        ("val", "shot between training and test"),
        ("val", "shot between training and test"),
        ("", "in the gap between two sides"),
        ("test", "shot after the last training frame"),
    ]


def test_groups_validate_and_dates_cannot_cut_them() -> None:
    groups = list("aabbccdd")
    config = SplitConfig(policy="grouped", by="specimen", train=3, val=2)
    rows = only(plan_split(frames(["good"] * 8, groups), config))
    assert sides(rows) == ["train"] * 4 + ["val"] * 2 + ["test"] * 2
    for train, val in (("2024-05-01", 0), (0.5, "2024-05-01")):
        with pytest.raises(InputError, match="groups cannot be cut at a date"):
            plan_split(frames(["good"] * 8, groups), replace(config, train=train, val=val))
    with pytest.raises(InputError, match="a gap needs an order of frames"):
        plan_split(frames(["good"] * 8, groups), replace(config, gap=1))


def test_a_fold_takes_what_it_has_least_of() -> None:
    # Groups by size: four good, then two dents, then single ones; each goes to the fold that holds least of its labels.
    labels = ["good"] * 4 + ["dent"] * 2 + ["dent"] + ["good"] * 3
    groups = list("aaaa") + list("bb") + list("cdef")
    variants = plan_split(frames(labels, groups), SplitConfig(policy="k-fold", folds=2, by="specimen", supervised=True))
    tested = [Counter(row.label for row in variant.rows if row.side == "test") for variant in variants]
    assert sorted(count["good"] for count in tested) == [3, 4]
    assert sorted(count["dent"] for count in tested) == [1, 2]
    assert {row.reason for row in variants[0].rows} == {"in this fold", "in another fold"}


def test_folds_are_not_supervised_unless_asked() -> None:
    shots = frames(["good", "good", "dent"])
    assert [sides(variant.rows)[2] for variant in folds(shots, 2, 0)] == ["test", "test"]


def test_frames_without_a_label_are_in_no_fold() -> None:
    variants = plan_split(frames(["good", "", "good", "good"]), SplitConfig(policy="k-fold", folds=3))
    assert [variant.rows[1].reason for variant in variants] == ["not labelled"] * 3


def test_without_supervision_a_group_with_a_defect_tests_in_every_fold() -> None:
    labels, groups = ["good", "dent", "good", "good"], list("aabc")
    variants = plan_split(frames(labels, groups), SplitConfig(policy="k-fold", folds=2, by="specimen"))
    assert [sides(variant.rows)[:2] for variant in variants] == [["test", "test"]] * 2
    assert variants[0].rows[0].reason == "defect, or in a group with one: tests in every fold"
