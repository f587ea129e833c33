"""Findings that somebody has looked at and accepts, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from curate.model.codes import names as codes
from curate.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Silence:
    """One rule.

    Attributes
    ----------
    code : str
    reason : str
    path : str
        Glob over the finding's path; ``""`` for every path.
    """

    code: str
    reason: str
    path: str = ""

    def covers(self, finding: Finding) -> bool:
        """Whether the rule speaks of a finding; nobody can accept a file that was not looked at."""
        if finding.code == codes.UNREAD_FILE:
            return False
        return finding.code == self.code and (not self.path or fnmatchcase(finding.path, self.path))


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that does not count, and why."""

    finding: Finding
    reason: str


def apply_silences(
    findings: Iterable[Finding], rules: Sequence[Silence]
) -> tuple[tuple[Finding, ...], tuple[Silenced, ...], tuple[Silence, ...]]:
    """Divide findings by the rules.

    Returns
    -------
    kept : tuple of Finding
    silenced : tuple of Silenced
    idle : tuple of Silence
        Rules that cover nothing: the trouble is gone, or the rule never meant what it says.
    """
    kept: list[Finding] = []
    silenced: list[Silenced] = []
    used: set[Silence] = set()
    for finding in findings:
        rule = next((rule for rule in rules if rule.covers(finding)), None)
        if rule is None:
            kept.append(finding)
        else:
            used.add(rule)
            silenced.append(Silenced(finding, rule.reason))
    return tuple(kept), tuple(silenced), tuple(rule for rule in rules if rule not in used)
