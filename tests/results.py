"""Results written by hand: every key that the format requires, null or zero where a test does not say otherwise."""

from __future__ import annotations

from typing import Any

from curate.model.result import CategoryResult, Result
from curate.model.typed_json import decode

SHA = "sha256:" + "0" * 64
LIMITS = ("0.01", "0.05", "0.1", "0.3", "1.0")
TNRS = ("0.99", "0.95", "0.90")
RATES = ("0.01", "0.05", "0.10")


def merged(whole: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Put values into a nested document, keeping what they do not name."""
    made = dict(whole)
    for name, value in part.items():
        is_inside = isinstance(value, dict) and isinstance(whole.get(name), dict)
        made[name] = merged(whole[name], value) if is_inside else value
    return made


def confusion_document(**known: Any) -> dict[str, Any]:
    shares = dict.fromkeys(("threshold", "fpr", "fnr", "precision", "recall", "f_score"))
    return {**shares, **dict.fromkeys(("tp", "fp", "tn", "fn"), 0), **known}


def category_document(**known: Any) -> dict[str, Any]:
    """Make a category's block; what ``known`` does not name is null, zero or absent."""
    counts = ("train", "test_good", "test_defective", "regions", "negative_pixels")
    parts = ("dice", "iou", "boundary_iou", "precision", "recall", "mean_dice", "mean_iou")
    detection = {"auroc": None, "ap": None, "f1_max": None, "tpr_at_tnr": dict.fromkeys(TNRS)}
    block = {
        "counts": dict.fromkeys(counts, 0),
        "localization": {
            "au_spro": dict.fromkeys(LIMITS),
            "au_pro": {"0.3": None},
            **dict.fromkeys(("pixel_auroc", "pixel_ap", "pixel_f1_max", "pixel_f1_max_threshold")),
            "by_defect": {},
        },
        "detection": {
            **detection,
            "f1_max_threshold": None,
            "deployed": None,
            "by_defect": {},
            "by_defect_mean": dict(detection),
        },
        "segmentation": {"threshold": None, "threshold_from": None, **dict.fromkeys(parts)},
    }
    return merged(block, known)


def category(**known: Any) -> CategoryResult:
    return decode(CategoryResult, category_document(**known))


def mean_document(**known: Any) -> dict[str, Any]:
    numbers = dict.fromkeys(("pixel_auroc", "pixel_ap", "auroc", "ap", "f1_max"))
    areas = {"au_spro": dict.fromkeys(LIMITS), "au_pro": {"0.3": None}, "tpr_at_tnr": dict.fromkeys(TNRS)}
    return merged({**numbers, **areas}, known)


def result_document(method: str = "pca", run: str = "", **known: Any) -> dict[str, Any]:
    """Make a result; ``categories`` are blocks of :func:`category_document`."""
    document = {
        "schema": "curate/result/1",
        "curate_version": "1",
        "signature": "curate:1|resize:no|numpy:2",
        "dataset": {"name": "set", "fingerprint": SHA, "layout": "autovi"},
        "submission": {"method": method, "run": run, "fingerprint": SHA},
        "categories": {},
        "mean": mean_document(),
    }
    return merged(document, known)


def result(method: str = "pca", run: str = "", **known: Any) -> Result:
    return Result.from_json(result_document(method, run, **known))
