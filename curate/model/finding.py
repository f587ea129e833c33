"""Findings: what is wrong with files, with permanent codes and a total order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "info"]
_RANK: dict[str, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should know about a file.

    Attributes
    ----------
    code : str
        Permanent code, ``CUR101``: see :mod:`curate.model.codes`.
    message : str
        What was found and what was expected.
    path : str
        Relative to the checked root, ``/``-separated; ``""`` for the root itself.
    severity : str
        Usually that of the code.
    related : tuple of str
        Other paths that take part.
    hint : str
        The next step.
    """

    code: str
    message: str
    path: str = ""
    severity: Severity = "error"
    related: tuple[str, ...] = ()
    hint: str = ""

    def sort_key(self) -> tuple[int, str, str, tuple[str, ...], str]:
        """Key of the total order: severity, code, path, related paths, message."""
        return (_RANK[self.severity], self.code, self.path, self.related, self.message)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as in docs/formats.md."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "path": self.path,
            "related": list(self.related),
            "hint": self.hint,
        }


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings into their total order and drop exact repeats."""
    return tuple(sorted(set(findings), key=Finding.sort_key))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any finding is an error."""
    return any(finding.severity == "error" for finding in findings)


def count_by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    """Count findings as ``{"error": n, "warning": n, "info": n}``."""
    counts = dict.fromkeys(_RANK, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts
