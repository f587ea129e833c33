"""What screening and people left out of a category, counted by label."""

from __future__ import annotations

from collections import Counter

from curate.disk.tables import read_table
from curate.model.capture import Capture
from curate.workspace.decisions import read_standing
from curate.workspace.labels import read_labels
from curate.workspace.screening import read_set_aside
from curate.workspace.workspace import Workspace


def excluded_by_label(workspace: Workspace, category: str) -> dict[str, int]:
    """Return how many frames of each label belong to no split; ``""`` counts those without a label.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    decided = read_standing(workspace, category)
    aside = read_set_aside(workspace, category, decided)
    labels = read_labels(workspace, category, decided)
    captures = (
        capture
        for series in workspace.series_of(category)
        for capture in read_table(workspace.captures_record(category, series), Capture)
    )
    return dict(sorted(Counter(labels.of(capture) for capture in captures if capture.frame in aside).items()))
