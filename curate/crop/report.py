"""What a run of the crop stage tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from curate.crop.judge import Thresholds
from curate.crop.match import ambiguity_of
from curate.crop.worker import Item, WindowPlan
from curate.model.finding import Finding

STATUSES = ("accepted", "review", "rejected")


@dataclass(frozen=True, slots=True)
class WindowReport:
    """One window of one category.

    Attributes
    ----------
    window, mode : str
    by_label : dict of str to dict of str to int
        Number of frames by label (``""`` where nobody has said) and status.
    cut : int
        Images written by this run; the other accepted ones were up to date.
    thresholds : dict of str to float or bool
        What matches were judged by, a :class:`curate.crop.judge.Thresholds`; empty where nothing is matched.
    scores : dict of str to float
        Lowest, median and highest score, ambiguity and agreement of the accepted frames.
    by_hand : int
        Number of windows that a person decided about.
    """

    window: str
    mode: str
    by_label: dict[str, dict[str, int]]
    cut: int
    thresholds: dict[str, float | bool]
    scores: dict[str, float]
    by_hand: int = 0

    def count(self, status: str) -> int:
        """Return how many frames have a status."""
        return sum(counts.get(status, 0) for counts in self.by_label.values())

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "window": self.window,
            "mode": self.mode,
            **{status: self.count(status) for status in STATUSES},
            "cut": self.cut,
            "by_hand": self.by_hand,
            "by_label": self.by_label,
            "thresholds": self.thresholds,
            "scores": self.scores,
        }


@dataclass(frozen=True, slots=True)
class CropReport:
    """One category.

    Attributes
    ----------
    category : str
    windows : tuple of WindowReport
    frames : int
    matched : int
        Frames that this run looked for the part in; positions of the others stood in the records.
    to_match, to_cut : int
        What a dry run found to do.
    dry_run : bool
    findings : tuple of Finding
    """

    category: str
    windows: tuple[WindowReport, ...]
    frames: int
    matched: int
    to_match: int
    to_cut: int
    dry_run: bool
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "frames": self.frames,
            "matched": self.matched,
            "to_match": self.to_match,
            "to_cut": self.to_cut,
            "dry_run": self.dry_run,
            "windows": [window.to_json() for window in self.windows],
            "findings": [finding.to_json() for finding in self.findings],
        }


def window_report(
    plan: WindowPlan, items: Iterable[Item], labels: Mapping[str, str], cut: int, limits: Thresholds | None
) -> WindowReport:
    """Count one window's frames by label (of each frame) and status."""
    own = [item for item in items if item.plan is plan]
    counter: Counter[tuple[str, str]] = Counter((labels[item.capture.frame], item.verdict.status) for item in own)
    by_label = {
        label: {status: counter[label, status] for status in STATUSES} for label in sorted({key[0] for key in counter})
    }
    thresholds = asdict(limits) if limits else {}
    by_hand = sum(item.decision is not None for item in own)
    return WindowReport(plan.name, plan.config.mode, by_label, cut, thresholds, _scores(own), by_hand)


def _scores(items: Iterable[Item]) -> dict[str, float]:
    found = [item.found for item in items if item.found and item.verdict.status == "accepted"]
    columns = {
        "score": sorted(entry.score for entry in found),
        "ambiguity": sorted(ambiguity_of(entry.score, entry.second) or 0.0 for entry in found),
        "agreement": sorted(entry.agreement for entry in found if entry.agreement is not None),
    }
    return {
        f"{name}_{which}": round(values[place], 4)
        for name, values in columns.items()
        if values
        for which, place in (("min", 0), ("median", len(values) // 2), ("max", -1))
    }
