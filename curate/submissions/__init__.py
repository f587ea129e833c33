"""What a detector hands in and what scoring it gives: submissions, predictions, results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.submissions.predictions import save_predictions
    from curate.submissions.results import read_result, write_result
    from curate.submissions.submission import read_submission

__all__ = ["read_result", "read_submission", "save_predictions", "write_result"]

__getattr__ = lazily(
    __name__,
    {
        "read_result": "results",
        "read_submission": "submission",
        "save_predictions": "predictions",
        "write_result": "results",
    },
)
