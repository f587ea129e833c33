"""An author's workspace: its configuration, records, stamps and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.workspace.workspace import init_workspace, open_workspace

__all__ = ["init_workspace", "open_workspace"]

__getattr__ = lazily(__name__, {"init_workspace": "workspace", "open_workspace": "workspace"})
