"""What the templates are given: one function a page, and a picture's address. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from curate.model.decision import Decision
from curate.review.actions import Box, Offer, box_of, offers_of, shows_cut
from curate.review.consequences import QUICK_REASONS, STAGE_TITLES, as_it_is, done
from curate.review.navigation import STATES, QueueEntry, QueueFilter, Steps, progress, steps
from curate.review.outlines import drawn_outlines, window_path
from curate.review.queue import STAGES, ReviewItem, identity, own_decision
from curate.review.snapshot import Shelf, Shown, Snapshot

Row = TypeVar("Row")
NO_FILTER = QueueFilter()

PAGE_SIZE = 60
"""Frames on one page of the queue."""

_AROUND = 2
"""Frames shown before and after."""


def address(path: str, query: Mapping[str, str]) -> str:
    """Return an address with its query."""
    return f"{path}?{urlencode(query)}" if query else path


def item_address(item_id: str, wanted: QueueFilter = NO_FILTER, **more: str) -> str:
    """Return an item's address, relative to any page; the filter goes along: next and previous stay inside it."""
    return address(f"item-{item_id}", {**wanted.query, **more})


def picture_address(shown: Shown | None, size: str) -> str:
    """Return a picture's address; ``""`` where there is none. It changes with the picture."""
    return f"picture/{size}/{shown.id}.jpg?v={shown.version}" if shown else ""


