"""What an import of labels says at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from curate.label.plan import LabelPlan
from curate.label.sources import SourceReading
from curate.model.account import Account
from curate.model.capture import Capture
from curate.model.defect import GOOD
from curate.model.finding import Finding, has_errors, ordered
from curate.model.region import Annotation, image_label
from curate.model.words import Shown


@dataclass(frozen=True, slots=True, repr=False)
class LabelReport(Shown):
    """What ``curate label import`` did.

    Attributes
    ----------
    category : str
    imported : int
        Frames whose annotation came from the files.
    good : int
        Of those, without a region and called good.
    regions : int
        In the imported frames.
    kept : int
        Frames that the files do not name; their annotations stayed as they were.
    findings : tuple of Finding
    unknown : dict of str to int
        Names in the files that are no defects in ``curate.toml``, and how many regions are called so.
    account : dict of str to Account
        Of the ``files`` below the sources, the ``entries`` of documents (images and shapes), and the ``images`` that a
        frame was found for: used and left out, together all there is.
    rest : int
        Frames that were called good because the files do not name them; among the imported ones.
    changed : dict of str to tuple of str
        Frames that were called something else before: what, and what now.
    redrawn : int
        Frames whose label stayed, and whose regions did not.
    """

    category: str
    imported: int
    good: int
    regions: int
    kept: int
    findings: tuple[Finding, ...]
    unknown: dict[str, int] = field(default_factory=dict)
    account: dict[str, Account] = field(default_factory=dict)
    rest: int = 0
    changed: dict[str, tuple[str, str]] = field(default_factory=dict)
    redrawn: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "imported": self.imported,
            "good": self.good,
            "regions": self.regions,
            "kept": self.kept,
            "rest": self.rest,
            "changed": {frame: {"before": old, "now": new} for frame, (old, new) in self.changed.items()},
            "redrawn": self.redrawn,
            "unknown": self.unknown,
            "account": {name: account.to_json() for name, account in self.account.items()},
            "findings": [finding.to_json() for finding in self.findings],
        }


def report_of(
    category: str,
    plan: LabelPlan,
    reading: SourceReading,
    before: Mapping[str, Annotation],
    captures: Sequence[Capture],
) -> LabelReport:
    """Sum up what was read and what of the record is another now; ``before`` is what it held."""
    new = [plan.annotations[frame] for frame in plan.imported]
    imported_as = {capture.frame: capture.label for capture in captures}
    changed, redrawn = {}, 0
    for annotation in new:
        frame = annotation.frame
        label = imported_as.get(frame, "")
        was, now = image_label(label, before.get(frame)), image_label(label, annotation)
        if was and was != now:
            changed[frame] = (was, now)
        elif frame in before:
            redrawn += before[frame].regions != annotation.regions
    return LabelReport(
        category=category,
        imported=len(new),
        good=sum(annotation.label == GOOD for annotation in new),
        regions=sum(len(annotation.regions) for annotation in new),
        kept=len(plan.annotations) - len(new),
        findings=ordered(plan.findings),
        account={"files": reading.files, "entries": reading.parsed.account, "images": plan.images},
        changed=changed,
        redrawn=redrawn,
    )


def failure_of(plan: LabelPlan, report: LabelReport) -> str:
    """Say why the record is of no use: nothing was recorded, or no region of all that were drawn; ``""`` when it is."""
    regions = any(annotation.regions for annotation in plan.annotations.values())
    if plan.annotations and (regions or not has_errors(report.findings)):
        return ""
    if report.unknown:
        named = ", ".join(f"{count} {name}" for name, count in report.unknown.items())
        return f"no region was taken, curate.toml names none of these defects: {named}"
    first = next((entry for entry in report.findings if entry.severity == "error"), None)
    return f"no region was taken: {first.code} {first.message}" if first else "no frame has an annotation"
