"""What can be wrong with a split, whoever made it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding, ordered
from curate.model.rows import SplitRow
from curate.split.labelled_frames import NOT_LABELLED
from curate.split.order import ShootingOrder

_SIDES = ("train", "val", "test")


def check_split(
    rows: Sequence[SplitRow], order: ShootingOrder, record: str, *, each_series: bool = False
) -> tuple[Finding, ...]:
    """Check a split of frames that stand in shooting order.

    Parameters
    ----------
    rows : sequence of SplitRow
        One a frame, in shooting order.
    order : ShootingOrder
        Of the same frames.
    record : str
        The split's file, for findings.
    each_series : bool
        Whether each series was divided on its own, so that only inside one may nothing look ahead.
    """
    captures = {capture.frame: capture for capture in order.captures}
    findings = [
        *_unlabelled(rows, record),
        *_empty_sides(rows, record),
        *_copies(rows, captures, record),
        *_specimens(rows, captures, record),
        *_looking_ahead(rows, captures, record, each_series=each_series),
        *_missing_defects(rows, record),
    ]
    if not order.certain:
        findings.append(found(codes.SERIES_ORDER_UNKNOWN, order.evidence, record))
    return ordered(findings)


def _unlabelled(rows: Sequence[SplitRow], record: str) -> Iterator[Finding]:
    unlabelled = [row.frame for row in rows if not row.label and row.reason == NOT_LABELLED]
    if unlabelled:
        message = f"{len(unlabelled)} of {len(rows)} frames have no label and are on no side of the split"
        yield found(codes.FRAMES_WITHOUT_LABEL, message, record, related=tuple(unlabelled))


def _empty_sides(rows: Sequence[SplitRow], record: str) -> Iterator[Finding]:
    good = Counter(row.side for row in rows if row.label == GOOD)
    placed = Counter(row.side for row in rows if row.label)
    for side in ("train", "test"):
        # A supervised set may have no good frame at all: then a side needs some frame.
        if not good.total() and placed["train"]:
            if not placed[side]:
                yield found(codes.EMPTY_SPLIT_SIDE, f"no frame is in {side}", record)
        elif not good[side]:
            message = f"no good frame is in {side}, of {good.total()} good frames in all"
            yield found(codes.EMPTY_SPLIT_SIDE, message, record)


def _copies(rows: Sequence[SplitRow], captures: Mapping[str, Capture], record: str) -> Iterator[Finding]:
    for frames in _straddling(rows, {row.frame: captures[row.frame].sha256 for row in rows}).values():
        yield found(
            codes.SAME_FILE_ACROSS_SPLITS,
            f"{frames[0]} has the same bytes as a frame of another side",
            record,
            related=tuple(frames[1:]),
        )


def _specimens(rows: Sequence[SplitRow], captures: Mapping[str, Capture], record: str) -> Iterator[Finding]:
    for name, frames in _straddling(rows, {row.frame: captures[row.frame].specimen for row in rows}).items():
        message = f"{len(frames)} frames of specimen {name} are on several sides"
        yield found(codes.SPECIMEN_ACROSS_SPLITS, message, record, related=tuple(frames))


def _straddling(rows: Sequence[SplitRow], groups: Mapping[str, str]) -> dict[str, list[str]]:
    sides: dict[str, set[str]] = defaultdict(set)
    members: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.side and groups[row.frame]:
            sides[groups[row.frame]].add(row.side)
            members[groups[row.frame]].append(row.frame)
    return {name: members[name] for name in sorted(members) if len(sides[name]) > 1}


def _looking_ahead(
    rows: Sequence[SplitRow], captures: Mapping[str, Capture], record: str, *, each_series: bool
) -> Iterator[Finding]:
    series = {row.frame: captures[row.frame].series if each_series else "" for row in rows}
    last = {series[row.frame]: place for place, row in enumerate(rows) if row.side == "train"}
    tested = [(place, row) for place, row in enumerate(rows) if row.side == "test" and row.label == GOOD]
    early = [row.frame for place, row in tested if place < last.get(series[row.frame], -1)]
    if early:
        message = f"{len(early)} of {len(tested)} good test frames were shot before the last training frame"
        yield found(codes.GOOD_TEST_BEFORE_TRAINING_END, message, record, related=tuple(early))


def _missing_defects(rows: Sequence[SplitRow], record: str) -> Iterator[Finding]:
    counts = Counter((row.label, row.side) for row in rows if row.side and row.label != GOOD)
    labels = sorted({label for label, _ in counts})
    supervised = any(side == "train" for _, side in counts)
    if not labels:
        yield found(codes.DEFECT_MISSING_ON_SIDE, "no frame of the split shows a defect", record)
    for label in labels:
        for side in _SIDES[::2] if supervised else _SIDES[2:]:
            if not counts[label, side]:
                yield found(codes.DEFECT_MISSING_ON_SIDE, f"no frame that shows {label} is in {side}", record)
