"""Evaluate a submission: read it once, refuse it whole or score it whole.

The only way from folders to numbers. Everything that computes is pure and lies beside this file; what touches map and
mask files is :mod:`curate.evaluate.scoring`, which threads and cluster workers run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate import __version__
from curate.datasets.dataset import read_dataset
from curate.errors import MissingError
from curate.evaluate.classification import unknown_and_absent
from curate.evaluate.dataset_errors import errors_that_change_numbers, notes_by_category, remarks_on_truth
from curate.evaluate.declared import held_out_of, stated_facts, training_notes
from curate.evaluate.image_digests import image_digests
from curate.evaluate.plan import ScoringPlan, missing_categories, plan_category
from curate.evaluate.provenance import (
    DATASET_COVERS,
    SUBMISSION_COVERS,
    dataset_fingerprint,
    files_fingerprint,
    signature,
    submission_fingerprint,
)
from curate.evaluate.result import CategoryScores, category_result, mean_over_categories
from curate.evaluate.runs import several_runs
from curate.evaluate.scoring.memory import Memory
from curate.evaluate.scoring.passes import score_category
from curate.evaluate.scoring.reading import Reading
from curate.execution import Execution
from curate.model.account import Account
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Dataset
from curate.model.evaluation_options import EvaluationOptions
from curate.model.finding import Finding, count_by_severity, has_errors, ordered
from curate.model.result import FINGERPRINT_VERSION, SCHEMA, Result, ScoredDataset, ScoredSubmission, UnscoredParts
from curate.model.submission import SubmissionRun
from curate.model.words import Shown
from curate.submissions.archive import submission_folder
from curate.submissions.submission import read_submission

if TYPE_CHECKING:
    from curate.submissions.concealed import TruthKey

_MISSING = frozenset({codes.MISSING_MAP, codes.MISSING_CATEGORY, codes.TRAINING_SCORED_IN_PART})
"""Codes of what a submission lacks."""

_UNREAD = codes.UNREAD_FILE


@dataclass(frozen=True, slots=True, repr=False)
class EvaluationReport(Shown):
    """What came out: a result, or the findings for which the submission was refused.

    Attributes
    ----------
    result : Result or None
        None when the submission was refused.
    findings : tuple of Finding
    submission_root : str
        As the user named it; findings' paths are relative to it, or to the dataset.
    dataset_errors : tuple of Finding
        Errors of the dataset that change a number; they stand in the result's notes.
    remarks : tuple of Finding
        Warnings of the dataset to look at first: masks that may be inverted, truth left unread.
    account : dict of str to Account
        Of the dataset's files and entries, and of the submission's files: used and left out, together all there is.
    """

    result: Result | None
    findings: tuple[Finding, ...]
    submission_root: str
    dataset_errors: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()
    account: dict[str, Account] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the result, or the findings of a refused submission."""
        if self.result is not None:
            return self.result.to_json()
        return {
            "schema": "curate/findings/1",
            "path_root": self.submission_root,
            "checked": {},
            "counts": count_by_severity(self.findings),
            "findings": [finding.to_json() for finding in self.findings],
        }


def evaluate_submission(
    submission_root: Path | str,
    dataset_root: Path | str,
    *,
    options: EvaluationOptions = EvaluationOptions(),
    layout: str | None = None,
    dataset_findings: Sequence[Finding] | None = None,
    key: TruthKey | None = None,
    execution: Execution = Execution(),
    memory: Memory = Memory(),
) -> EvaluationReport:
    """Score a submission on a dataset.

    Parameters
    ----------
    submission_root, dataset_root : Path
    options : EvaluationOptions
    layout : str, optional
        Insist on the dataset's layout; as the options say when left out.
    dataset_findings : sequence of Finding, optional
        What validating the dataset found; errors that change a number become notes of the result. None when nobody
        looked, which the result's signature says.
    key : TruthKey, optional
        Of this dataset, for submissions that name images as its public half does.
    execution : Execution
    memory : Memory
        What may be held at a time while float maps are scored; changes no number.

    Returns
    -------
    EvaluationReport
        With a result, or with the findings of every file that cannot be scored. Never with a part of a result.

    Raises
    ------
    CurateError
        If a folder does not exist or is no dataset or no submission at all.
    """
    submission_root = Path(submission_root)
    dataset_root = Path(dataset_root)
    options = replace(options, layout=layout or options.layout)
    return score_folders(submission_root, dataset_root, options, dataset_findings, execution, memory=memory, key=key)


