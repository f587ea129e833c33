"""What screening says at its end: what was set aside, why, and from which labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding, ordered
from curate.model.screening import Screening, SetAside
from curate.model.words import Shown
from curate.screen.published import MeasureComparison


@dataclass(frozen=True, slots=True, repr=False)
class ScreenReport(Shown):
    """The result of screening one category.

    Attributes
    ----------
    category : str
    rows : tuple of Screening
        Of all series, in order.
    labels : dict of str to str
        Frame to label, ``""`` where nobody has said.
    sheets : tuple of str
        Contact sheets, relative to the workspace.
    findings : tuple of Finding
    dry_run : bool
    comparisons : tuple of MeasureComparison
        With published measures, where they were asked for.
    """

    category: str
    rows: tuple[Screening, ...]
    labels: dict[str, str]
    sheets: tuple[str, ...]
    findings: tuple[Finding, ...]
    dry_run: bool
    comparisons: tuple[MeasureComparison, ...] = ()

    @property
    def reasons(self) -> dict[str, int]:
        """Number of rejected frames by reason; a frame may have several."""
        return dict(
            sorted(Counter(name for row in self.rows if row.decision == "reject" for name in _reasons(row)).items())
        )

    @property
    def by_label(self) -> dict[str, tuple[int, int]]:
        """Number of frames and of rejected ones by label; ``""`` are those without."""
        return by_label(self.rows, self.labels)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "dry_run": self.dry_run,
            "frames": len(self.rows),
            "rejected": {row.frame: _why(row) for row in self.rows if row.decision == "reject"},
            "kept_by_person": [row.frame for row in self.rows if row.decision == "keep" and row.decided_by == "person"],
            "reasons": self.reasons,
            "labels": {
                label: {"frames": frames, "rejected": rejected} for label, (frames, rejected) in self.by_label.items()
            },
            "sheets": list(self.sheets),
            **({"comparisons": [entry.to_json() for entry in self.comparisons]} if self.comparisons else {}),
            "findings": [finding.to_json() for finding in self.findings],
        }


def _why(row: Screening) -> str:
    return str(SetAside("person", row.remark)) if row.decided_by == "person" else row.reason


def _reasons(row: Screening) -> list[str]:
    return row.reason.split() or ["by hand"]


def by_label(rows: Sequence[Screening], labels: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Count frames and rejected frames by label."""
    frames = Counter(labels.get(row.frame, "") for row in rows)
    rejected = Counter(labels.get(row.frame, "") for row in rows if row.decision == "reject")
    return {label: (frames[label], rejected[label]) for label in sorted(frames)}


def about_labels(rows: Sequence[Screening], labels: Mapping[str, str], category: str) -> tuple[Finding, ...]:
    """Say loudly which defects are set aside more often than good frames: a screen must not decide the benchmark."""
    counts = by_label(rows, labels)
    good, good_rejected = counts.get(GOOD, (0, 0))
    usual = good_rejected / good if good else 0.0
    findings = []
    for label, (frames, rejected) in counts.items():
        if label in {"", GOOD} or not rejected or rejected / frames <= usual:
            continue
        mine = [row for row in rows if row.decision == "reject" and labels.get(row.frame) == label]
        against = f"{good_rejected} of {good} good ones ({usual:.1%})" if good else "no frame is labelled good"
        message = f"{rejected} of {frames} frames with {label!r} are set aside ({rejected / frames:.1%}), {against}"
        reasons = ", ".join(f"{name} {count}" for name, count in _counted(mine))
        findings.append(
            found(
                codes.SCREENING_BIAS,
                f"{message}; for {reasons}",
                category,
                related=tuple(row.frame for row in mine[:10]),
            )
        )
    return ordered(findings)


def _counted(rows: Sequence[Screening]) -> list[tuple[str, int]]:
    counts = Counter(name for row in rows for name in _reasons(row))
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
