"""What has been done in a workspace and what to run next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from curate.model.finding import Finding
from curate.workspace.pipeline import stage_command


@dataclass(frozen=True, slots=True)
class StageStatus:
    """One stage of one category.

    Attributes
    ----------
    category, stage : str
    state : str
        ``done``, ``stale`` or ``not run``.
    reasons : tuple of str
        Why it is stale.
    needed : bool
        Whether the stages to its right wait for it: frames that came with their labels need no annotations, and without
        annotations there are no masks.
    """

    category: str
    stage: str
    state: Literal["done", "stale", "not run"]
    reasons: tuple[str, ...] = ()
    needed: bool = True

    @property
    def command(self) -> str:
        """The command that brings the stage up to date."""
        return stage_command(self.stage, self.category)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Every stage of every category, in the order of the road."""

    stages: tuple[StageStatus, ...]
    findings: tuple[Finding, ...]

    @property
    def next_commands(self) -> tuple[str, ...]:
        """The next command of each category, then of the workspace as a whole."""
        commands = []
        categories = list(dict.fromkeys(stage.category for stage in self.stages))
        for category in categories:
            pending = _first_pending([stage for stage in self.stages if stage.category == category])
            if pending:
                commands.append(pending.command)
        if categories and not commands:
            commands.append("curate validate")
        return tuple(commands) or ("curate import FOLDER -c CATEGORY",)

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
    """Return the leftmost stage to run: a stale one, or one that was not run and that the next ones wait for."""
    return next((stage for stage in stages if stage.state == "stale" or (stage.state != "done" and stage.needed)), None)


def stage_status(
    category: str, stage: str, reasons: Sequence[str] | None, *, written: bool, needed: bool = True
) -> StageStatus:
    """Turn what the stamp says into a state.

    Parameters
    ----------
    reasons : sequence of str or None
        Why the stage must run again; empty when it need not, None when it left no stamp.
    written : bool
        Whether its records are there although no stamp is: they were made by hand or the command was stopped.
    needed : bool
        Whether the stages to its right wait for it.
    """
    if reasons is None:
        return (
            StageStatus(category, stage, "stale", ("it did not finish",))
            if written
            else StageStatus(category, stage, "not run", needed=needed)
        )
    return StageStatus(category, stage, "stale", tuple(reasons)) if reasons else StageStatus(category, stage, "done")
