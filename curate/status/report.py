"""What has been done in a workspace and what to run next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from curate.model.finding import Finding
from curate.model.words import Shown

StageState: TypeAlias = Literal["done", "stale", "failed", "away", "not run"]


@dataclass(frozen=True, slots=True)
class StageStatus:
    """One stage of one category.

    Attributes
    ----------
    category, stage : str
    state : str
        ``done``; ``stale``: it must run again; ``failed``: it ran, and gave nothing that can be used; ``away``: its
        record is there and the files that it names are not; ``not run``.
    command : str
        What brings it up to date; for a stage that failed, what gives it something to work on.
    reasons : tuple of str
        Why it is not done.
    needed : bool
        Whether the stages after it wait for it: frames that came with their labels need no annotations, and without
        annotations there are no masks.
    """

    category: str
    stage: str
    state: StageState
    command: str
    reasons: tuple[str, ...] = ()
    needed: bool = True

    @property
    def pending(self) -> bool:
        """Whether it is to be run before the stages after it."""
        return self.state != "done" and (self.needed or self.state != "not run")


@dataclass(frozen=True, slots=True, repr=False)
class StatusReport(Shown):
    """Every stage of every category, in the order in which they are run."""

    stages: tuple[StageStatus, ...]
    findings: tuple[Finding, ...]

    @property
    def next_commands(self) -> tuple[str, ...]:
        """The next command of each category; none when nothing is left to run."""
        if not self.stages:
            return ("curate import FOLDER -c CATEGORY",)
        categories = dict.fromkeys(stage.category for stage in self.stages)
        pending = (_first_pending([each for each in self.stages if each.category == name]) for name in categories)
        return tuple(stage.command for stage in pending if stage)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        categories: dict[str, dict[str, Any]] = {}
        for stage in self.stages:
            entry = {"state": stage.state, "reasons": list(stage.reasons), "command": stage.command}
            categories.setdefault(stage.category, {})[stage.stage] = entry
        return {
            "categories": categories,
            "next": list(self.next_commands),
            "findings": [finding.to_json() for finding in self.findings],
        }


def _first_pending(stages: Sequence[StageStatus]) -> StageStatus | None:
    return next((stage for stage in stages if stage.pending), None)
