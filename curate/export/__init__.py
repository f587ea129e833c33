"""The ``export`` stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.export.run import export_dataset

__all__ = ["export_dataset"]

__getattr__ = lazily(__name__, {"export_dataset": "run"})
