from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.split.chronological import chronological, train_count
from curate.split.labelled_frames import LabelledFrame

LABELS = st.lists(st.sampled_from(["good", "good", "good", "scratch", "multiple", ""]), max_size=60)
TRAIN = st.one_of(st.integers(1, 70), st.decimals("0.01", "0.99", places=2).map(float))


def frames(labels: list[str]) -> list[LabelledFrame]:
    return [LabelledFrame(f"main/{index}.png", label) for index, label in enumerate(labels)]


def sides(labels: list[str], train: float) -> list[str]:
    return [row.side for row in chronological(frames(labels), train)]


def test_first_good_frames_train_and_the_rest_test() -> None:
    labels = ["good", "scratch", "good", "", "good", "good", "multiple"]
    assert sides(labels, 0.5) == ["train", "test", "train", "", "test", "test", "test"]


def test_a_count_is_taken_as_it_is() -> None:
    assert sides(["good"] * 5, 3) == ["train"] * 3 + ["test"] * 2
    assert sides(["good"] * 2, 3) == ["train"] * 2


def test_paper_counts_of_the_autovi_categories() -> None:
    # AutoVI v1.0.0: engine_wiring 285/285, underbody_screw 373/374.
    assert (train_count(0.5, 570), train_count(0.5, 747)) == (285, 373)


def test_one_is_a_count_and_not_a_fraction() -> None:
    assert train_count(1, 10) == 1


def test_a_defect_before_the_end_of_training_is_tested_and_says_so() -> None:
    early, late = chronological(frames(["scratch", "good", "good", "scratch"]), 0.5)[::3]
    assert early.side == late.side == "test"
    assert "before the last training frame" in early.reason
    assert late.reason == "defect"


@given(LABELS, TRAIN)
def test_what_always_holds(labels: list[str], train: float) -> None:
    rows = chronological(frames(labels), train)
    assert [row.frame for row in rows] == [frame.frame for frame in frames(labels)]
    good_train = [index for index, row in enumerate(rows) if row.side == "train"]
    good_test = [index for index, row in enumerate(rows) if row.side == "test" and row.label == "good"]
    assert all(rows[index].label == "good" for index in good_train)
    assert not good_train or not good_test or max(good_train) < min(good_test)
    assert all(row.side == "test" for row in rows if row.label not in {"good", ""})
    assert all(row.side == "" for row in rows if not row.label)
    good = labels.count("good")
    assert len(good_train) + len(good_test) == good
    assert len(good_train) == train_count(train, good)
    assert good < 2 or good_train


@given(LABELS, LABELS, TRAIN)
def test_more_frames_never_move_one_back_into_the_test(labels: list[str], later: list[str], train: float) -> None:
    before = sides(labels, train)
    after = sides(labels + later, train)
    assert all(now == "train" for was, now in zip(before, after, strict=False) if was == "train")
