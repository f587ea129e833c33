"""Nested, seeded subsets of a split's training side: few shots, fewer defects. The test side never changes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from curate.model.defect import GOOD
from curate.model.rows import SplitRow
from curate.model.words import counted
from curate.split.grouped import seeded_key
from curate.split.labelled_frames import SplitVariant


def few_shot(rows: Sequence[SplitRow], shots: Sequence[int], repeats: int, seed: int) -> list[SplitVariant]:
    """Keep so many training frames of each label, for each number of shots and each repeat.

    In one repeat the smaller subsets lie inside the larger ones; repeats are drawn apart. A label with fewer frames
    than shots keeps all it has.
    """
    variants = []
    for repeat in range(1, repeats + 1):
        ranked = _ranked(rows, seed * 1_000_003 + repeat)
        for shot in sorted(shots):
            kept = {frame for frames in ranked.values() for frame in frames[:shot]}
            reason = f"not among the {counted(shot, 'shot', 'shots')} of repeat {repeat}"
            variants.append(SplitVariant(f"{shot}shot-r{repeat}", _without(rows, kept, reason)))
    return variants


def imbalance(rows: Sequence[SplitRow], shares: Sequence[float], seed: int) -> list[SplitVariant]:
    """Keep a share of the training defects of each label, at least one; smaller shares lie inside larger ones."""
    ranked = {label: frames for label, frames in _ranked(rows, seed).items() if label != GOOD}
    good = {row.frame for row in rows if row.side == "train" and row.label == GOOD}
    variants = []
    for share in sorted(shares):
        kept = {
            frame for frames in ranked.values() for frame in frames[: math.ceil(Fraction(str(share)) * len(frames))]
        }
        reason = f"not among the {share:.0%} of the training defects"
        variants.append(SplitVariant(f"{round(share * 100)}pct", _without(rows, kept | good, reason)))
    return variants


def _ranked(rows: Sequence[SplitRow], seed: int) -> dict[str, list[str]]:
    by_label: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.side == "train":
            by_label[row.label].append(row.frame)
    return {label: sorted(frames, key=lambda frame: seeded_key(seed, frame)) for label, frames in by_label.items()}


def _without(rows: Sequence[SplitRow], kept: set[str], reason: str) -> tuple[SplitRow, ...]:
    return tuple(
        row if row.side != "train" or row.frame in kept else SplitRow(row.frame, row.label, "", reason) for row in rows
    )