@dataclass(frozen=True, slots=True)
class FingerprintRule:
    """Which version of fingerprints is made, and whether every image is read for it, whatever is remembered of it."""

    version: int = FINGERPRINT_VERSION
    always_read: bool = False


def score_folders(
    submission_root: Path,
    dataset_root: Path,
    options: EvaluationOptions,
    dataset_findings: Sequence[Finding] | None,
    execution: Execution,
    *,
    rule: FingerprintRule = FingerprintRule(),
    memory: Memory = Memory(),
    key: TruthKey | None = None,
) -> EvaluationReport:
    """Score as :func:`evaluate_submission` does, with fingerprints by a rule; a zip or tar file is unpacked first."""
    with submission_folder(submission_root) as folder:
        report = _score(folder, dataset_root, options, dataset_findings, execution, rule, memory, key)
    return replace(report, submission_root=str(submission_root))


def _score(
    submission_root: Path,
    dataset_root: Path,
    options: EvaluationOptions,
    dataset_findings: Sequence[Finding] | None,
    execution: Execution,
    rule: FingerprintRule,
    memory: Memory,
    key: TruthKey | None,
) -> EvaluationReport:
    whole = read_dataset(dataset_root, options.layout)
    unknown = sorted(set(options.categories) - {category.name for category in whole.categories})
    if unknown:
        names = ", ".join(category.name for category in whole.categories)
        raise MissingError(f"has no category {', '.join(unknown)}; it has {names}", path=dataset_root)
    read = key.read if key else read_submission
    submission = read(submission_root, whole, options.categories)
    wanted = set(options.categories) or {category.name for category in whole.categories}
    dataset = replace(whole, categories=tuple(entry for entry in whole.categories if entry.name in wanted))
    execution = execution.among(dataset_root, submission_root)
    findings = list(submission.findings)
    dataset_errors = None if dataset_findings is None else errors_that_change_numbers(dataset, dataset_findings)
    images: dict[str, str] | None = {} if rule.version == 1 else None
    results = []
    for run in submission.runs:
        evaluation = _Run(run, dataset, submission_root, dataset_root, options, dataset_errors, memory)
        findings += evaluation.score(execution)
        # Where a file could not be read, all others are looked at, too, so that all such files are named at once.
        if images is None and not any(entry.severity == "error" and entry.code != _UNREAD for entry in findings):
            images, unreadable = image_digests(
                dataset_root, evaluation.images(), execution, always_read=rule.always_read
            )
            findings += unreadable
        if not has_errors(findings):
            results.append(evaluation.result(images or {}, rule.version))
    result = None if has_errors(findings) else results[0] if len(results) == 1 else several_runs(results)
    remarks = remarks_on_truth({*whole.findings, *(dataset_findings or ())})
    account = {**whole.account, "files of the submission": submission.files}
    shown = key.hidden(findings, submission, whole) if key else findings
    return EvaluationReport(result, ordered(shown), str(submission_root), dataset_errors or (), remarks, account)


