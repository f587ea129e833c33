"""The result of a validation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from curate.datasets.silence import SILENCE_NAME
from curate.model.account import Account
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding, count_by_severity, ordered
from curate.model.silence import Silence, Silenced, apply_silences
from curate.model.words import Shown
from curate.validate.table import CategoryTable


@dataclass(frozen=True, slots=True, repr=False)
class ValidationReport(Shown):
    """What validation found.

    Attributes
    ----------
    path_root : str
        The dataset, as the user named it.
    findings : tuple of Finding
        In their total order; paths are relative to the root.
    checked : dict
        Number of ``images`` and ``masks`` looked at.
    silenced : tuple of Silenced
        What does not count, because the dataset's ``curate-validate.toml`` says so or somebody accepted it.
    tables : tuple of CategoryTable
        What is known about each category, for those who want to count or fix.
    account : dict of str to Account
        Of the ``files`` below the root, and of the ``entries`` of documents: used and left out, together all there is;
        empty for a workspace, and where only some categories were asked for.
    """

    path_root: str
    findings: tuple[Finding, ...]
    checked: dict[str, int]
    silenced: tuple[Silenced, ...] = ()
    tables: tuple[CategoryTable, ...] = field(default=(), repr=False, compare=False)
    account: dict[str, Account] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the report as in docs/formats.md."""
        return {
            "schema": "curate/findings/1",
            "path_root": self.path_root,
            "checked": self.checked,
            "counts": count_by_severity(self.findings),
            "findings": [finding.to_json() for finding in self.findings],
            "account": {name: account.to_json() for name, account in self.account.items()},
            "silenced": [{**entry.finding.to_json(), "reason": entry.reason} for entry in self.silenced],
        }


def make_report(
    path_root: str,
    findings: Iterable[Finding],
    rules: Sequence[Silence],
    *,
    images: int,
    masks: int,
    tables: tuple[CategoryTable, ...] = (),
    accepted: Iterable[Silenced] = (),
) -> ValidationReport:
    """Put findings in order, take out what is silenced, and report rules that silence nothing.

    ``accepted`` are findings that were taken out already.
    """
    kept, silenced, idle = apply_silences(ordered(map(_readable, findings)), rules)
    unused = [
        found(
            codes.UNUSED_SILENCE,
            f"no {rule.code} is found{f' at {rule.path}' if rule.path else ''}: {rule.reason}",
            SILENCE_NAME,
        )
        for rule in idle
        if not any(finding.code == codes.UNREAD_FILE for finding in kept)  # who knows
    ]
    readable = (replace(entry, finding=_readable(entry.finding)) for entry in accepted)
    taken_out = tuple(sorted([*readable, *silenced], key=lambda entry: entry.finding.sort_key()))
    return ValidationReport(path_root, ordered([*kept, *unused]), {"images": images, "masks": masks}, taken_out, tables)


def _readable(finding: Finding) -> Finding:
    """Escape bytes of file names that are not UTF-8: no JSON document and no terminal can hold them."""
    paths = [finding.path, *finding.related]
    path, *related = (text.encode("utf-8", "backslashreplace").decode() for text in paths)
    message = finding.message.encode("utf-8", "backslashreplace").decode()
    return replace(finding, path=path, related=tuple(related), message=message)
