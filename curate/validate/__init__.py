"""The ``validate`` stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.validate.run import fix_dataset, validate_dataset, validate_workspace

__all__ = ["fix_dataset", "validate_dataset", "validate_workspace"]

__getattr__ = lazily(__name__, {"fix_dataset": "run", "validate_dataset": "run", "validate_workspace": "run"})
