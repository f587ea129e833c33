"""Say in sentences how a split came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from curate.model.defect import GOOD
from curate.model.rows import SplitRow
from curate.model.words import counted
from curate.split.order import ShootingOrder

_USUAL = {"train": (50, 70), "val": (15, 30), "test": (15, 30)}
"""Shares, in percent, that reviews of the field call usual for training, validation and test."""

Supervision = Literal["none", "weak", "mixed", "strong"]


def explain(order: ShootingOrder, rows: Sequence[SplitRow], supervision: str) -> tuple[str, ...]:
    """Explain what decided the order, where the sides meet, what became of the defects, and the proportions."""
    sentences = (_order(order), *_sides(order, rows), _defects(rows), _left_out(rows), _shares(rows))
    level = {
        "none": "supervision: none, no defect trains",
        "weak": "supervision: weak, defects train with their label only",
        "mixed": "supervision: mixed, some of the training defects have regions",
        "strong": "supervision: strong, every training defect has regions",
    }[supervision]
    return tuple(sentence for sentence in (*sentences, level) if sentence)


def supervision_of(rows: Sequence[SplitRow], drawn: Mapping[str, bool]) -> Supervision:
    """Say what training may see of defects.

    Parameters
    ----------
    rows : sequence of SplitRow
    drawn : mapping of str to bool
        Whether a frame has a region.
    """
    training = [drawn[row.frame] for row in rows if row.side == "train" and row.label != GOOD]
    if not training:
        return "none"
    return "strong" if all(training) else "mixed" if any(training) else "weak"


def shares(rows: Sequence[SplitRow]) -> dict[str, float]:
    """Return each side's share of the frames that are on a side."""
    counts = Counter(row.side for row in rows if row.side)
    return {side: counts[side] / counts.total() for side in _USUAL if counts[side]}


def _shares(rows: Sequence[SplitRow]) -> str:
    parts = []
    for side, share in shares(rows).items():
        low, high = _USUAL[side]
        note = "" if low <= 100 * share <= high else f", usual {low} to {high} %"
        parts.append(f"{side} {share:.0%}{note}")
    return f"proportions: {'; '.join(parts)}" if parts else ""


def _order(order: ShootingOrder) -> str:
    evidence = Counter(capture.ordered_by or capture.shot_from for capture in order.captures)
    named = ", ".join(f"{kind or 'unknown'} ({count})" for kind, count in sorted(evidence.items()))
    series = f"; {order.evidence}" if order.evidence else ""
    return f"{len(order.captures)} frames in the order of the captures record, evidence: {named or 'none'}{series}"


def _sides(order: ShootingOrder, rows: Sequence[SplitRow]) -> list[str]:
    times = {capture.frame: capture.shot_at for capture in order.captures}
    sentences = []
    for side in _USUAL:
        good = [row.frame for row in rows if row.side == side and row.label == GOOD]
        if good:
            ends = " to ".join(
                f"{frame}{f' ({times[frame]})' if times[frame] else ''}" for frame in (good[0], good[-1])
            )
            sentences.append(f"{side}: {counted(len(good), 'good frame', 'good frames')}, from {ends}")
    return sentences


def _defects(rows: Sequence[SplitRow]) -> str:
    defects = [(place, row) for place, row in enumerate(rows) if row.label not in {GOOD, ""} and row.side]
    if not defects:
        return ""
    last = max((place for place, row in enumerate(rows) if row.side == "train"), default=-1)
    early = sum(place < last for place, row in defects if row.side == "test")
    note = f"; {early} of them tested although shot before the last training frame" if early else ""
    counts = Counter((row.side, row.label) for _, row in defects)
    listing = ", ".join(f"{label} {count} in {side}" for (side, label), count in sorted(counts.items()))
    return f"{counted(len(defects), 'defect', 'defects')}: {listing}{note}"


def _left_out(rows: Sequence[SplitRow]) -> str:
    reasons = Counter(row.reason for row in rows if not row.side)
    return "; ".join(
        f"left out: {counted(count, 'frame', 'frames')}, {reason}" for reason, count in sorted(reasons.items())
    )