def page_of(
    found: Sequence[Row], page: int, size: int, path: str, query: Mapping[str, str]
) -> tuple[Sequence[Row], dict[str, Any]]:
    """Return one page of a list, and what its pager shows."""
    pages = max(1, -(-len(found) // size))
    page = min(max(page, 1), pages)
    before = address(path, {**query, "page": str(page - 1)}) if page > 1 else ""
    behind = address(path, {**query, "page": str(page + 1)}) if page < pages else ""
    shown = found[(page - 1) * size : page * size]
    pager = {"first": (page - 1) * size + 1, "page": page, "pages": pages}
    return shown, {**pager, "page_before": before, "page_behind": behind}


def options_of(counts: Counter[str], chosen: str) -> list[tuple[str, int, bool]]:
    """Return the choices of a filter: each value, how often it occurs, and whether it is chosen."""
    if chosen:
        counts = Counter({**counts, chosen: counts[chosen]})
    return [(value, count, value == chosen) for value, count in sorted(counts.items())]


def queue_page(snapshot: Snapshot, wanted: QueueFilter, page: int, page_size: int = PAGE_SIZE) -> dict[str, Any]:
    """Return what the list shows: one card for each frame, with all that is about it; ``page_size`` cards on a page."""
    found: dict[tuple[str, str], list[QueueEntry]] = {}
    for entry in snapshot.entries:
        if wanted.covers(entry):
            about = entry.item.frame or entry.item.subject
            found.setdefault((entry.item.category, about), []).append(entry)
    shown, pager = page_of(list(found.values()), page, page_size, "./", wanted.query)
    open_ = next((entry.item for entry in snapshot.entries if wanted.in_scope(entry) and not entry.decided), None)
    scope = QueueFilter(wanted.category)
    among = [entry for entry in snapshot.entries if scope.in_scope(entry)]
    shelves = snapshot.shelves
    return {
        **common(snapshot, wanted),
        **pager,
        "cards": [_card(group, shelves[group[0].item.category], wanted) for group in shown],
        "found": len(found),
        "start": item_address(open_.id, wanted) if open_ else "",
        "stages": _stage_options(among, wanted),
        "states": [(state, state == wanted.state) for state in STATES],
        "labels": options_of(Counter(entry.label or "-" for entry in among), wanted.label),
        "cameras": options_of(Counter(entry.camera or "-" for entry in among), wanted.camera),
        "reasons": options_of(Counter(kind for e in among for kind in e.item.kinds_of_reason), wanted.reason),
        "defects": _defect_choices(snapshot, wanted),
    }


def _defect_choices(snapshot: Snapshot, wanted: QueueFilter) -> list[tuple[str, str]]:
    """Return action and name of the defects that many frames may be called; of several categories none can be meant."""
    names = [wanted.category] if wanted.category else list(snapshot.categories)
    if len(names) != 1:
        return []
    defects = snapshot.shelves[names[0]].records.category.defects
    return [(f"defect {number}", name) for number, name in enumerate(defects, start=1)]


@dataclass(frozen=True, slots=True)
class Last:
    """The decision by which a person came to a page.

    Attributes
    ----------
    category : str
    decision : Decision
    said : str
        In words; empty when it no longer stands.
    stands : bool
        Whether undo takes it back.
    """

    category: str
    decision: Decision
    said: str
    stands: bool


def item_page(snapshot: Snapshot, entry: QueueEntry, wanted: QueueFilter, last: Last | None) -> dict[str, Any]:
    """Return what the page of an entry shows: of one of the queue, or of any frame."""
    item, shelf = entry.item, snapshot.shelves[entry.item.category]
    place = snapshot.place(item.id)
    box = box_of(item, shelf)
    offers = offers_of(item, shelf, box)
    stands = _standing_about(item, shelf)
    go = steps(snapshot.entries, place, wanted) if place is not None else _frames_beside(item, shelf)
    undo = (last.category, last.decision) if last and last.stands else None
    undo = undo or ((item.category, stands[0]) if stands else None)
    return {
        **common(snapshot, wanted),
        "item": item,
        "others": [
            {"title": STAGE_TITLES[e.item.stage], "reason": e.item.reason, "href": item_address(e.item.id, wanted)}
            for e in snapshot.entries
            if item.frame and (e.item.category, e.item.frame) == (item.category, item.frame) and e.item.id != item.id
        ],
        "outlines": drawn_outlines(shelf.records.drawn.get(item.frame)),
        "title": item.frame or item.subject,
        "stage_title": STAGE_TITLES[item.stage] if place is not None else "Frames",
        "list": address("./", wanted.query) if place is not None else "frames",
        "as_it_is": as_it_is(item),
        "about": _about(item, shelf),
        "stands": [decision_row(decision) for decision in stands],
        "main": [offer for offer in offers if offer.action in {"accept", "reject", "good"}],
        "defects": [offer for offer in offers if offer.action.startswith("defect ")],
        "quick": QUICK_REASONS[item.kind],
        "pictures": _pictures(item, shelf, box),
        "box": box,
        "around": _around(item, shelf),
        "twins": _twins(item, shelf, offers),
        "before": item_address(go.before, wanted) if go.before else "",
        "behind": item_address(go.behind, wanted) if go.behind else "",
        "said": last.said if last else "",
        "undo": _undo(undo),
        "number": sum(wanted.covers(other) for other in snapshot.entries[: place + 1]) if place is not None else 0,
        "total": sum(map(wanted.covers, snapshot.entries)),
        "script": {**_script(item, offers, box, wanted, undo), "warm": _next_picture(snapshot, go.next_open)},
    }


def common(snapshot: Snapshot, wanted: QueueFilter = NO_FILTER) -> dict[str, Any]:
    """Return what every page shows."""
    return {
        "progress": progress(snapshot.entries, wanted),
        "wanted": wanted,
        "queue": address("./", wanted.query),
        "categories": snapshot.categories,
        "checked": snapshot.checked,
    }


def _stage_options(among: Sequence[QueueEntry], wanted: QueueFilter) -> list[tuple[str, str, int, bool]]:
    counts = Counter(entry.item.stage for entry in among)
    return [(stage, STAGE_TITLES[stage], counts[stage], stage == wanted.stage) for stage in STAGES]


def _card(group: Sequence[QueueEntry], shelf: Shelf, wanted: QueueFilter) -> dict[str, Any]:
    """Return one frame's card: its picture and all that is about it, the first thing leading."""
    item = group[0].item
    picture = _best(item, shelf)
    framed = picture is not None and picture.window is None
    row = shelf.windows.get((item.window, item.frame)) if item.window else None
    return {
        "item": item,
        "title": item.frame or item.subject,
        "href": item_address(item.id, wanted),
        "picture": picture_address(picture, "thumb"),
        "size": (picture.capture.width_px, picture.capture.height_px) if picture and framed else None,
        "boxes": [window_path(row)] if framed and row else [],
        "outlines": drawn_outlines(shelf.records.drawn.get(item.frame)) if framed else [],
        "decided": all(entry.decided for entry in group),
        "things": [_thing(entry, shelf, wanted) for entry in group],
        "label": shelf.label(item.frame) if item.frame else "",
    }


def _thing(entry: QueueEntry, shelf: Shelf, wanted: QueueFilter) -> dict[str, Any]:
    item = entry.item
    own = own_decision(item, shelf.standing)
    return {
        "item": item,
        "href": item_address(item.id, wanted),
        "decided": entry.decided,
        "done": done(own) if own else ("settled by another decision" if entry.decided else ""),
        "seen": own.id if own else None,
    }


def _frames_beside(item: ReviewItem, shelf: Shelf) -> Steps:
    """Return the frames before and behind one in time, for a frame that is in no queue."""
    captures, place = shelf.records.captures, shelf.places[item.frame]
    beside = [captures[at].frame if 0 <= at < len(captures) else "" for at in (place - 1, place + 1)]
    before, behind = (identity(item.category, "frame", frame, "") if frame else "" for frame in beside)
    return Steps(before, behind, "")


def _best(item: ReviewItem, shelf: Shelf) -> Shown | None:
    """Return the picture that shows most of an item: its window where one was cut, else the frame."""
    for name in [item.window] if item.window else shelf.records.category.windows:
        shown = shelf.window_picture(item.frame, name)
        if shown and shown.window and shown.window.sha256:
            return shown
    return shelf.frame_picture(item.frame)


def _next_picture(snapshot: Snapshot, item_id: str) -> str:
    """Return the picture that will be wanted next, so that it is there by then."""
    place = snapshot.place(item_id)
    if place is None:
        return ""
    item = snapshot.entries[place].item
    return picture_address(snapshot.shelves[item.category].frame_picture(item.frame), "fit")


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture on an item's page."""

    title: str
    fit: str
    full: str
    width_px: int
    height_px: int


def _pictures(item: ReviewItem, shelf: Shelf, box: Box | None) -> dict[str, _Picture]:
    pictures = {}
    frame = shelf.frame_picture(item.frame)
    if frame:
        size = frame.capture.width_px, frame.capture.height_px
        pictures["frame"] = _Picture("Frame", picture_address(frame, "fit"), picture_address(frame, "full"), *size)
    window = shelf.window_picture(item.frame, box.window) if box and box.origin != "guessed" else None
    if box and window and window.window and shows_cut(box, window.window):
        size = window.window.width_px, window.window.height_px
        pictures["window"] = _Picture("Window", picture_address(window, "fit"), picture_address(window, "full"), *size)
    return pictures


def _about(item: ReviewItem, shelf: Shelf) -> list[tuple[str, str]]:
    """Return what is known about a frame, as pairs of a word and its value."""
    capture = shelf.capture(item.frame)
    if capture is None:
        return [("path", item.subject)]
    window = shelf.windows.get((item.window, item.frame)) if item.window else None
    pairs = [
        ("category", item.category),
        ("taken at", capture.shot_at),
        ("label", shelf.label(item.frame) or "no label yet"),
        ("camera", capture.camera),
        ("specimen", capture.specimen),
        ("window", item.window),
        ("match score", "" if window is None or window.score is None else f"{window.score:.2f}"),
        ("second best", "" if window is None or window.second is None else f"{window.second:.2f}"),
        ("patches that agree", "" if window is None or window.agreement is None else f"{window.agreement:.0%}"),
    ]
    return [(name, value) for name, value in pairs if value]


def _around(item: ReviewItem, shelf: Shelf) -> list[dict[str, Any]]:
    """Return the frames before and after in time, the item's own in the middle."""
    place = shelf.places.get(item.frame)
    if place is None:
        return []
    captures = shelf.records.captures
    near = range(max(0, place - _AROUND), min(len(captures), place + _AROUND + 1))
    return [
        {
            **_small(captures[other].frame, shelf),
            "own": other == place,
            "when": _when(other - place),
        }
        for other in near
        if captures[other].series == captures[place].series
    ]


def _when(steps_: int) -> str:
    if not steps_:
        return "this frame"
    return f"{abs(steps_)} {'before' if steps_ < 0 else 'after'}"


def _small(frame: str, shelf: Shelf) -> dict[str, Any]:
    capture = shelf.capture(frame)
    rejected = frame in shelf.standing.frames and shelf.standing.frames[frame].verdict == "reject"
    return {
        "frame": frame,
        "picture": picture_address(shelf.frame_picture(frame), "thumb"),
        "label": shelf.label(frame),
        "shot_at": capture.shot_at if capture else "",
        "rejected": rejected,
    }


def _twins(item: ReviewItem, shelf: Shelf, offers: Sequence[Offer]) -> list[dict[str, Any]]:
    """Return what is shown side by side with an item, each with the choice to reject it."""
    by_action = {offer.action: offer for offer in offers}
    own = shelf.records.category.windows
    twins = []
    for number, frame in enumerate(item.twins, start=1):
        shown = next((each for name in own if (each := shelf.window_picture(frame, name))), None)
        fit = picture_address(shown or shelf.frame_picture(frame), "fit")
        twins.append({**_small(frame, shelf), "fit": fit, "offer": by_action[f"twin {number}"]})
    return twins


def _standing_about(item: ReviewItem, shelf: Shelf) -> list[Decision]:
    """Return every decision that stands about an item or its frame, the last one first."""
    stands = shelf.standing
    found = [own_decision(item, stands)]
    if item.frame:
        found += [stands.frames.get(item.frame), stands.labels.get(item.frame)]
        found += [decision for (_, frame), decision in stands.windows.items() if frame == item.frame]
        found += [decision for (_, frame), decision in stands.findings.items() if frame == item.frame]
    unique = {decision.id: decision for decision in found if decision}
    return [unique[key] for key in sorted(unique, reverse=True)]


def decision_row(decision: Decision) -> dict[str, Any]:
    """Return a decision as the pages list it."""
    return {
        "id": decision.id,
        "at": decision.at,
        "done": done(decision),
        "about": decision.window or decision.code,
        "reason": decision.reason,
        "verdict": decision.verdict,
    }


def _undo(undo: tuple[str, Decision] | None) -> dict[str, Any] | None:
    return {"id": undo[1].id, "text": f"{undo[1].frame} {done(undo[1])}"} if undo else None


def _script(
    item: ReviewItem, offers: Sequence[Offer], box: Box | None, wanted: QueueFilter, undo: tuple[str, Decision] | None
) -> dict[str, Any]:
    """Return what the page's script must know."""
    return {
        "item": item.id,
        "filter": wanted.query,
        "kind": item.kind,
        "offers": {offer.action: {"seen": offer.seen, "key": offer.key, "title": offer.title} for offer in offers},
        "box": None if box is None else {"width": box.width_px, "height": box.height_px, "movable": box.movable},
        "undo": {"category": undo[0], "undoes": undo[1].id, "seen": undo[1].id} if undo else None,
    }
