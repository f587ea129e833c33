"""What the list of all decisions shows. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from curate.model.decision import Decision, in_force
from curate.review.navigation import QueueFilter
from curate.review.pages import common, decision_row, item_address, page_of
from curate.review.queue import decided_things
from curate.review.snapshot import Snapshot

HISTORY_SIZE = 200
"""Decisions on one page."""


def history_page(snapshot: Snapshot, wanted: QueueFilter, page: int) -> dict[str, Any]:
    """Return what the list of all decisions shows, the last one first."""
    rows = []
    for category, shelf in snapshot.shelves.items():
        if wanted.category in {"", category}:
            stands = {decision.id for decision in decided_things(shelf.standing).values()}
            forced = {decision.id for decision in in_force(shelf.decisions)}
            items = [entry.item for entry in snapshot.entries if entry.item.category == category]
            ids = {item.frame: item.id for item in items} | {item.subject: item.id for item in items}
            own = {item.thing: item.id for item in items}
            rows += [
                {**decision_row(decision), "category": category, "frame": decision.frame,
                 "name": decision.window or decision.code, "state": _state(decision, stands, forced),
                 "item": _page_of(own.get(decision.thing) or ids.get(decision.frame, ""))}
                for decision in shelf.decisions
            ]  # fmt: skip
    rows.sort(key=lambda row: (row["at"], row["category"], row["id"]), reverse=True)
    shown, pager = page_of(rows, page, HISTORY_SIZE, "history", wanted.query)
    return {**common(snapshot, wanted), **pager, "rows": shown, "total": len(rows)}


def _page_of(item_id: str) -> str:
    return item_address(item_id) if item_id else ""


def _state(decision: Decision, stands: AbstractSet[int], forced: AbstractSet[int]) -> str:
    if decision.kind == "undo":
        return ""
    if decision.id in stands:
        return "stands"
    return "replaced" if decision.id in forced else "taken back"
