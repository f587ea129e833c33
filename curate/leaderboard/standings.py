"""Ranks of all entries by all metrics, as one document: what the page, the JSON and the CSV show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate.evaluate.compare import METRICS, MethodComparison, MethodScore, compare_results
from curate.evaluate.significance import Test
from curate.leaderboard.entries import LeaderboardEntry
from curate.model.result import CategoryResult

SCHEMA = "curate/leaderboard/1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an entry's results came out again from its submission.

    Attributes
    ----------
    state : str
        ``verified``, ``failed`` (then it is not ranked), or ``unchecked``.
    reasons : tuple of str
        What differs, or what could not be looked at.
    """

    state: str
    reasons: tuple[str, ...] = ()


UNCHECKED = Verdict("unchecked")


@dataclass(frozen=True, slots=True)
class Standings:
    """Everything that a leaderboard shows.

    Attributes
    ----------
    dataset, fingerprint : str
    entries : tuple of LeaderboardEntry
        Ranked ones.
    failed : tuple of LeaderboardEntry
        Entries whose numbers did not come out again: named, and not ranked.
    verdicts : dict
        By the entry's key.
    comparison : MethodComparison
        A table per metric of which any entry has a value.
    of_other_datasets : tuple of (str, str)
        Files of results of another dataset, and why; they are no entries.
    """

    dataset: str
    fingerprint: str
    entries: tuple[LeaderboardEntry, ...]
    failed: tuple[LeaderboardEntry, ...]
    verdicts: Mapping[str, Verdict]
    comparison: MethodComparison
    of_other_datasets: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the standings as a document, byte for byte the same for the same results."""
        return {
            "schema": SCHEMA,
            "dataset": {"name": self.dataset, "fingerprint": self.fingerprint},
            "test": self.comparison.test,
            "level": self.comparison.level,
            "warnings": list(self.comparison.warnings),
            "metrics": {table.metric: list(table.columns) for table in self.comparison.tables},
            "entries": [self._entry(entry) for entry in self.entries],
            "failed": [self._about(entry) for entry in self.failed],
            "of_other_datasets": [{"file": name, "reason": reason} for name, reason in self.of_other_datasets],
        }

    def _about(self, entry: LeaderboardEntry) -> dict[str, Any]:
        verdict = self.verdicts.get(entry.key, UNCHECKED)
        return {
            "key": entry.key,
            "title": entry.title,
            "team": entry.team,
            "method": entry.method,
            "runs": [run.submission.run for run in entry.runs],
            "verification": verdict.state,
            "reasons": list(verdict.reasons),
            "fingerprints": [run.submission.fingerprint for run in entry.runs],
        }

    def _entry(self, entry: LeaderboardEntry) -> dict[str, Any]:
        scores: dict[str, dict[str, Any]] = {}
        for table in self.comparison.tables:
            row = next(row for row in table.rows if row.method == entry.title)
            scores[table.metric] = {name: _cell(row.cells[name]) for name in table.columns}
            scores[table.metric]["rank"] = row.mean_rank
        return {**self._about(entry), "scores": scores, "intervals": _intervals(entry)}


def _cell(score: MethodScore) -> dict[str, Any]:
    return {"mean": score.mean, "std": score.std, "runs": score.runs, "rank": score.rank, "best": score.best}


def _intervals(entry: LeaderboardEntry) -> dict[str, dict[str, list[float]]]:
    """Return the bootstrap intervals of an entry of one run, by metric and category."""
    if len(entry.runs) != 1:
        return {}
    found: dict[str, dict[str, list[float]]] = {}
    for category, block in entry.runs[0].categories.items():
        for metric, interval in _known_intervals(block).items():
            if interval is not None:
                found.setdefault(metric, {})[category] = list(interval)
    return found


def _known_intervals(block: CategoryResult) -> dict[str, tuple[float, float] | None]:
    known = block.intervals
    if known is None:
        return {}
    areas = {f"au_spro@{limit}": interval for limit, interval in (known.au_spro or {}).items()}
    rates = {f"tpr@tnr{tnr}": interval for tnr, interval in (known.tpr_at_tnr or {}).items()}
    return {**areas, "auroc": known.auroc, "ap": known.ap, "f1_max": known.f1_max, **rates}


def compared(entries: Sequence[LeaderboardEntry], *, test: Test = "welch") -> MethodComparison:
    """Rank entries by every metric of which any has a value; equal means share their mean rank."""
    runs = [run for entry in entries for run in entry.runs]
    used = [
        metric
        for metric, number in METRICS.items()
        if any(number(block) is not None for run in runs for block in run.categories.values())
    ]
    return compare_results(runs, used, test=test)
