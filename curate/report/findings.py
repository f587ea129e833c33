"""Findings for people: grouped by code, with what the code means and pictures of where it happens. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from curate.model.account import Account
from curate.model.codes import BY_CODE
from curate.model.finding import Finding
from curate.model.silence import Silenced as SilencedFinding
from curate.report.charts import count
from curate.report.page import FindingGroup, FindingRow, FindingsPart, GalleryEntry, SilencedRow

MOST_PICTURES = 6
"""Pictures a code; the gallery has them all."""

_SHOWN = 10
"""So many files of a finding are named on the page; its JSON names all."""


def findings_part(
    findings: Sequence[Finding],
    silenced: Sequence[SilencedFinding],
    checked: Mapping[str, int],
    account: Mapping[str, Account],
    shown: Mapping[str, GalleryEntry],
    small: Callable[[GalleryEntry], GalleryEntry],
) -> FindingsPart:
    """Group findings by code, in their order.

    Parameters
    ----------
    findings, silenced
    checked : mapping
        Number of ``images`` and ``masks`` looked at.
    account : mapping
        Of the dataset's ``files`` and ``entries``; what was left out is said.
    shown : mapping of str to GalleryEntry
        The gallery's entry of an image's or a mask's path.
    small : callable
        Makes the picture beside a finding from that of the gallery.
    """
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.code, []).append(finding)
    looked_at = f"{count(checked['images'], 'image')} and {count(checked['masks'], 'mask')} were checked"
    left_out = [line.strip() for name, entry in account.items() if entry.left_out for line in entry.lines(name)]
    looked_at = "; ".join([looked_at, *left_out])
    return FindingsPart(
        checked=looked_at if checked["images"] else "Only records were checked: nothing has been exported yet",
        groups=tuple(_group(code, members, shown, small) for code, members in groups.items()),
        silenced=tuple(
            SilencedRow(entry.finding.code, entry.finding.path, entry.finding.message, entry.reason)
            for entry in silenced
        ),
    )


def _group(
    code: str,
    members: Sequence[Finding],
    shown: Mapping[str, GalleryEntry],
    small: Callable[[GalleryEntry], GalleryEntry],
) -> FindingGroup:
    about = BY_CODE[code]
    named = {path: None for member in members for path in (member.path, *member.related) if path in shown}
    pictured = list({shown[path].anchor: shown[path] for path in named}.values())
    return FindingGroup(
        code=code,
        severity=members[0].severity,
        title=about.title,
        why=about.why,
        hints=tuple(dict.fromkeys(member.hint for member in members if member.hint)),
        rows=tuple(_row(member, shown) for member in members),
        pictures=tuple(small(entry) for entry in pictured[:MOST_PICTURES]),
        pictured=len(pictured),
    )


def _row(finding: Finding, shown: Mapping[str, GalleryEntry]) -> FindingRow:
    place = shown.get(finding.path)
    return FindingRow(finding.path, finding.message, finding.related[:_SHOWN], place.anchor if place else "")


def codes_by_path(findings: Sequence[Finding]) -> dict[str, tuple[str, ...]]:
    """Return the codes of the findings that name each path, also as one that takes part."""
    codes: dict[str, dict[str, None]] = {}
    for finding in findings:
        for path in (finding.path, *finding.related):
            codes.setdefault(path, {})[finding.code] = None
    return {path: tuple(sorted(entry)) for path, entry in codes.items()}
