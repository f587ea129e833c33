"""The ``submission`` room: check submissions, pack them, and make them from what detectors leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.submission.run import check_submission, make_submission, pack_submission
    from curate.submission.server import pack_for_server

__all__ = ["check_submission", "make_submission", "pack_for_server", "pack_submission"]

__getattr__ = lazily(
    __name__,
    {"check_submission": "run", "make_submission": "run", "pack_for_server": "server", "pack_submission": "run"},
)
