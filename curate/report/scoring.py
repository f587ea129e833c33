"""Bring submissions and results together: what is scored already is not scored again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from curate.datasets.dataset import read_dataset
from curate.disk.hashing import sha256_file
from curate.evaluate.options import EvaluationOptions
from curate.evaluate.plan import plan_category
from curate.evaluate.provenance import submission_fingerprint
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.model.dataset import Dataset
from curate.model.finding import Finding
from curate.model.submission import CategorySubmission, SubmissionRun
from curate.submissions.results import read_result
from curate.submissions.submission import read_submission
from curate.view.curves import runs_of


@dataclass(frozen=True, slots=True)
class Maps:
    """Where the maps of a run lie: the submission's folder, and its categories by name."""

    root: Path
    categories: dict[str, CategorySubmission]


@dataclass(frozen=True, slots=True)
class Scoring:
    """All results, and the maps of those whose submission is at hand.

    Attributes
    ----------
    documents : tuple of dict
        Result documents, those of files first.
    maps : dict
        By the submission's fingerprint.
    refused : tuple of (str, tuple of Finding)
        Submissions that were not scored, by their folder's name, and why.
    """

    documents: tuple[dict[str, Any], ...] = ()
    maps: Mapping[str, Maps] | None = None
    refused: tuple[tuple[str, tuple[Finding, ...]], ...] = ()


def score(
    submissions: Sequence[Path],
    results: Sequence[Path],
    dataset_root: Path | None,
    *,
    layout: str | None,
    categories: tuple[str, ...],
    found: Sequence[Finding],
    execution: Execution,
) -> Scoring:
    """Read results and score the submissions that none of them is of.

    Parameters
    ----------
    submissions, results : sequence of Path
        The same file or folder twice counts once.
    dataset_root : Path or None
        None where nothing was exported yet; then there must be no submissions.
    layout, categories, execution
        As for :func:`curate.evaluate.run.evaluate_submission`.
    found : sequence of Finding
        What validating the dataset found.
    """
    documents = _distinct([_only(read_result(path), categories) for path in results])
    if dataset_root is None or not submissions:
        return Scoring(tuple(documents), {})
    dataset = read_dataset(dataset_root, layout)
    maps: dict[str, Maps] = {}
    refused = []
    for root in dict.fromkeys(submissions):
        wanted = tuple(categories) or tuple(category.name for category in dataset.categories)
        submission = read_submission(root, dataset, wanted)
        known = {
            run["submission"]["fingerprint"] for document in documents for run in runs_of(document) if _drawable(run)
        }
        prints = [_fingerprint(dataset, run, root, execution) for run in submission.runs] if known else []
        if not prints or not set(prints) <= known:
            options = EvaluationOptions(categories=tuple(categories))
            report = evaluate_submission(
                root, dataset_root, options=options, layout=layout, dataset_findings=found, execution=execution
            )
            if report.result is None:
                refused.append((root.resolve().name, report.findings))
                continue
            # Through JSON, so that a number is the same whether it was computed now or read.
            document = json.loads(json.dumps(report.result))
            documents = _distinct([*documents, document])
            prints = [run["submission"]["fingerprint"] for run in runs_of(document)]
        for run, fingerprint in zip(submission.runs, prints, strict=True):
            maps[fingerprint] = Maps(root, {part.category: part for part in run.categories})
    return Scoring(tuple(documents), maps, tuple(refused))


def _only(document: dict[str, Any], categories: tuple[str, ...]) -> dict[str, Any]:
    """Leave out categories that nobody asked for; the mean is then of other categories, and is left out, too."""
    if not categories or set(document["categories"]) <= set(categories):
        return document
    blocks = {name: block for name, block in document["categories"].items() if name in categories}
    runs = {"runs": [_only(run, categories) for run in document["runs"]]} if "runs" in document else {}
    rest = {name: value for name, value in document.items() if name != "mean"}
    return {**rest, **runs, "categories": blocks}


def _drawable(run: Mapping[str, Any]) -> bool:
    """Whether a run's result holds curves; older ones do not, and are computed again where the maps are at hand."""
    return all("curves" in block for block in run["categories"].values())


def _distinct(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep one of several results of the same runs on the same dataset: one with curves, else the first."""
    kept: dict[str, dict[str, Any]] = {}
    for document in documents:
        runs = runs_of(document)
        key = json.dumps([[run["submission"], run["dataset"]["fingerprint"]] for run in runs], sort_keys=True)
        if key not in kept or not all(map(_drawable, runs_of(kept[key]))):
            kept[key] = document
    return list(kept.values())


def _fingerprint(dataset: Dataset, run: SubmissionRun, root: Path, execution: Execution) -> str:
    """Hash a run's maps and tables as an evaluation does, without reading scores."""
    parts = {part.category: part for part in run.categories}
    plans = [
        plan_category(category, parts[category.name], allow_missing=True)[0]
        for category in dataset.categories
        if category.name in parts
    ]
    paths = sorted(
        {
            path
            for plan in plans
            for path in (*(job.map_path for job in plan.jobs if job.map_path), *plan.train_maps.values())
        }
    )
    hashes = execution.map(partial(_hash, root), paths, f"look up {run.method}")
    digests = {f"map:{path}": value for path, value in zip(paths, hashes, strict=True)}
    tables = {
        part.category: {Path(path).name: digest for path, digest in part.tables.items()} for part in run.categories
    }
    return submission_fingerprint(plans, tables, digests)


def _hash(root: Path, path: str) -> str:
    return sha256_file(root / path)
