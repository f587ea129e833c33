"""Read what each frame is called, for every stage that asks."""

from __future__ import annotations

from curate.disk.reading import is_there
from curate.model.decision import Standing
from curate.model.labels import FrameLabels
from curate.workspace.annotations import read_annotations
from curate.workspace.decisions import read_standing
from curate.workspace.workspace import Workspace


def read_labels(workspace: Workspace, category: str, decided: Standing | None = None) -> FrameLabels:
    """Return the labels of a category's frames: what experts and other people said about them.

    Parameters
    ----------
    workspace, category
    decided : Standing, optional
        What people decided, where the caller has read it already.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    path = workspace.annotations(category)
    drawn = read_annotations(path) if is_there(path) else {}
    standing = read_standing(workspace, category) if decided is None else decided
    return FrameLabels(drawn, standing.labels)
