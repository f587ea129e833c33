"""Splits that keep groups whole: a specimen, a series, or whatever a column names.

A frame without a group is one of its own.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from curate.errors import InputError
from curate.model.defect import GOOD
from curate.model.rows import SplitRow
from curate.split.chronological import Share, train_count
from curate.split.labelled_frames import NOT_LABELLED, LabelledFrame, SplitVariant, grouped_frames, make_row


def grouped(
    frames: Sequence[LabelledFrame], train: Share, val: Share = 0, *, supervised: bool = False
) -> tuple[SplitRow, ...]:
    """Divide whole groups in the order of their first frames.

    Groups train until they hold the wanted number of good frames, then validate, then test. Without supervision a
    group that shows a defect anywhere tests as a whole, its good frames too: they could not train without straddling.
    With supervision every defect is divided by the same shares: the rarest label of a group decides where it goes.
    """
    if isinstance(train, str) or isinstance(val, str):
        raise InputError("groups cannot be cut at a date", hint="use a count or a fraction of the good frames")
    groups = grouped_frames(frames)
    labels = Counter(frame.label for frame in frames if frame.label)
    wanted = {"train": _wanted(train, labels), "val": _wanted(val, labels) if val else {}}
    held: Counter[tuple[str, str]] = Counter()
    sides: dict[str, tuple[str, str]] = {}
    for name, places in groups.items():
        own = Counter(frames[place].label for place in places if frames[place].label)
        if not supervised and set(own) - {GOOD}:
            sides[name] = ("test", "its group shows a defect")
            continue
        rarest = min(own, key=lambda label: (labels[label], label), default=GOOD)
        side = next((side for side, number in wanted.items() if held[side, rarest] < number.get(rarest, 0)), "test")
        sides[name] = (side, "with its whole group")
        held.update({(side, label): count for label, count in own.items()})
    return tuple(make_row(frame, *sides[frame.key]) for frame in frames)


def _wanted(share: float, labels: Counter[str]) -> dict[str, int]:
    """Return how many frames of each label a side gets; a count is one of good frames, or without them of all."""
    whole = labels[GOOD] or labels.total()
    part = Fraction(min(share, whole), whole or 1) if isinstance(share, int) else Fraction(str(share))
    return {
        label: train_count(share, count) if label == GOOD else max(int(part * count), 1 if count > 1 else 0)
        for label, count in labels.items()
    }


def folds(frames: Sequence[LabelledFrame], count: int, seed: int, *, supervised: bool = False) -> list[SplitVariant]:
    """Make stratified folds of whole groups; each is the test side of one split.

    Every label is spread over the folds as evenly as whole groups allow: groups are taken largest first (equal ones in
    a seeded order) to the fold that holds least of their labels. Without supervision a group that shows a defect tests
    in every fold, and only groups of good frames rotate.
    """
    groups = {
        name: places for name, places in grouped_frames(frames).items() if any(frames[place].label for place in places)
    }
    always = set() if supervised else {n for n, places in groups.items() if any(frames[p].is_defect for p in places)}
    rotating = [name for name in groups if name not in always]
    if len(rotating) < count:
        raise InputError(
            f"{count} folds need at least as many groups, found {len(rotating)}", hint="ask for fewer folds"
        )
    fold_of = _assign({name: [frames[place].label for place in groups[name]] for name in rotating}, count, seed)
    variants = []
    for fold in range(count):
        sides = {
            name: ("test", "in this fold") if fold_of[name] == fold else ("train", "in another fold")
            for name in rotating
        }
        sides |= dict.fromkeys(always, ("test", "defect, or in a group with one: tests in every fold"))
        rows = tuple(make_row(frame, *sides.get(frame.key, ("", NOT_LABELLED))) for frame in frames)
        variants.append(SplitVariant(f"fold{fold + 1}", rows))
    return variants


def _assign(labels: dict[str, list[str]], count: int, seed: int) -> dict[str, int]:
    totals = Counter(label for members in labels.values() for label in members)
    held = [Counter[str]() for _ in range(count)]
    fold_of = {}
    for name in sorted(labels, key=lambda name: (-len(labels[name]), seeded_key(seed, name))):
        own = Counter(labels[name])
        # Rare labels weigh most: one of four scratches matters more than one of four hundred good frames.
        loads = [
            (sum(number * (fold[label] + number) / totals[label] for label, number in own.items()), fold.total(), index)
            for index, fold in enumerate(held)
        ]
        fold_of[name] = min(loads)[2]
        held[fold_of[name]].update(own)
    return fold_of


def seeded_key(seed: int, name: str) -> str:
    """Return a sort key that shuffles names, the same on every machine, whatever else is in the list.

    >>> seeded_key(1, "a") == seeded_key(1, "a"), seeded_key(1, "a") == seeded_key(2, "a")
    (True, False)
    """
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()
