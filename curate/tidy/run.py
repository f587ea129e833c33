"""Delete what stages made and nothing refers to any more, after a person has agreed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from curate.disk.atomic import storage_errors
from curate.disk.reading import is_there
from curate.model.config import WorkspaceConfig
from curate.workspace.frame_records import drop_empty_folders, move
from curate.workspace.orphans import Orphan, find_orphans, frames_left_behind
from curate.workspace.removed import removals_of
from curate.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TidyReport:
    """What was found, and whether it was deleted.

    Attributes
    ----------
    orphans : tuple of Orphan
    finished : int
        Frames that an interrupted removal had left where they were.
    deleted : bool
    """

    orphans: tuple[Orphan, ...]
    finished: int
    deleted: bool

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "deleted": self.deleted,
            "finished": self.finished,
            "orphans": [{"path": entry.path, "why": entry.why, "files": entry.files} for entry in self.orphans],
        }


def tidy_workspace(
    workspace: Workspace,
    config: WorkspaceConfig,
    agree: Callable[[Sequence[Orphan]], bool],
    *,
    on_wait: Callable[[str], None] | None = None,
) -> TidyReport:
    """Find what nothing refers to, ask, and delete it.

    Parameters
    ----------
    agree : callable
        Gets what would be deleted; nothing is deleted unless it returns True.
    """
    with workspace.lock(on_wait):
        left = frames_left_behind(workspace)
        found = tuple(find_orphans(workspace, config))
        if not (found or left) or not agree(found):
            return TidyReport(found, 0, deleted=False)
        for category, frame in left:
            removal = next(entry for entry in removals_of(workspace, category) if frame in entry.frames)
            move(workspace.captures(category) / frame, removal.inner.captures(category) / frame)
        for orphan in found:
            path = workspace.root / orphan.path
            with storage_errors(path):
                if path.is_dir():
                    shutil.rmtree(path)
                elif is_there(path):
                    path.unlink()
            drop_empty_folders(path.parent, workspace.root / orphan.path.partition("/")[0])
        return TidyReport(found, len(left), deleted=True)
