"""The counts of days from the index are those of the listing, whatever people said of frames."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from curate.disk.tables import write_table
from curate.importing.frames import count_by_day, days_of, list_frames
from curate.model.capture import Capture
from curate.model.decision import DecisionDraft
from curate.model.region import Annotation, Rectangle, Region
from curate.workspace.annotations import write_annotations
from curate.workspace.decisions import append_decision
from curate.workspace.workspace import Workspace
from tests.workspaces import capture

TIMES = st.sampled_from(["", "2024-05-01T10:00:00", "2024-05-01T23:59:59.5", "2024-05-02T00:00:00+02:00"])
LABELS = st.sampled_from(["", "good", "dent"])
SAID = st.sampled_from(["nothing", "drawn", "called good", "decided"])


@given(st.lists(st.tuples(st.sampled_from("ab"), TIMES, LABELS, SAID), min_size=1, max_size=12))
def test_days_are_those_of_the_listing(tmp_path_factory: object, frames: list[tuple[str, str, str, str]]) -> None:
    workspace = Workspace(Path(tmp_path_factory.mktemp("days")))  # type: ignore[attr-defined]
    rows = [
        capture(f"{series}/{number}.jpg", shot_at=time, label=label)
        for number, (series, time, label, _) in enumerate(frames)
    ]
    for series in {row.series for row in rows}:
        write_table(workspace.captures_record("part", series), [row for row in rows if row.series == series], Capture)
    region = Region("r", "hole", (Rectangle(1, 1, 2, 2),))
    drawn = [
        Annotation(row.frame, 16, 16, "" if said == "drawn" else "good", (region,) if said == "drawn" else (), "t")
        for row, (*_, said) in zip(rows, frames, strict=True)
        if said in {"drawn", "called good"}
    ]
    write_annotations(workspace.annotations("part"), drawn)
    for row, (*_, said) in zip(rows, frames, strict=True):
        if said == "decided":
            append_decision(workspace, "part", DecisionDraft(row.frame, "label", "scratch", "seen"), seen=None)
    for _ in range(2):
        assert days_of(workspace, ["part"]) == count_by_day(list_frames(workspace, ["part"]))
