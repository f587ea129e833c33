"""A submission as found on disk: which file holds which image's scores. Paths and numbers of tables, no pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

from curate.model.account import EMPTY, Account
from curate.model.finding import Finding
from curate.model.words import Shown


@dataclass(frozen=True, slots=True)
class Predictions:
    """Rows of ``predictions.csv``.

    Attributes
    ----------
    classes : tuple of str
        Column names, ``good`` among them.
    rows : dict
        Image key to one probability a class, in the order of ``classes``.
    """

    classes: tuple[str, ...]
    rows: dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, repr=False)
class CategorySubmission(Shown):
    """What a submission holds for one category.

    Attributes
    ----------
    category : str
    maps : dict
        Image key (``test/good/0000``) to the map's path relative to the submission's root.
    scores : dict or None
        Image key to score, from ``scores.csv``; None when there is no such file.
    predictions : Predictions or None
        Of ``predictions.csv``.
    tables : dict
        Path of each table relative to the submission's root, to its sha256.
    """

    category: str
    maps: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] | None = None
    predictions: Predictions | None = None
    tables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class SubmissionRun(Shown):
    """One run of one method over all its categories; ``about`` is its ``submission.json``.

    ``folder`` is where it lies below the submission's root when several runs lie side by side; ``""`` for a single one.
    """

    method: str
    run: str
    about: dict[str, object]
    categories: tuple[CategorySubmission, ...]
    folder: str = ""

    def below(self, path: str) -> str:
        """Return the path below the submission's root of what this run holds, or lacks, at a path."""
        return f"{self.folder}/{path}" if self.folder else path


@dataclass(frozen=True, slots=True, repr=False)
class Submission(Shown):
    """A submission folder: one run, or several side by side, and what is wrong with its shape.

    Attributes
    ----------
    root : str
    runs : tuple of SubmissionRun
    findings : tuple of Finding
    files : Account
        Of the files below the root: used and left out, together all there is.
    """

    root: str
    runs: tuple[SubmissionRun, ...]
    findings: tuple[Finding, ...] = ()
    files: Account = EMPTY
