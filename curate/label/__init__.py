"""The ``label`` stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.label.run import import_labels, set_thresholds

__all__ = ["import_labels", "set_thresholds"]

__getattr__ = lazily(__name__, {"import_labels": "run", "set_thresholds": "run"})
