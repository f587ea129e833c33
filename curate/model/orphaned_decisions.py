"""Decisions about frames or windows that are not there."""

from __future__ import annotations

from collections.abc import Container, Iterable

from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.decision import Decision
from curate.model.finding import Finding


def orphaned_decisions(
    entries: Iterable[Decision], frames: Container[str], record: str, windows: Container[str] | None = None
) -> list[Finding]:
    """CUR560: name the decisions that concern nothing.

    Parameters
    ----------
    entries : iterable of Decision
        Those that a stage would apply.
    frames : container of str
        The category's frames.
    record : str
        The decisions' file, relative to the workspace.
    windows : container of str, optional
        Names of the category's windows, where the decisions are about windows.
    """
    findings = []
    for entry in sorted(entries, key=lambda decision: decision.id):
        lost = f"frame {entry.frame}" if entry.frame not in frames else ""
        if windows is not None and entry.window not in windows:
            lost = f"window {entry.window}"
        if lost:
            findings.append(
                found(codes.ORPHANED_DECISION, f"decision {entry.id} ({entry.about}: {entry.what}): no {lost}", record)
            )
    return findings
