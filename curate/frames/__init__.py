"""Records, datasets and results as tables of pandas.

``load(workspace)`` gives a row per frame, ``load_results(files).frame("categories")`` a row per category and run,
``flat_metrics(result)`` the numbers that trackers of experiments log. A dataset gives its own:
``read_dataset(root).to_frame()`` and ``.regions()``. pandas is loaded where a table is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curate.frames.metrics import flat_metrics
    from curate.frames.records import load
    from curate.frames.results import ResultFrames, load_results

_HOMES = {
    "ResultFrames": "curate.frames.results",
    "flat_metrics": "curate.frames.metrics",
    "load": "curate.frames.records",
    "load_results": "curate.frames.results",
}

__all__ = ["ResultFrames", "flat_metrics", "load", "load_results"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
