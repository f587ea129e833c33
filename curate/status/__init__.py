"""The ``status`` stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.status.run import workspace_status

__all__ = ["workspace_status"]

__getattr__ = lazily(__name__, {"workspace_status": "run"})
