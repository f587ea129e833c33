"""What a person can decide about an item, and what each choice would write. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace

from curate.crop.place import Place, place_by_hand
from curate.geometry.affine import affine_of
from curate.model.capture import Window
from curate.model.config import CategoryConfig
from curate.model.decision import Decision, DecisionDraft, Kind, Standing
from curate.model.defect import GOOD, SEVERAL
from curate.review.consequences import consequence
from curate.review.queue import ReviewItem, own_decision
from curate.review.snapshot import Shelf

_NEIGHBOURS = 5
"""So many accepted windows before and after a frame say where its window may lie."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice.

    Attributes
    ----------
    action : str
        ``accept``, ``reject``, ``good``, ``defect 1`` …, ``place``, ``twin 1`` ….
    key : str
        What to press; ``""`` for buttons only.
    title : str
        What the button says.
    draft : DecisionDraft
        What it writes, without the reason; ``place`` gets its centre from the page.
    seen : int or None
        The decision about the same thing that stands now.
    stands : bool
        Whether it is what stands.
    """

    action: str
    key: str
    title: str
    draft: DecisionDraft
    seen: int | None
    stands: bool

    @property
    def consequence(self) -> str:
        """What later stages make of it."""
        return consequence(self.draft.kind, self.draft.verdict)


@dataclass(frozen=True, slots=True)
class Box:
    """Where a window lies in its frame, in upright frame pixels.

    Attributes
    ----------
    window : str
    x_px, y_px, width_px, height_px : float
        Left, top and size.
    origin : str
        ``found`` by crop, ``decided`` by a person, or ``guessed`` from the frames around.
    movable : bool
        Whether a person may put it somewhere else.
    """

    window: str
    x_px: float
    y_px: float
    width_px: float
    height_px: float
    origin: str
    movable: bool

    @property
    def centre_px(self) -> tuple[float, float]:
        """Its centre."""
        return self.x_px + self.width_px / 2, self.y_px + self.height_px / 2


def offers_of(item: ReviewItem, shelf: Shelf, box: Box | None) -> list[Offer]:
    """Return every choice, in the order of the buttons."""
    stands = shelf.standing
    offers = [*_verdicts(item, shelf, box), *_labels(item, shelf.records.category, stands)]
    if box and box.movable:
        draft = DecisionDraft(item.frame, "window", "place", window=box.window)
        offers.append(_offer("place", "", "Save this place", draft, stands))
    for number, twin in enumerate(item.twins, start=1):
        offers.append(
            _offer(f"twin {number}", "", "Reject this one instead", DecisionDraft(twin, "frame", "reject"), stands)
        )
    return offers


def _verdicts(item: ReviewItem, shelf: Shelf, box: Box | None) -> Iterable[Offer]:
    stands = shelf.standing
    subject = item.subject
    if item.kind == "frame":
        yield _offer("accept", "a", "Keep", DecisionDraft(subject, "frame", "keep"), stands)
    elif item.kind == "window" and box and box.origin != "guessed":
        yield _offer("accept", "a", "Accept window", _accepted(item, shelf, box), stands)
    elif item.kind == "finding":
        yield _offer(
            "accept", "a", "Accept finding", DecisionDraft(subject, "finding", "accept", code=item.code), stands
        )
    if item.kind == "window":
        yield _offer(
            "reject", "r", "Reject window", DecisionDraft(subject, "window", "reject", window=item.window), stands
        )
    elif item.kind == "finding" and subject == item.frame:
        yield _offer(
            "reject", "r", "Exclude frame", DecisionDraft(subject, "finding", "exclude", code=item.code), stands
        )
    elif item.frame:
        yield _offer("reject", "r", "Reject frame", DecisionDraft(item.frame, "frame", "reject"), stands)


def _accepted(item: ReviewItem, shelf: Shelf, box: Box) -> DecisionDraft:
    """Accept the window where it was seen: if another place is found later, somebody has to look again."""
    draft = DecisionDraft(item.subject, "window", "accept", window=item.window)
    if not box.movable:
        return draft
    row = shelf.windows.get((item.window, item.frame))
    x_px, y_px = box.centre_px
    return replace(draft, x_px=x_px, y_px=y_px, rotation_deg=row.rotation_deg if row else None)


def _labels(item: ReviewItem, config: CategoryConfig, stands: Standing) -> Iterable[Offer]:
    if item.frame:
        yield _offer("good", "g", "Good", DecisionDraft(item.frame, "label", GOOD), stands)
        several = (SEVERAL,) if len(config.defects) > 1 else ()
        for number, name in enumerate([*config.defects, *several], start=1):
            key = str(number) if number <= 9 else ""  # noqa: PLR2004 - digits
            yield _offer(f"defect {number}", key, name, DecisionDraft(item.frame, "label", name), stands)


def _offer(action: str, key: str, title: str, draft: DecisionDraft, stands: Standing) -> Offer:
    last = standing_about(draft.kind, draft.frame, draft.window or draft.code, stands)
    if last is None:
        return Offer(action, key, title, draft, None, stands=False)
    return Offer(action, key, title, draft, last.id, stands=last.verdict == draft.verdict)


def standing_about(kind: Kind, frame: str, name: str, stands: Standing) -> Decision | None:
    """Return the decision that stands about a thing, or None."""
    return own_decision(ReviewItem("", "screen", kind, frame, frame, "", "", window=name, code=name), stands)


def box_of(item: ReviewItem, shelf: Shelf) -> Box | None:
    """Return the box of an item's window in its frame; None where there is no such window.

    A frame, a label or a finding shows the first window of its category that its frame has. A window that is the whole
    frame needs no box.
    """
    config = shelf.records.category
    names = [item.window] if item.window else [name for name in config.windows if (name, item.frame) in shelf.windows]
    capture = shelf.capture(item.frame)
    if not names or names[0] not in config.windows or capture is None:
        return None
    name, window = names[0], config.windows[names[0]]
    row = shelf.windows.get((name, item.frame))
    decided = shelf.standing.windows.get((name, item.frame))
    if decided and decided.x_px is not None and decided.y_px is not None:
        placed = place_by_hand(window, decided.x_px, decided.y_px)
        if placed:
            return _box(name, placed, "decided", movable=True)
    movable = place_by_hand(window, 0.0, 0.0) is not None
    if window.mode == "match" and (row is None or row.x_px is None):
        guessed = place_by_hand(window, *_usual_centre(name, item.frame, shelf))
        return _box(name, guessed, "guessed", movable=True) if guessed else None
    if row is None:
        return None
    box = _box(name, Place(affine_of(row), row.width_px, row.height_px), "found", movable=movable)
    beyond = (box.x_px, box.y_px, capture.width_px - box.width_px, capture.height_px - box.height_px)
    return None if not movable and max(map(abs, beyond)) < 1 else box


def _box(name: str, place: Place, origin: str, *, movable: bool) -> Box:
    left, top, right, bottom = place.box_px()
    return Box(name, left, top, right - left, bottom - top, origin, movable)


def shows_cut(box: Box, row: Window | None) -> bool:
    """Whether a window's row describes the very box."""
    if row is None:
        return False
    left, top, right, bottom = Place(affine_of(row), row.width_px, row.height_px).box_px()
    return (box.x_px, box.y_px, box.width_px, box.height_px) == (left, top, right - left, bottom - top)


def _usual_centre(name: str, frame: str, shelf: Shelf) -> tuple[float, float]:
    """Return where the windows of the frames around lie; the frame's centre where none does."""
    captures, place = shelf.records.captures, shelf.places[frame]
    mine = captures[place]
    centres = []
    for step in (-1, 1):
        found = 0
        other = place + step
        while 0 <= other < len(captures) and captures[other].series == mine.series and found < _NEIGHBOURS:
            row = shelf.windows.get((name, captures[other].frame))
            if row is not None and row.status == "accepted" and row.x_px is not None:
                left, top, right, bottom = Place(affine_of(row), row.width_px, row.height_px).box_px()
                centres.append(((left + right) / 2, (top + bottom) / 2))
                found += 1
            other += step
    if not centres:
        return mine.width_px / 2, mine.height_px / 2
    return statistics.median(x for x, _ in centres), statistics.median(y for _, y in centres)
