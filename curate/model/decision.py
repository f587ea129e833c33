"""What a person decided about frames, windows, labels and findings, and which of it stands.

Decisions are only ever added. Of several about the same thing the last one stands; an ``undo`` takes one back, so that
the one before it stands again; an undo can be undone like anything else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from curate.model.defect import GOOD

Kind: TypeAlias = Literal["frame", "window", "label", "finding", "undo"]
Thing: TypeAlias = tuple[str, str, str]
"""What a decision is about: its kind, the frame, and the window or the finding's code."""

VERDICTS: dict[str, tuple[str, ...]] = {
    "frame": ("keep", "reject"),
    "window": ("accept", "reject", "place"),
    "finding": ("accept", "exclude"),
    "undo": ("undo",),
}
"""What can be said about each kind of thing; a label's verdict is the label."""


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """What a person wants to decide.

    Attributes
    ----------
    frame : str
        The frame's key. A finding about no frame has its path, relative to the workspace; an undo needs none.
    kind : str
        ``frame``, ``window``, ``label``, ``finding`` or ``undo``.
    verdict : str
        One of :data:`VERDICTS`; for a label ``good`` or a defect's name.
    reason : str
        For people; a finding that is accepted must have one.
    window : str
        Name of the window, for ``window``.
    x_px, y_px : float or None
        Centre of the window in upright frame pixels. ``place`` needs it; with it, ``accept`` holds for this place.
    rotation_deg : float or None
        How far the part is turned there, clockwise.
    code : str
        The finding's code, for ``finding``.
    undoes : int or None
        The decision that is taken back, for ``undo``.
    """

    frame: str
    kind: Kind
    verdict: str
    reason: str = ""
    window: str = ""
    x_px: float | None = None
    y_px: float | None = None
    rotation_deg: float | None = None
    code: str = ""
    undoes: int | None = None

    @property
    def thing(self) -> Thing:
        """What it is about; two decisions about the same thing replace each other."""
        return (self.kind, self.frame, self.window or self.code)


@dataclass(frozen=True, slots=True)
class Decision(DecisionDraft):
    """One line of ``records/decisions/<category>.jsonl``.

    Attributes
    ----------
    id : int
        Counts up from 1 in each category.
    at : str
        When it was decided: ISO 8601, UTC.
    """

    id: int = field(kw_only=True)
    at: str = field(kw_only=True)

    @property
    def about(self) -> str:
        """What it is about, in words: ``window default of main/0001.jpg``."""
        named = self.window or self.code
        start = f"{self.kind} {named}" if named else self.kind
        return f"frame {self.frame}" if self.kind == "frame" else f"{start} of {self.frame}"

    @property
    def what(self) -> str:
        """What was decided, in words: ``place at 120.5, 80.0 (the part lies flat)``."""
        place = "" if self.x_px is None or self.y_px is None else f" at {self.x_px}, {self.y_px}"
        turned = "" if self.rotation_deg is None else f" turned {self.rotation_deg}°"
        return f"{self.verdict}{place}{turned}{f' ({self.reason})' if self.reason else ''}"

    @property
    def by_hand(self) -> str:
        """The reason as records show it: ``by hand: the lamp was off``."""
        return f"by hand: {self.reason}" if self.reason else "by hand"


@dataclass(frozen=True, slots=True)
class Standing:
    """The decisions that count.

    Attributes
    ----------
    frames : dict of str to Decision
        By frame: keep or reject.
    windows : dict of (str, str) to Decision
        By window and frame: accept, reject or place.
    labels : dict of str to Decision
        By frame; the verdict is the label.
    findings : dict of (str, str) to Decision
        By code and frame: accept or exclude.
    once : frozenset of str
        Frames about which somebody once said keep or reject, even if all of it was taken back.
    """

    frames: Mapping[str, Decision] = field(default_factory=dict)
    windows: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    labels: Mapping[str, Decision] = field(default_factory=dict)
    findings: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    once: frozenset[str] = frozenset()

    @property
    def excluded(self) -> dict[str, Decision]:
        """The frames that are to leave every split because of a finding, each with the last such decision."""
        chosen = sorted((entry for entry in self.findings.values() if entry.verdict == "exclude"), key=lambda e: e.id)
        return {entry.frame: entry for entry in chosen}


