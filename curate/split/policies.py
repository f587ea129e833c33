"""From a table of ``curate.toml`` to the splits that it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from curate.errors import InputError
from curate.model.config import SplitConfig
from curate.model.rows import SplitRow
from curate.split.chronological import chronological, per_series
from curate.split.grouped import folds, grouped
from curate.split.labelled_frames import LabelledFrame, SplitVariant
from curate.split.subsets import few_shot, imbalance


def plan_split(frames: Sequence[LabelledFrame], config: SplitConfig) -> list[SplitVariant]:
    """Divide frames that stand in shooting order by any policy but ``given``, which needs its file.

    Returns
    -------
    list of SplitVariant
        One, with an empty suffix, for policies that make one split.

    Raises
    ------
    InputError
        If the frames cannot be divided that way.
    """
    match config.policy:
        case "chronological":
            return [SplitVariant("", _base(frames, config))]
        case "grouped":
            _check_groups(frames, config)
            return [SplitVariant("", grouped(frames, config.train, config.val, supervised=config.supervised))]
        case "k-fold":
            return folds(frames, config.folds, config.seed, supervised=config.supervised)
        case "few-shot":
            return few_shot(_base(frames, config), config.shots, config.repeats, config.seed)
        case "imbalance":
            rows = _base(frames, replace(config, supervised=True))
            if not any(row.side == "train" and row.label != "good" for row in rows):
                raise InputError(
                    "no defect was shot before the end of training, so there is nothing to make rarer",
                    hint="let more frames train",
                )
            return imbalance(rows, config.shares, config.seed)
        case "given":
            raise InputError("the policy given needs its file")


def _base(frames: Sequence[LabelledFrame], config: SplitConfig) -> tuple[SplitRow, ...]:
    divide = per_series if config.each == "series" else chronological
    if config.by:
        _check_groups(frames, config)
        return grouped(frames, config.train, config.val, supervised=config.supervised)
    return divide(frames, config.train, config.val, config.gap, supervised=config.supervised)


def _check_groups(frames: Sequence[LabelledFrame], config: SplitConfig) -> None:
    if not any(frame.group for frame in frames):
        raise InputError(
            f"no frame has a {config.by}, so groups cannot be kept whole",
            hint=f"import the frames with their {config.by}, or group by another column",
        )
    if config.gap:
        raise InputError("a gap needs an order of frames, and groups may overlap in time", hint="leave the gap out")
