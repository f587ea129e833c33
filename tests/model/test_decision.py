from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.model.decision import Decision, DecisionDraft, last_about, problem_of, standing


def decision(number: int, kind: str, verdict: str, **known: object) -> Decision:
    return Decision(**{"frame": "s/a.jpg", **known}, kind=kind, verdict=verdict, id=number, at="2024-05-01T10:00:00Z")  # type: ignore[arg-type]


@st.composite
def histories(draw: st.DrawFn) -> list[Decision]:
    """Decisions about a few things, with undos of decisions and of undos."""
    entries: list[Decision] = []
    for number in range(1, draw(st.integers(0, 14)) + 1):
        frame = draw(st.sampled_from(("s/a.jpg", "s/b.jpg")))
        kind = draw(st.sampled_from(("frame", "window", "label", "finding", "undo")))
        if kind == "undo" and entries:
            target = draw(st.sampled_from(entries))
            entries.append(decision(number, "undo", "undo", frame=target.frame, undoes=target.id))
        elif kind == "window":
            window = draw(st.sampled_from(("default", "small")))
            entries.append(
                decision(number, kind, draw(st.sampled_from(("accept", "reject"))), frame=frame, window=window)
            )
        elif kind == "finding":
            code = draw(st.sampled_from(("CUR301", "CUR302")))
            entries.append(decision(number, kind, draw(st.sampled_from(("accept", "exclude"))), frame=frame, code=code))
        elif kind == "label":
            entries.append(decision(number, kind, draw(st.sampled_from(("good", "scratch"))), frame=frame))
        else:
            entries.append(decision(number, "frame", draw(st.sampled_from(("keep", "reject"))), frame=frame))
    return entries


def obviously_in_force(entry: Decision, history: list[Decision]) -> bool:
    """Nobody whose own word counts has taken it back."""
    return not any(other.undoes == entry.id and obviously_in_force(other, history) for other in history)


@given(histories(), st.randoms(use_true_random=False))
def test_the_last_decision_that_nobody_took_back_stands(history: list[Decision], shuffle: random.Random) -> None:
    expected: dict[tuple[str, ...], Decision] = {}
    for entry in history:
        if entry.kind != "undo" and obviously_in_force(entry, history):
            expected[entry.kind, entry.frame, entry.window, entry.code] = entry
    shuffled = list(history)
    shuffle.shuffle(shuffled)
    stands = standing(shuffled)
    found: dict[tuple[str, ...], Decision] = {}
    found |= {("frame", frame, "", ""): entry for frame, entry in stands.frames.items()}
    found |= {("label", frame, "", ""): entry for frame, entry in stands.labels.items()}
    found |= {("window", frame, window, ""): entry for (window, frame), entry in stands.windows.items()}
    found |= {("finding", frame, "", code): entry for (code, frame), entry in stands.findings.items()}
    assert found == expected
    for (kind, frame, window, code), entry in expected.items():
        assert last_about(history, (kind, frame, window or code)) == entry


def test_an_undo_brings_back_what_stood_before_and_can_itself_be_undone() -> None:
    keep, reject = decision(1, "frame", "keep"), decision(2, "frame", "reject")
    undo, redo = decision(3, "undo", "undo", undoes=2), decision(4, "undo", "undo", undoes=3)
    assert standing([keep, reject]).frames == {"s/a.jpg": reject}
    assert standing([keep, reject, undo]).frames == {"s/a.jpg": keep}
    assert standing([keep, reject, undo, redo]).frames == {"s/a.jpg": reject}
    assert standing([keep, decision(2, "undo", "undo", undoes=1)]).frames == {}


def test_excluded_frames_carry_their_last_reason() -> None:
    first = decision(1, "finding", "exclude", code="CUR302", reason="twin")
    last = decision(2, "finding", "exclude", code="CUR301", reason="copy")
    accepted = decision(3, "finding", "accept", code="CUR301", frame="s/b.jpg", reason="fine")
    assert standing([last, accepted, first]).excluded == {"s/a.jpg": last}


@pytest.mark.parametrize(
    ("draft", "problem"),
    [
        (DecisionDraft("s/a.jpg", "frame", "accept"), "a frame can be keep or reject, found 'accept'"),
        (DecisionDraft("s/a.jpg", "label", "a/b"), "'a/b' is no label: good or a defect"),
        (DecisionDraft("s/a.jpg", "label", ""), "'' is no label: good or a defect"),
        (DecisionDraft("../a.jpg", "frame", "keep"), "'../a.jpg' is no frame"),
        (DecisionDraft("/etc/passwd", "frame", "keep"), "'/etc/passwd' is no frame"),
        (DecisionDraft("s/a.jpg", "window", "accept"), "a window's name belongs to decisions about windows"),
        (DecisionDraft("s/a.jpg", "frame", "keep", window="w"), "a window's name belongs to decisions about windows"),
        (DecisionDraft("s/a.jpg", "window", "place", window="w"), "place needs x_px and y_px"),
        (DecisionDraft("s/a.jpg", "window", "accept", window="w", x_px=1.0), "a place needs both x_px and y_px"),
        (
            DecisionDraft("s/a.jpg", "frame", "keep", x_px=1.0, y_px=2.0),
            "only a window that is accepted or placed has a place",
        ),
        (
            DecisionDraft("s/a.jpg", "window", "place", window="w", x_px=float("nan"), y_px=2.0),
            "a place's numbers must be finite",
        ),
        (DecisionDraft("s/a.jpg", "finding", "exclude"), "a code belongs to decisions about findings"),
        (DecisionDraft("s/a.jpg", "finding", "accept", code="CUR301"), "a finding is accepted with a reason"),
        (DecisionDraft("", "undo", "undo"), "an undo, and nothing else, names what it takes back"),
        (DecisionDraft("s/a.jpg", "shrug", "keep"), "unknown kind 'shrug'"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_decided_is_named(draft: DecisionDraft, problem: str) -> None:
    assert problem_of(draft) == problem


@pytest.mark.parametrize(
    "draft",
    [
        DecisionDraft("s/a.jpg", "frame", "keep"),
        DecisionDraft("s/ä b.jpg", "window", "place", window="w", x_px=-3.5, y_px=2.0, rotation_deg=1.0),
        DecisionDraft("s/a.jpg", "window", "accept", window="w", x_px=3.5, y_px=2.0),
        DecisionDraft("s/a.jpg", "label", "missing screw"),
        DecisionDraft("s/a.jpg", "finding", "exclude", code="CUR301"),
        DecisionDraft("build/autovi/part", "finding", "accept", "as agreed", code="CUR703"),
        DecisionDraft("", "undo", "undo", undoes=3),
    ],
)
def test_what_can_be_decided(draft: DecisionDraft) -> None:
    assert problem_of(draft) == ""
