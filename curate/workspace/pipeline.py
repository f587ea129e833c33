"""Say of each stage whether its result is what it would be today, and record that a stage has finished.

It lies below the stages, because they never import each other and yet ``status`` must know them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.errors import CurateError, RecordError
from curate.model.config import CategoryConfig
from curate.model.decision import NOTHING_DECIDED, Standing
from curate.model.finding import Finding, ordered
from curate.workspace.decisions import read_standing
from curate.workspace.label_sources import reasons_to_import_again, sources_in
from curate.workspace.stage_names import stage_command
from curate.workspace.stage_needs import stage_decisions, stage_inputs, stage_parts, stage_settings
from curate.workspace.stamps import Stamp, changes, read_stamp, write_stamp
from curate.workspace.unfinished import forget_unfinished, read_unfinished
from curate.workspace.workspace import Workspace

UNUSABLE = "its last run gave nothing that can be used"
"""How the reason begins where a stage ended with an error that leaves the next stages nothing to work on."""


@dataclass(frozen=True, slots=True)
class StageCheck:
    """What the stamp of a stage that has run says today.

    Attributes
    ----------
    reasons : tuple of str
        Why it must run again; empty when it need not.
    failed : str
        Why nothing can be done with its result; ``""`` where that is not so.
    command : str
        What brings it up to date.
    """

    reasons: tuple[str, ...]
    failed: str
    command: str


def stamp_stage(
    workspace: Workspace,
    stage: str,
    category: CategoryConfig,
    outputs: Iterable[Path],
    decided: Standing = NOTHING_DECIDED,
    *,
    failed: str = "",
    details: Mapping[str, Any] | None = None,
) -> Stamp:
    """Record that a stage has finished, from what it read to what it wrote. Call it last.

    Parameters
    ----------
    workspace, stage, category, outputs
    decided : Standing
        What the stage read of people's decisions: somebody may have decided more while it was running.
    failed : str
        Why nothing can be done with the result, where that is so.
    details : mapping, optional
        What the stage itself wants to know next time.
    """
    stamp = write_stamp(
        workspace,
        stage,
        category.name,
        settings=stage_settings(stage, category),
        inputs=stage_inputs(workspace, stage, category),
        parts=stage_parts(workspace, stage, category.name),
        outputs=outputs,
        decisions=stage_decisions(stage, category, decided),
        failed=failed,
        details=details,
    )
    forget_unfinished(workspace, stage, category.name)
    return stamp


def failure(findings: Iterable[Finding], *fatal: str) -> str:
    """Say in a sentence which errors leave the next stages nothing to work on; ``""`` where there are none.

    Parameters
    ----------
    findings : iterable of Finding
    fatal : str
        The codes that count; all when none is given.
    """
    errors = ordered(entry for entry in findings if entry.severity == "error" and (not fatal or entry.code in fatal))
    if not errors:
        return ""
    first = errors[0]
    where = f"{first.path}: " if first.path and not first.path.startswith("records/") else ""
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"{first.code} {where}{first.message}{more}; {first.hint}"


def check_stage(workspace: Workspace, stage: str, category: CategoryConfig) -> StageCheck | None:
    """Say whether a stage must run again and why; None when it has never finished."""
    command = stage_command(stage, category.name)
    unfinished = read_unfinished(workspace, stage, category.name)
    if unfinished:
        return StageCheck((unfinished,), "", command)
    try:
        stamp = read_stamp(workspace, stage, category.name)
    except RecordError:
        named = workspace.relative(workspace.stamp(stage, category.name))
        return StageCheck((f"its stamp {named} cannot be read",), "", command)
    if stamp is None:
        return None
    try:
        decided = read_standing(workspace, category.name)
    except RecordError as error:
        return StageCheck((f"{workspace.relative(workspace.decisions(category.name))}: {error.message}",), "", command)
    again, sourced = _to_label_again(workspace, category, stamp) if stage == "label" else ([], False)
    reasons = changes(
        workspace,
        stamp,
        # A new defect concerns only the sources that speak of it, where it is known which do.
        settings=None if sourced else stage_settings(stage, category),
        inputs=stage_inputs(workspace, stage, category),
        parts=stage_parts(workspace, stage, category.name),
        decisions=stage_decisions(stage, category, decided),
    )
    return StageCheck(
        (*reasons, *(reason for reason, _ in again)), stamp.failed, again[0][1] if again and not reasons else command
    )


def _to_label_again(workspace: Workspace, category: CategoryConfig, stamp: Stamp) -> tuple[list[tuple[str, str]], bool]:
    """Return which sources of labels are to be imported again, and whether it is known where labels came from."""
    try:
        sources = sources_in(stamp)
        return reasons_to_import_again(workspace, category, sources), bool(sources)
    except CurateError:
        return [], False  # what cannot be read is said by the stage that needs it


def stale_because(workspace: Workspace, stage: str, category: CategoryConfig) -> list[str] | None:
    """Say why a stage must run again; an empty list when it need not, None when it has never run."""
    check = check_stage(workspace, stage, category)
    if check is None:
        return None
    return [*check.reasons, *([f"{UNUSABLE}: {check.failed}"] if check.failed and not check.reasons else [])]
