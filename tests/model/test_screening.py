from __future__ import annotations

from curate.model.decision import Decision, standing
from curate.model.screening import Screening, SetAside, set_aside
from tests.workspaces import row

AT = "2024-05-01T10:00:00Z"


def judged(name: str, decision: str, reason: str = "", by: str = "rule") -> Screening:
    return row(Screening, frame=f"s/{name}", decision=decision, reason=reason, decided_by=by)


ROWS = [
    judged("rule", "reject", "blur light"),
    judged("fine", "keep"),
    judged("kept before", "keep", "blur", by="person"),
    judged("rejected before", "reject", by="person"),
]


def test_screening_alone() -> None:
    assert set_aside(ROWS, standing([])) == {
        "s/rule": SetAside("screening", "blur light"),
        "s/rejected before": SetAside("person"),
    }


def test_people_count_before_the_record() -> None:
    decided = standing(
        [
            Decision("s/rule", "frame", "keep", id=1, at=AT),
            Decision("s/fine", "frame", "reject", "an arm", id=2, at=AT),
            Decision("s/rejected before", "frame", "keep", id=3, at=AT),
            Decision("s/not screened", "frame", "reject", id=4, at=AT),
        ]
    )
    assert set_aside(ROWS, decided) == {
        "s/fine": SetAside("person", "an arm"),
        "s/not screened": SetAside("person"),
    }


def test_what_was_taken_back_leaves_the_rules() -> None:
    """The record still holds what a person said; until screening runs again, its measures say what its rules say."""
    decided = standing(
        [
            Decision("s/kept before", "frame", "keep", id=1, at=AT),
            Decision("s/rejected before", "frame", "reject", id=2, at=AT),
            Decision("", "undo", "undo", undoes=1, id=3, at=AT),
            Decision("", "undo", "undo", undoes=2, id=4, at=AT),
        ]
    )
    assert set_aside(ROWS, decided) == {
        "s/rule": SetAside("screening", "blur light"),
        "s/kept before": SetAside("screening", "blur"),
    }


def test_an_excluded_frame_stays_out_although_it_is_kept() -> None:
    decided = standing(
        [
            Decision("s/fine", "finding", "exclude", "a copy", code="CUR301", id=1, at=AT),
            Decision("s/fine", "frame", "keep", id=2, at=AT),
            Decision("s/rule", "finding", "accept", "as agreed", code="CUR301", id=3, at=AT),
        ]
    )
    out = set_aside(ROWS, decided)
    assert out["s/fine"].sentence() == "excluded for CUR301: a copy"
    assert out["s/rule"].sentence() == "set aside by screening: blur light"
    assert out["s/rejected before"].sentence() == "rejected by hand"
