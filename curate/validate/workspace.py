"""What can be wrong with a workspace's records, and how findings of its export are said in its terms. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding
from curate.workspace.stage_names import stage_command


def stale_findings(reasons: Mapping[tuple[str, str], Sequence[str]]) -> list[Finding]:
    """CUR550: stages whose result no longer belongs to what it was made from.

    Parameters
    ----------
    reasons : mapping of (stage, category) to sequence of str
        Why the stage must run again; empty when it need not.
    """
    return [
        found(
            codes.STALE_RECORD,
            f"{stage} of {category} is stale: {'; '.join(why)}",
            f"records/stamps/{stage}/{category}.json",
            hint=f"run `{stage_command(stage, category)}`",
        )
        for (stage, category), why in sorted(reasons.items())
        if why
    ]


def below(folder: str, findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with their paths below a folder of the workspace."""
    return [
        replace(
            finding,
            path=f"{folder}/{finding.path}" if finding.path else folder,
            related=tuple(f"{folder}/{path}" for path in finding.related),
        )
        for finding in findings
    ]
