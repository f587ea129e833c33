"""Supervised sets without a single good frame are divided by every policy, each defect by the same shares."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from curate.model.config import SplitConfig
from curate.split.labelled_frames import LabelledFrame
from curate.split.policies import plan_split

START = datetime(2026, 1, 1, tzinfo=UTC)


def frames(labels: str, per_group: int = 2) -> list[LabelledFrame]:
    """Make frames in shooting order; a letter is a defect, ``g`` a good frame."""
    names = {"p": "pit", "s": "scratch", "g": "good"}
    return [
        LabelledFrame(
            f"main/{n:03d}", names[label], START + timedelta(minutes=n), "main", f"part{n // per_group}", drawn=True
        )
        for n, label in enumerate(labels)
    ]


def sides(listed: list[LabelledFrame], **config: object) -> list[Counter[tuple[str, str]]]:
    variants = plan_split(listed, SplitConfig(supervised=True, **config))  # type: ignore[arg-type]
    return [Counter((row.label, row.side) for row in variant.rows if row.side) for variant in variants]


def test_chronological_cuts_where_the_first_defects_end() -> None:
    (made,) = sides(frames("pspspspsps"), policy="chronological", train=0.4)
    assert made == {("pit", "train"): 2, ("scratch", "train"): 2, ("pit", "test"): 3, ("scratch", "test"): 3}


def test_groups_are_stratified_by_defect() -> None:
    """All pits come first: by counting frames alone, no scratch would train."""
    (made,) = sides(frames("p" * 16 + "s" * 8), policy="grouped", by="specimen", train=0.5, val=0.25)
    assert made == {
        ("pit", "train"): 8,
        ("pit", "val"): 4,
        ("pit", "test"): 4,
        ("scratch", "train"): 4,
        ("scratch", "val"): 2,
        ("scratch", "test"): 2,
    }


def test_groups_with_good_frames_are_divided_by_their_rarest_label() -> None:
    (made,) = sides(frames("gggggggg" + "pg" * 4), policy="grouped", by="specimen", train=0.5)
    assert (made["pit", "train"], made["pit", "test"]) == (2, 2)
    assert made["good", "train"] + made["good", "test"] == 12


@pytest.mark.parametrize("count", [5, 12])
def test_a_count_is_one_of_all_frames_where_none_is_good(count: int) -> None:
    (made,) = sides(frames("ps" * 12, per_group=1), policy="grouped", by="specimen", train=count)
    assert sum(number for (_, side), number in made.items() if side == "train") == 2 * (count * 12 // 24)


def test_folds_few_shots_and_imbalance_work_without_good_frames() -> None:
    listed = frames("ps" * 20)
    for made in sides(listed, policy="k-fold", folds=5):
        assert made == {("pit", "train"): 16, ("scratch", "train"): 16, ("pit", "test"): 4, ("scratch", "test"): 4}
    (shot,) = sides(listed, policy="few-shot", train=0.5, shots=(3,), repeats=1)
    assert (shot["pit", "train"], shot["scratch", "train"]) == (3, 3)
    (fewer,) = sides(listed, policy="imbalance", train=0.5, shares=(0.2,))
    assert (fewer["pit", "train"], fewer["scratch", "train"]) == (2, 2)
