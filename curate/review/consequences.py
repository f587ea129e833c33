"""Decisions and their consequences in words. Pure."""

from __future__ import annotations

from curate.model.decision import Decision
from curate.model.defect import GOOD
from curate.review.queue import ReviewItem, Stage

STAGE_TITLES: dict[Stage, str] = {
    "crop": "Windows",
    "screen": "Screening",
    "split": "Labels",
    "validate": "Findings",
}
"""What each stage's things are called on the page."""

QUICK_REASONS: dict[str, tuple[str, ...]] = {
    "frame": ("out of focus", "badly lit", "hand or tool in view", "no part in view", "still usable"),
    "window": ("place is right", "wrong part", "part cut off", "no part in view"),
    "label": ("clearly visible", "second opinion needed"),
    "finding": ("looked at: different parts", "looked at: as it should be", "one of two is enough"),
}
"""Reasons to choose from, by what is decided about."""

_AS_IT_IS = {
    "rejected frame": "Left out of every split; its files stay where they are.",
    "borderline frame": "Kept: split divides it like any other frame.",
    "review window": "Nothing is cut from this frame, so it is not in the dataset.",
    "rejected window": "Nothing is cut from this frame, so it is not in the dataset.",
    "not set aside frame": "It is used as its label and its windows say.",
    "left out label": "In no split, so it is not in the dataset.",
    "error finding": "The dataset is published with it, and validate exits 1.",
    "warning finding": "The dataset is published with it.",
    "info finding": "The dataset is published with it.",
}

CONSEQUENCES = {
    ("frame", "keep"): "split divides it like any other frame",
    ("frame", "reject"): "it is left out of every split; its files stay",
    ("window", "accept"): "the window is cut at the place that was found",
    ("window", "reject"): "nothing is cut from this frame",
    ("window", "place"): "the window is cut where the box is",
    ("finding", "accept"): "validate lists it as accepted, with your reason",
    ("finding", "exclude"): "the frame is excluded from every split",
    ("label", GOOD): "it counts as good; regions drawn in it no longer count",
}
"""What later stages make of a decision, by its kind and verdict."""

_DONE = {
    ("frame", "keep"): "kept",
    ("frame", "reject"): "rejected",
    ("window", "accept"): "window accepted",
    ("window", "reject"): "window rejected",
    ("finding", "accept"): "finding accepted",
    ("finding", "exclude"): "frame excluded",
}


def as_it_is(item: ReviewItem) -> str:
    """Say what later stages do as long as nobody decides."""
    return _AS_IT_IS.get(f"{item.status} {item.kind}", "No stage sets it aside any more.")


def consequence(kind: str, verdict: str) -> str:
    """Say what later stages do after a decision."""
    if kind == "label" and verdict != GOOD:
        return f"it counts as {verdict} and is used for testing"
    return CONSEQUENCES[kind, verdict]


def done(decision: Decision) -> str:
    """Say what was decided, in a few words.

    >>> done(Decision("main/a.jpg", "window", "place", window="default", x_px=10.0, y_px=20.5, id=1, at=""))
    'window placed at 10, 20.5'
    """
    if decision.kind == "label":
        return f"called {decision.verdict}"
    if decision.kind == "undo":
        return f"decision {decision.undoes} taken back"
    if decision.verdict == "place":
        return f"window placed at {decision.x_px:g}, {decision.y_px:g}"
    return _DONE[decision.kind, decision.verdict]


def sentence(decision: Decision) -> str:
    """Say what was decided about what, and why."""
    about = f" ({decision.window or decision.code})" if decision.window or decision.code else ""
    reason = f": {decision.reason}" if decision.reason else ""
    subject = f"{decision.frame}{about} " if decision.kind != "undo" else ""
    return f"{subject}{done(decision)}{reason}"