NOTHING_DECIDED = Standing()


def in_force(decisions: Iterable[Decision]) -> list[Decision]:
    """Return the decisions that are not taken back, oldest first, without the undos themselves."""
    kept = []
    taken_back = set()
    for entry in sorted(decisions, key=lambda decision: -decision.id):
        if entry.id in taken_back:
            continue  # an undo that was undone takes nothing back
        if entry.kind == "undo":
            taken_back.add(entry.undoes)
        else:
            kept.append(entry)
    return kept[::-1]


def standing(decisions: Iterable[Decision]) -> Standing:
    """Return what stands after all decisions of a category, in whatever order they are given."""
    decisions = list(decisions)
    last = {entry.thing: entry for entry in in_force(decisions)}
    return Standing(
        frames={entry.frame: entry for entry in last.values() if entry.kind == "frame"},
        windows={(entry.window, entry.frame): entry for entry in last.values() if entry.kind == "window"},
        labels={entry.frame: entry for entry in last.values() if entry.kind == "label"},
        findings={(entry.code, entry.frame): entry for entry in last.values() if entry.kind == "finding"},
        once=frozenset(entry.frame for entry in decisions if entry.kind == "frame"),
    )


def last_about(decisions: Iterable[Decision], thing: Thing) -> Decision | None:
    """Return the decision about a thing that stands; None where nobody decided, or all was taken back."""
    return next((entry for entry in reversed(in_force(decisions)) if entry.thing == thing), None)


def problem_of(draft: DecisionDraft) -> str:
    """Say why something cannot be decided like that; ``""`` when it can."""
    return "; ".join((*_problems_of_words(draft), *_problems_of_place(draft)))


def _problems_of_words(draft: DecisionDraft) -> Iterator[str]:
    known = VERDICTS.get(draft.kind, ())
    if draft.kind == "label":
        if not _is_name(draft.verdict):
            yield f"{draft.verdict!r} is no label: {GOOD} or a defect"
    elif not known:
        yield f"unknown kind {draft.kind!r}"
    elif draft.verdict not in known:
        yield f"a {draft.kind} can be {' or '.join(known)}, found {draft.verdict!r}"
    if draft.kind != "undo" and not _is_path(draft.frame):
        yield f"{draft.frame!r} is no frame"
    if (draft.kind == "window") != bool(draft.window):
        yield "a window's name belongs to decisions about windows"
    if (draft.kind == "finding") != bool(draft.code):
        yield "a code belongs to decisions about findings"
    if (draft.kind == "undo") != (draft.undoes is not None):
        yield "an undo, and nothing else, names what it takes back"
    if (draft.kind, draft.verdict) == ("finding", "accept") and not draft.reason.strip():
        yield "a finding is accepted with a reason"


def _problems_of_place(draft: DecisionDraft) -> Iterator[str]:
    numbers = [number for number in (draft.x_px, draft.y_px, draft.rotation_deg) if number is not None]
    if (draft.x_px is None) != (draft.y_px is None):
        yield "a place needs both x_px and y_px"
    if (draft.kind, draft.verdict) == ("window", "place") and None in {draft.x_px, draft.y_px}:
        yield "place needs x_px and y_px"
    if numbers and (draft.kind != "window" or draft.verdict == "reject"):
        yield "only a window that is accepted or placed has a place"
    if not all(map(math.isfinite, numbers)):
        yield "a place's numbers must be finite"


def _is_name(text: str) -> bool:
    return bool(text) and text.isprintable() and "/" not in text and text not in {".", ".."}


def _is_path(text: str) -> bool:
    return bool(text) and "\0" not in text and not {"", ".", ".."} & set(text.split("/"))
