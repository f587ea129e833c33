"""What validation found wrong with a dataset that changes the numbers of an evaluation. Pure.

A broken test image, a mask that is missing or wrong, two images that share one map: the evaluation counts what is
there, and the result says that it should not be compared with anyone else's. Leakage between the sides (3xx), training
images and warnings change no number of the test set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from curate.model.codes import names as codes
from curate.model.dataset import Category, Dataset
from curate.model.finding import Finding, ordered

_CODES = (codes.DUPLICATE_IMAGE_NAME, "CUR2", "CUR4")
_LISTED = 10


def errors_that_change_numbers(dataset: Dataset, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the errors of a dataset that change a number.

    Parameters
    ----------
    dataset : Dataset
        Its evaluated categories.
    findings : iterable of Finding
        Of validation; paths are relative to the dataset's root.
    """
    samples = [sample for category in dataset.categories for sample in category.samples]
    split_of = {path: sample.split for sample in samples for path in (sample.path, *sample.masks)}
    return ordered(
        finding
        for finding in findings
        if finding.severity == "error" and finding.code.startswith(_CODES) and _of_test(finding, split_of)
    )


def remarks_on_truth(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the warnings to look at before numbers are believed: masks that may be inverted, truth left unread."""
    return ordered(
        finding
        for finding in findings
        if finding.severity == "warning" and finding.code.startswith((codes.MASK_COVERS_ALL, "CUR5"))
    )


def _of_test(finding: Finding, split_of: Mapping[str, str]) -> bool:
    """Whether a finding is about the test set, for all that is known: it may name a folder, or a mask of no image."""
    sides = {split_of[path] for path in (finding.path, *finding.related) if path in split_of}
    return not sides or "test" in sides


def notes_by_category(dataset: Dataset, found: Sequence[Finding]) -> dict[str, list[str]]:
    """Render such errors as a result's notes: the first ten of each category, then a count.

    One that lies in no category's folder is a note of every category.
    """
    notes: dict[str, list[str]] = {}
    for finding in found:
        owners = [category for category in dataset.categories if _holds(category, finding.path)]
        for category in owners or dataset.categories:
            notes.setdefault(category.name, []).append(f"{finding.code} {finding.path}: {finding.message}")
    return {
        name: [*lines[:_LISTED], *([f"… and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else [])]
        for name, lines in notes.items()
    }


def _holds(category: Category, path: str) -> bool:
    return not category.prefix or path == category.prefix or path.startswith(f"{category.prefix}/")