class _Run:
    """One run of one method over the dataset's categories."""

    def __init__(
        self,
        run: SubmissionRun,
        dataset: Dataset,
        submission_root: Path,
        dataset_root: Path,
        options: EvaluationOptions,
        dataset_errors: tuple[Finding, ...] | None,
        memory: Memory,
    ) -> None:
        self.memory = memory
        self.dataset_errors = dataset_errors
        self.run = run
        self.dataset = dataset
        self.roots = str(dataset_root.absolute()), str(submission_root.absolute())
        self.options = options
        self.plans: list[ScoringPlan] = []
        self.scored: dict[str, CategoryScores] = {}
        self.further: dict[str, dict[str, float | None]] = {}

    def score(self, execution: Execution) -> list[Finding]:
        """Read everything; return what is wrong."""
        allowed = self.options.allow_missing
        parts = {part.category: part for part in self.run.categories}
        names = [category.name for category in self.dataset.categories]
        findings = [self._located(entry) for entry in missing_categories(names, parts.keys(), allow_missing=allowed)]
        for category in self.dataset.categories:
            if category.name not in parts:
                continue
            held_out = held_out_of(self.run.about, category.name)
            plan, problems = plan_category(category, parts[category.name], allow_missing=allowed, held_out=held_out)
            reading = Reading(
                *self.roots, replace(category, samples=()), self.options.resize, self.options.bootstrap > 0, self.memory
            )
            scores, unreadable = score_category(plan, reading, execution)
            findings += [self._located(entry) for entry in problems] + unreadable
            self.plans.append(plan)
            if scores is not None:
                self.scored[category.name] = scores
                if self.options.also and not has_errors([*problems, *unreadable]):
                    from curate.evaluate.further import further_numbers  # a pass of its own, if asked for

                    self.further[category.name] = further_numbers(self.options.also, plan, reading, execution)
                findings += self._columns(plan, scores)
        return findings

    def images(self) -> list[str]:
        """Return the paths of all images of the categories."""
        return [sample.path for category in self.dataset.categories for sample in category.samples]

    def result(self, images: dict[str, str], version: int) -> Result:
        """Compute the result; ``images`` are digests of the images' bytes."""
        digests = images | {name: value for scores in self.scored.values() for name, value in scores.digests.items()}
        tables = {
            part.category: {Path(path).name: digest for path, digest in part.tables.items()}
            for part in self.run.categories
        }
        notes = notes_by_category(self.dataset, self.dataset_errors or ())
        categories = {
            name: category_result(
                scores, self.options, (*notes.get(name, ()), *training_notes(self.run.about, self._plan(name)))
            )
            for name, scores in sorted(self.scored.items())
        }
        categories = {
            name: replace(entry, further=self.further[name]) if name in self.further else entry
            for name, entry in categories.items()
        }
        evaluated = replace(
            self.dataset, categories=tuple(entry for entry in self.dataset.categories if entry.name in self.scored)
        )
        left_out = self._left_out()
        return Result(
            schema=SCHEMA,
            curate_version=__version__,
            signature=self._signature(left_out),
            settings=self.options,
            dataset=ScoredDataset(
                self.dataset.name,
                dataset_fingerprint(evaluated, digests, version),
                self.dataset.layout,
                version if version > 1 else None,
                self._each(evaluated, digests) if version > 1 else None,
                DATASET_COVERS if version > 1 else None,
            ),
            submission=self._submission(files_fingerprint(self.plans, tables, digests), left_out, version),
            left_out=left_out if left_out.count else None,
            categories=categories,
            mean=mean_over_categories(categories.values()),
        )

    def _each(self, evaluated: Dataset, digests: dict[str, str]) -> dict[str, str]:
        """Return the fingerprint of each category by itself."""
        return {
            category.name: dataset_fingerprint(replace(evaluated, categories=(category,)), digests)
            for category in evaluated.categories
        }

    def _submission(self, files: str, left_out: UnscoredParts, version: int) -> ScoredSubmission:
        method, run, facts = self.run.method, self.run.run, stated_facts(self.run.about)
        if version == 1:
            return ScoredSubmission(method, run, files, extra=facts)
        team = str(self.run.about.get("team") or "") or None
        whole = submission_fingerprint(files, method, run, self.options, left_out if left_out.count else None, team)
        return ScoredSubmission(method, run, whole, files, version, team, SUBMISSION_COVERS, facts)

    def _plan(self, name: str) -> ScoringPlan:
        return next(plan for plan in self.plans if plan.category.name == name)

    def _located(self, finding: Finding) -> Finding:
        """Say in which of several runs something is missing; files that are there are called by their paths."""
        return replace(finding, path=self.run.below(finding.path)) if finding.code in _MISSING else finding

    def _columns(self, plan: ScoringPlan, scores: CategoryScores) -> list[Finding]:
        """Check the classes of predictions.csv against the dataset's."""
        if plan.predictions is None or not plan.predictions.classes:
            return []
        named = {entry.defect_name for entry in plan.category.defects}
        unknown, absent = unknown_and_absent(plan.predictions, scores.everything, named)
        place = self.run.below(f"{plan.category.name}/predictions.csv")
        return [
            found(codes.BROKEN_PREDICTIONS, f"has the column {name}, which is no class of the dataset", place)
            for name in unknown
        ] + [
            found(codes.BROKEN_PREDICTIONS, f"has no column {name}, though the test set shows it", place)
            for name in absent
        ]

    def _left_out(self) -> UnscoredParts:
        """Name what a partial evaluation did not score."""
        names = tuple(category.name for category in self.dataset.categories if category.name not in self.scored)
        return UnscoredParts(names, {plan.category.name: plan.missing for plan in self.plans if plan.missing})

    def _signature(self, left_out: UnscoredParts) -> str:
        kinds = {name: scores.kind for name, scores in self.scored.items()}
        sources = {plan.category.name: "map-maximum" if plan.scores is None else "scores.csv" for plan in self.plans}
        found_wrong = None if self.dataset_errors is None else len(self.dataset_errors)
        return signature(self.options, kinds, sources, missing=left_out.count, dataset_errors=found_wrong)
