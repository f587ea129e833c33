"""One HTML file that shows a dataset, what was found in it, and how well methods do on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.report.run import write_report
    from curate.report.sources import Request

__all__ = ["Request", "write_report"]

__getattr__ = lazily(__name__, {"Request": "sources", "write_report": "run"})
