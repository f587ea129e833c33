"""Score detectors: AU-sPRO, AU-PRO, AUROC, AP, TPR at fixed TNR, segmentation, and comparisons of methods.

``from curate.evaluate import MapMetrics`` scores arrays batch by batch, ``evaluate_submission`` folders. Names are
loaded when they are used, so that the command line starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curate.evaluate.arrays import MapMetrics, au_spro
    from curate.evaluate.compare import compare_results
    from curate.evaluate.run import evaluate_submission
    from curate.evaluate.verify import verify_result
    from curate.model.evaluation_options import EvaluationOptions

_HOMES = {
    "EvaluationOptions": "curate.model.evaluation_options",
    "MapMetrics": "curate.evaluate.arrays",
    "au_spro": "curate.evaluate.arrays",
    "compare_results": "curate.evaluate.compare",
    "evaluate_submission": "curate.evaluate.run",
    "verify_result": "curate.evaluate.verify",
}

__all__ = [
    "EvaluationOptions",
    "MapMetrics",
    "au_spro",
    "compare_results",
    "evaluate_submission",
    "verify_result",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
