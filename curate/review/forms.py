"""Turn what the page posts into a decision, and say what came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from curate.disk.json_text import parse_json
from curate.errors import InputError
from curate.model.decision import Decision, DecisionDraft
from curate.review.actions import box_of, offers_of
from curate.review.snapshot import Snapshot
from curate.workspace.decisions import append_decision
from curate.workspace.workspace import Workspace

LONGEST_REASON = 500
_LOOK_AGAIN = "load the page again"


@dataclass(frozen=True, slots=True)
class Post:
    """What a page asks for.

    Attributes
    ----------
    category : str
    draft : DecisionDraft
    seen : int or None
        The decision about the same thing that the page showed.
    """

    category: str
    draft: DecisionDraft
    seen: int | None


def parse_post(body: bytes) -> Mapping[str, Any]:
    """Read a request's body.

    Raises
    ------
    InputError
        If it is no JSON object.
    """
    try:
        document = parse_json(body.decode("utf-8"))
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", hint=_LOOK_AGAIN) from error
    if not isinstance(document, dict):
        raise InputError("is no JSON object", hint=_LOOK_AGAIN)
    return document


def decision_post(document: Mapping[str, Any], snapshot: Snapshot) -> Post:
    """Return what a choice on an item's page would write.

    The page names an item and one of its offers; what frame, window or finding that is, only the server says.

    Raises
    ------
    InputError
        If there is no such item or offer, or a value is not what it should be.
    """
    entry = snapshot.entry(_text(document, "item"))
    if entry is None:
        raise InputError("this is no longer in the queue", hint=_LOOK_AGAIN)
    item = entry.item
    shelf = snapshot.shelves[item.category]
    offers = {offer.action: offer for offer in offers_of(item, shelf, box_of(item, shelf))}
    action = _text(document, "action")
    if action not in offers:
        raise InputError(f"{action!r} cannot be decided about this", hint=_LOOK_AGAIN)
    draft = replace(offers[action].draft, reason=_reason(document))
    if action == "place":
        capture = shelf.capture(item.frame)
        width, height = (capture.width_px, capture.height_px) if capture else (0, 0)
        x_px, y_px = _number(document, "x_px", width), _number(document, "y_px", height)
        draft = replace(draft, x_px=x_px, y_px=y_px)
    return Post(item.category, draft, _seen(document))


def undo_post(document: Mapping[str, Any], snapshot: Snapshot) -> Post:
    """Return what taking back a decision would write.

    Raises
    ------
    InputError
        If the category or the decision is not known.
    """
    category = _text(document, "category")
    if category not in snapshot.shelves:
        raise InputError(f"there is no category {category!r} under review", hint=_LOOK_AGAIN)
    undoes = document.get("undoes")
    known = {decision.id for decision in snapshot.shelves[category].decisions}
    if not isinstance(undoes, int) or isinstance(undoes, bool) or undoes not in known:
        raise InputError(f"there is no decision {undoes!r}", hint=_LOOK_AGAIN)
    draft = DecisionDraft("", "undo", "undo", reason=_reason(document), undoes=undoes)
    return Post(category, draft, _seen(document))


def carry_out(workspace: Workspace, post: Post) -> Decision:
    """Write a decision; see :func:`curate.workspace.decisions.append_decision` for what it raises."""
    return append_decision(workspace, post.category, post.draft, seen=post.seen)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise InputError(f"{name} is no text", hint=_LOOK_AGAIN)
    return value


def _reason(document: Mapping[str, Any]) -> str:
    """Return the reason on one line, without control characters, which no record or terminal should meet."""
    value = document.get("reason", "")
    if not isinstance(value, str) or len(value) > LONGEST_REASON:
        raise InputError(f"the reason must be a text of at most {LONGEST_REASON} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError("the reason holds an incomplete character") from error
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())


def _number(document: Mapping[str, Any], name: str, limit: int) -> float:
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{name} is no number", hint=_LOOK_AGAIN)
    if not 0 <= value <= limit:
        raise InputError(f"{name} is {value:g}, the frame reaches from 0 to {limit} px")
    return round(float(value), 3)


def _seen(document: Mapping[str, Any]) -> int | None:
    value = document.get("seen")
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise InputError("seen is no decision", hint=_LOOK_AGAIN)
    return value
