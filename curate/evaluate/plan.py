"""Decide what is to be read: match a submission's files with the test images, and name everything that does not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from curate.evaluate.images import RegionMask
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Category, Sample
from curate.model.finding import Finding
from curate.model.submission import CategorySubmission, Predictions

TEST = "test"
TRAIN = "train"
LEAST_HELD_OUT = 20
"""Fewer training images that were held out set no threshold."""

Item = TypeVar("Item")

_IMAGES_A_TASK = 4
"""Few enough to keep the threads' ends close together, enough to make merging cheap."""


@dataclass(frozen=True, slots=True)
class ImageJob:
    """One image to score: paths are relative to the dataset's and the submission's roots.

    Attributes
    ----------
    sample : Sample
        The image and its masks.
    map_path : str
        ``""`` when the image has no map, which only a partial evaluation allows.
    regions : tuple of RegionMask or None
        What an earlier pass read of the masks; None before the first.
    """

    sample: Sample
    map_path: str
    regions: tuple[RegionMask, ...] | None = None


@dataclass(frozen=True, slots=True)
class ScoringPlan:
    """What one category's evaluation reads.

    Attributes
    ----------
    category : Category
    jobs : tuple of ImageJob
        Test images, sorted by key.
    train_maps : dict
        Image key to map path; all training images or none.
    scores : dict or None
        Image key to score, of ``scores.csv``.
    missing : tuple of str
        Keys of test images without a map, when that was allowed; none of a submission of image scores alone.
    predictions : Predictions or None
        Of ``predictions.csv``.
    """

    category: Category
    jobs: tuple[ImageJob, ...]
    train_maps: dict[str, str]
    scores: dict[str, float] | None
    missing: tuple[str, ...] = ()
    predictions: Predictions | None = None


def plan_category(
    category: Category,
    submission: CategorySubmission,
    *,
    allow_missing: bool = False,
    held_out: Sequence[str] | None = None,
) -> tuple[ScoringPlan, list[Finding]]:
    """Match one category's maps and tables with its images.

    ``held_out`` names the training images that the submission declares as held out: they are scored, and no others.
    A submission of image scores alone, without any map, lacks no map: its ``scores.csv`` has to name every test image.

    Returns
    -------
    plan : ScoringPlan
    findings : list of Finding
        Everything that is missing, extra or partial.
    """
    test = sorted(category.of_split(TEST), key=lambda sample: sample.key)
    train = [sample.key for sample in category.of_split(TRAIN)]
    wanted = train if held_out is None else list(held_out)
    scores_alone = submission.scores is not None and not submission.maps and not allow_missing
    missing = () if scores_alone else tuple(sample.key for sample in test if sample.key not in submission.maps)
    findings = _extra(category, submission) + _table_rows(test, train, wanted, submission, allow_missing=allow_missing)
    if not allow_missing:
        findings += [found(codes.MISSING_MAP, "has no anomaly map", f"{category.name}/{key}") for key in missing]
    jobs = tuple(ImageJob(sample, submission.maps.get(sample.key, "")) for sample in test)
    train_maps, partial = _training(category.name, wanted, submission)
    if held_out is not None:
        partial = _undeclared(category.name, train, held_out, submission) + partial
    plan = ScoringPlan(category, jobs, train_maps, submission.scores, missing, submission.predictions)
    return plan, findings + partial


def missing_categories(wanted: Iterable[str], submitted: Collection[str], *, allow_missing: bool) -> list[Finding]:
    """Name the dataset's categories that a submission does not hold."""
    if allow_missing:
        return []
    return [found(codes.MISSING_CATEGORY, "is not in the submission", name) for name in wanted if name not in submitted]


def _extra(category: Category, submission: CategorySubmission) -> list[Finding]:
    known = {sample.key for sample in category.samples}
    return [
        found(codes.MAP_WITHOUT_IMAGE, f"belongs to no image: the dataset has no {category.name}/{key}", path)
        for key, path in submission.maps.items()
        if key not in known
    ]


def _table_rows(
    test: list[Sample], train: list[str], scored: list[str], submission: CategorySubmission, *, allow_missing: bool
) -> list[Finding]:
    """Check that the tables have one row for each test image, and scores for all training images or none.

    Where images may be missing, so may their rows; a row of no image is always one too many.
    """
    keys = [sample.key for sample in test]
    findings = []
    if submission.scores is not None:
        rows = set(submission.scores)
        wanted = keys + (scored if rows.intersection(train) else [])
        table = _shown(submission, "scores.csv")
        findings += _superfluous_rows(codes.SCORES_DO_NOT_FIT, table, rows.difference(keys, train))
        findings += [] if allow_missing else _absent_rows(codes.SCORES_DO_NOT_FIT, table, wanted, rows)
    if submission.predictions is not None:
        rows = set(submission.predictions.rows)
        table = _shown(submission, "predictions.csv")
        findings += _superfluous_rows(codes.PREDICTIONS_DO_NOT_FIT, table, rows.difference(keys, train))
        findings += [] if allow_missing else _absent_rows(codes.PREDICTIONS_DO_NOT_FIT, table, keys, rows)
    return findings


def _shown(submission: CategorySubmission, name: str) -> str:
    return next((path for path in submission.tables if path.endswith(name)), name)


def _superfluous_rows(code: str, table: str, keys: set[str]) -> list[Finding]:
    return [found(code, f"has a row for {key}, which is no image", table) for key in sorted(keys)]


def _absent_rows(code: str, table: str, wanted: list[str], rows: set[str]) -> list[Finding]:
    return [found(code, f"has no row for {key}", table) for key in wanted if key not in rows]


def _training(name: str, train: list[str], submission: CategorySubmission) -> tuple[dict[str, str], list[Finding]]:
    maps = {key: submission.maps[key] for key in train if key in submission.maps}
    absent = [key for key in train if key not in maps]
    if not maps or not absent:
        return maps, []
    message = f"has no anomaly map, though {len(maps)} of {len(train)} training images have one"
    return maps, [found(codes.TRAINING_SCORED_IN_PART, message, f"{name}/{key}") for key in absent]


def _undeclared(name: str, train: list[str], held_out: Sequence[str], submission: CategorySubmission) -> list[Finding]:
    """Say what is wrong with a declared choice of training images: too few, no training images, or not all named."""
    code, known, declared = codes.TRAINING_SCORED_IN_PART, set(train), set(held_out)
    findings = []
    if len(declared) < LEAST_HELD_OUT:
        few = f"declares {len(declared)} training images as held out, expected at least {LEAST_HELD_OUT}"
        findings.append(found(code, few, name))
    findings += [
        found(code, "is declared as held out, but is no training image", f"{name}/{key}")
        for key in sorted(declared - known)
    ]
    return findings + [
        found(code, "has an anomaly map, but is not declared as held out", f"{name}/{key}")
        for key in sorted((submission.maps.keys() & known) - declared)
    ]


def in_parts(items: Sequence[Item], size: int = _IMAGES_A_TASK) -> list[tuple[Item, ...]]:
    """Divide items into tasks, in their order.

    >>> in_parts("abcde", 2)
    [('a', 'b'), ('c', 'd'), ('e',)]
    """
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]
