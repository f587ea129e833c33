"""Result documents written by hand, with the keys that ``curate/view`` reads."""

from __future__ import annotations

from typing import Any


def block(**known: Any) -> dict[str, Any]:
    """Make a category's block; what a test does not name is null or absent."""
    made: dict[str, Any] = {
        "localization": {"au_spro": {"0.05": 0.5}, "pixel_auroc": 0.9},
        "detection": {"auroc": 0.8, "ap": 0.7, "deployed": None},
    }
    return {**made, **known}


def result(method: str = "pca", run: str = "", **categories: dict[str, Any]) -> dict[str, Any]:
    return {"schema": "curate/result/1", "submission": {"method": method, "run": run}, "categories": categories}


def several(*runs: dict[str, Any]) -> dict[str, Any]:
    """Put runs together as ``curate evaluate`` does: numbers averaged, lists that differ null."""
    names = runs[0]["categories"]
    return {**result(runs[0]["submission"]["method"], "1+2", **{name: block() for name in names}), "runs": list(runs)}


SPRO = {"fpr": [0.0, 0.01, 0.05, 0.1, 0.3], "spro": [0.1, 0.3, 0.5, 0.7, 0.9], "threshold": [9.0, 7.0, 5.0, 3.0, 1.0]}
ROC = {"fpr": [0.0, 0.0, 1.0], "tpr": [0.0, 0.5, 1.0], "threshold": [3.0, 2.0, 0.5]}
PR = {"recall": [0.5, 1.0], "precision": [1.0, 0.5], "threshold": [2.0, 0.5]}
CURVES = {"spro": SPRO, "pixel_roc": ROC, "roc": ROC, "pr": PR}
