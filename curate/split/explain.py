"""Say in sentences how a split came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from curate.model.defect import GOOD
from curate.model.rows import SplitRow
from curate.split.order import ShootingOrder


def explain(order: ShootingOrder, rows: Sequence[SplitRow]) -> tuple[str, ...]:
    """Explain what decided the order, where the sides meet, and what became of the defects."""
    return tuple(
        sentence for sentence in (_order(order), *_sides(order, rows), _defects(rows), _left_out(rows)) if sentence
    )


def _order(order: ShootingOrder) -> str:
    evidence = Counter(capture.shot_from for capture in order.captures)
    named = ", ".join(f"{kind or 'unknown'} ({count})" for kind, count in sorted(evidence.items()))
    series = f"; {order.evidence}" if order.evidence else ""
    return f"{len(order.captures)} frames in the order of the captures record, evidence: {named or 'none'}{series}"


def _sides(order: ShootingOrder, rows: Sequence[SplitRow]) -> list[str]:
    times = {capture.frame: capture.shot_at for capture in order.captures}
    sentences = []
    for side in ("train", "val", "test"):
        good = [row.frame for row in rows if row.side == side and row.label == GOOD]
        if good:
            ends = " to ".join(
                f"{frame}{f' ({times[frame]})' if times[frame] else ''}" for frame in (good[0], good[-1])
            )
            sentences.append(f"{side}: {len(good)} good frames, from {ends}")
    return sentences


def _defects(rows: Sequence[SplitRow]) -> str:
    defects = [(index, row) for index, row in enumerate(rows) if row.label not in {GOOD, ""} and row.side == "test"]
    if not defects:
        return ""
    last = max((index for index, row in enumerate(rows) if row.side == "train"), default=-1)
    early = sum(index < last for index, _ in defects)
    note = (
        f"; {early} of them shot before the last training frame, which no training frame can give away" if early else ""
    )
    counts = ", ".join(f"{label} {count}" for label, count in sorted(Counter(row.label for _, row in defects).items()))
    return f"test: {len(defects)} defects ({counts}){note}"


def _left_out(rows: Sequence[SplitRow]) -> str:
    reasons = Counter(row.reason for row in rows if not row.side)
    return "; ".join(f"left out: {count} frames, {reason}" for reason, count in sorted(reasons.items()))
