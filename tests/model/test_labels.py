from __future__ import annotations

import pytest

from curate.model.capture import Capture
from curate.model.decision import Decision
from curate.model.labels import FrameLabels
from curate.model.region import Annotation, Rectangle, Region, defects_of
from tests.workspaces import capture


def named(frame: str, label: str, reason: str = "") -> Decision:
    return Decision(frame, "label", label, reason, id=1, at="2024-05-01T10:00:00Z")


def drawn(frame: str, *defects: str, label: str = "") -> Annotation:
    shape = Rectangle(5.0, 5.0, 2.0, 2.0)
    return Annotation(frame, 16, 16, label, tuple(Region(str(n), name, (shape,)) for n, name in enumerate(defects)))


def frame(label: str = "") -> Capture:
    return capture("s/a.jpg", label=label)


@pytest.mark.parametrize(
    ("imported", "annotation", "decided", "label", "defects"),
    [
        ("good", None, None, "good", ()),
        ("good", drawn("s/a.jpg", label="dent"), None, "dent", ()),
        ("good", drawn("s/a.jpg", "scratch", label="dent"), None, "scratch", ("scratch",)),
        ("good", drawn("s/a.jpg", "scratch", "hole"), None, "multiple", ("hole", "scratch")),
        ("good", drawn("s/a.jpg", "scratch"), "good", "good", ()),
        ("dent", None, "good", "good", ()),
        ("good", None, "dent", "dent", ()),  # an image-level defect
        ("good", drawn("s/a.jpg", label="good"), "dent", "dent", ()),
        ("good", drawn("s/a.jpg", "scratch", "hole"), "dent", "dent", ("dent",)),
        ("good", drawn("s/a.jpg", "scratch", "hole"), "multiple", "multiple", ("hole", "scratch")),
    ],
)
def test_a_decision_says_more_than_what_was_drawn_and_that_more_than_the_import(
    imported: str, annotation: Annotation | None, decided: str | None, label: str, defects: tuple[str, ...]
) -> None:
    labels = FrameLabels(
        {annotation.frame: annotation} if annotation else {}, {"s/a.jpg": named("s/a.jpg", decided)} if decided else {}
    )
    assert labels.of(frame(imported)) == label
    assert labels.by_frame([frame(imported)]) == {"s/a.jpg": label}
    assert defects_of(labels.annotation("s/a.jpg")) == defects
    assert labels.annotations().get("s/a.jpg") == labels.annotation("s/a.jpg")


def test_what_becomes_of_regions_is_said() -> None:
    drawings = {
        "s/good.jpg": drawn("s/good.jpg", "scratch", "scratch"),
        "s/dent.jpg": drawn("s/dent.jpg", "scratch"),
        "s/same.jpg": drawn("s/same.jpg", "scratch"),
        "s/both.jpg": drawn("s/both.jpg", "scratch", "hole"),
        "s/none.jpg": drawn("s/none.jpg", label="scratch"),
        "s/many.jpg": drawn("s/many.jpg", "scratch", "hole"),
        "s/left.jpg": drawn("s/left.jpg", "scratch"),
    }
    decided = {
        "s/good.jpg": named("s/good.jpg", "good", "only dust"),
        "s/dent.jpg": named("s/dent.jpg", "dent"),
        "s/same.jpg": named("s/same.jpg", "scratch"),
        "s/both.jpg": named("s/both.jpg", "scratch"),
        "s/none.jpg": named("s/none.jpg", "good"),
        "s/many.jpg": named("s/many.jpg", "multiple"),
    }
    assert FrameLabels(drawings, decided).changes() == {
        "s/good.jpg": "called good by hand: only dust: 2 regions are left out (scratch)",
        "s/dent.jpg": "called dent by hand: 1 region is taken as dent (scratch)",
        "s/both.jpg": "called scratch by hand: 2 regions are taken as scratch (hole, scratch)",
    }
