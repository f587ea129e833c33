"""Results written by hand, with the numbers that ``curate/view`` reads."""

from __future__ import annotations

from typing import Any

from curate.model.result import CategoryResult, Result
from curate.model.typed_json import decode
from tests.results import category_document, merged, result_document


def block(**known: Any) -> dict[str, Any]:
    """Make a category's block; what a test does not name is null or absent."""
    made = category_document(
        localization={"au_spro": {"0.05": 0.5}, "pixel_auroc": 0.9}, detection={"auroc": 0.8, "ap": 0.7}
    )
    return merged(made, known)


def entry(**known: Any) -> CategoryResult:
    return decode(CategoryResult, block(**known))


def result(method: str = "pca", run: str = "", **categories: dict[str, Any]) -> Result:
    return Result.from_json(result_document(method, run, categories=categories))


def several(*runs: Result) -> Result:
    """Put runs together as ``curate evaluate`` does: numbers averaged, curves in the runs alone."""
    averaged = {name: block() for name in runs[0].categories}
    documents = [run.to_json() for run in runs]
    return Result.from_json(result_document(runs[0].submission.method, "1+2", categories=averaged, runs=documents))


SPRO = {"fpr": [0.0, 0.01, 0.05, 0.1, 0.3], "spro": [0.1, 0.3, 0.5, 0.7, 0.9], "threshold": [9.0, 7.0, 5.0, 3.0, 1.0]}
ROC = {"fpr": [0.0, 0.0, 1.0], "tpr": [0.0, 0.5, 1.0], "threshold": [3.0, 2.0, 0.5]}
PR = {"recall": [0.5, 1.0], "precision": [1.0, 0.5], "threshold": [2.0, 0.5]}
CURVES = {"spro": SPRO, "pixel_roc": ROC, "roc": ROC, "pr": PR}
