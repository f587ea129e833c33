"""Bring submissions and results together: what is scored already is not scored again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from curate.datasets.dataset import read_dataset
from curate.disk.hashing import sha256_file
from curate.evaluate.consistency import read_checked_result
from curate.evaluate.identity import KnownDataset, refuse_other_datasets
from curate.evaluate.plan import plan_category
from curate.evaluate.provenance import files_fingerprint
from curate.evaluate.result import mean_over_categories
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.model.dataset import Dataset
from curate.model.evaluation_options import EvaluationOptions
from curate.model.finding import Finding
from curate.model.result import Result
from curate.model.submission import CategorySubmission, SubmissionRun
from curate.submissions.submission import read_submission

_MOST_METHODS = 8
"""A report of more would be no page that anyone reads."""


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
    results : tuple of Result
        Those of files first.
    maps : dict
        By the fingerprint of the submission's files.
    refused : tuple of (str, tuple of Finding)
        Submissions that were not scored, by their folder's name, and why.
    unchecked : tuple of str
        What of the results' files could not be checked.
    of_other_datasets : tuple of (str, str)
        Files of results that are of another dataset and therefore not shown, and why.
    left_out : str
        That only the best methods are shown, where there are many.
    """

    results: tuple[Result, ...] = ()
    maps: Mapping[str, Maps] | None = None
    refused: tuple[tuple[str, tuple[Finding, ...]], ...] = ()
    unchecked: tuple[str, ...] = ()
    of_other_datasets: tuple[tuple[str, str], ...] = ()
    left_out: str = ""


def score(
    submissions: Sequence[Path],
    results: Sequence[Path],
    dataset_root: Path | None,
    *,
    known_dataset: KnownDataset | None = None,
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
    known_dataset : KnownDataset or None
        Results of another one are left out. None where there is none: then all must be of one dataset.
    layout, categories, execution
        As for :func:`curate.evaluate.run.evaluate_submission`.
    found : sequence of Finding
        What validating the dataset found.
    """
    read = [(path, *read_checked_result(path)) for path in results]
    unchecked = tuple(f"{path.name}: {sentence}" for path, _, sentences in read for sentence in sentences)
    of_other_datasets: tuple[tuple[str, str], ...] = ()
    if known_dataset is None:
        refuse_other_datasets([(str(path), result) for path, result, _ in read])
    else:
        reasons = [known_dataset.mismatch(result) for _, result, _ in read]
        of_other_datasets = tuple((path.name, text) for (path, _, _), text in zip(read, reasons, strict=True) if text)
        read = [entry for entry, text in zip(read, reasons, strict=True) if not text]
    scored = _distinct([_only(result, categories) for _, result, _ in read])
    if dataset_root is None or not submissions:
        shown, left_out = best_methods_first(scored)
        return Scoring(shown, {}, unchecked=unchecked, of_other_datasets=of_other_datasets, left_out=left_out)
    dataset = read_dataset(dataset_root, layout)
    maps: dict[str, Maps] = {}
    refused = []
    for root in dict.fromkeys(submissions):
        wanted = tuple(categories) or tuple(category.name for category in dataset.categories)
        submission = read_submission(root, dataset, wanted)
        known = {
            (run.submission.files_fingerprint, run.submission.method, run.submission.run)
            for result in scored
            for run in result.single_runs
            if _is_drawable(run)
        }
        prints = [_files_fingerprint(dataset, run, root, execution) for run in submission.runs] if known else []
        named = {(mark, run.method, run.run) for mark, run in zip(prints, submission.runs, strict=False)}
        if not prints or not named <= known:
            options = EvaluationOptions(categories=tuple(categories))
            report = evaluate_submission(
                root, dataset_root, options=options, layout=layout, dataset_findings=found, execution=execution
            )
            if report.result is None:
                refused.append((root.resolve().name, report.findings))
                continue
            scored = _distinct([*scored, report.result])
            prints = [run.submission.files_fingerprint for run in report.result.single_runs]
        for run, fingerprint in zip(submission.runs, prints, strict=True):
            maps[fingerprint] = Maps(root, {part.category: part for part in run.categories})
    shown, left_out = best_methods_first(scored)
    return Scoring(shown, maps, tuple(refused), unchecked, of_other_datasets, left_out)


def best_methods_first(results: Sequence[Result]) -> tuple[tuple[Result, ...], str]:
    """Return the results of the best few methods, by their mean AU-sPRO@0.05 or else AUROC, and what is left out."""
    methods: dict[str, list[Result]] = {}
    for result in results:
        methods.setdefault(result.submission.entrant, []).append(result)
    if len(methods) <= _MOST_METHODS:
        return tuple(results), ""

    def height(name: str) -> tuple[float, float]:
        means = [result.mean for result in methods[name]]
        areas = [mean.au_spro["0.05"] for mean in means if mean.au_spro["0.05"] is not None]
        images = [mean.auroc for mean in means if mean.auroc is not None]
        return (max(areas, default=-1.0), max(images, default=-1.0))

    best = set(sorted(methods, key=height, reverse=True)[:_MOST_METHODS])
    kept = tuple(result for result in results if result.submission.entrant in best)
    return kept, (
        f"the best {_MOST_METHODS} of {len(methods)} methods are shown, by AU-sPRO@0.05: `curate leaderboard` makes a "
        "page of all"
    )


def _only(result: Result, categories: tuple[str, ...]) -> Result:
    """Leave out categories that nobody asked for; the mean is then of those that stay."""
    if not categories or set(result.categories) <= set(categories):
        return result
    kept = {name: entry for name, entry in result.categories.items() if name in categories}
    runs = tuple(_only(run, categories) for run in result.runs) if result.runs else None
    return replace(result, categories=kept, mean=mean_over_categories(kept.values()), std=None, runs=runs)


def _is_drawable(result: Result) -> bool:
    """Whether a result holds curves; older ones do not, and are computed again where the maps are at hand."""
    return all(entry.curves for run in result.single_runs for entry in run.categories.values())


def _distinct(results: Iterable[Result]) -> list[Result]:
    """Keep one of several results of the same runs on the same dataset: one with curves, else the first."""
    kept: dict[tuple[tuple[str, ...], ...], Result] = {}
    for result in results:
        key = tuple(
            (run.submission.method, run.submission.run, run.submission.fingerprint, run.dataset.fingerprint)
            for run in result.single_runs
        )
        if key not in kept or not _is_drawable(kept[key]):
            kept[key] = result
    return list(kept.values())


def _files_fingerprint(dataset: Dataset, run: SubmissionRun, root: Path, execution: Execution) -> str:
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
    return files_fingerprint(plans, tables, digests)


def _hash(root: Path, path: str) -> str:
    return sha256_file(root / path)
