"""Every frame, whether anything set it aside or not: a list to choose from. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curate.review.outlines import drawn_outlines, window_path
from curate.review.pages import common, item_address, options_of, page_of, picture_address
from curate.review.queue import ReviewItem, identity
from curate.review.snapshot import Shelf, Snapshot

FRAMES_SIZE = 120
"""Frames on one page of the list."""


@dataclass(frozen=True, slots=True)
class FrameFilter:
    """Which frames a person wants to see; ``""`` lets everything through, ``-`` those without a label or camera."""

    category: str = ""
    label: str = ""
    camera: str = ""
    name: str = ""

    @property
    def query(self) -> dict[str, str]:
        """Return the parts of an address that say it."""
        parts = {"category": self.category, "label": self.label, "camera": self.camera, "name": self.name}
        return {key: value for key, value in parts.items() if value}

    def covers(self, frame: str, label: str, camera: str) -> bool:
        """Whether a frame is wanted."""
        said = self.label in {"", label or "-"} and self.camera in {"", camera or "-"}
        return said and self.name.casefold() in frame.casefold()


def frame_filter(parts: Mapping[str, str], snapshot: Snapshot) -> FrameFilter:
    """Return the filter that an address asks for; a category that is not under review is left out."""
    category, label, camera, name = (str(parts.get(key, "")) for key in ("category", "label", "camera", "name"))
    return FrameFilter(category if category in snapshot.categories else "", label, camera, name)


def frames_page(snapshot: Snapshot, wanted: FrameFilter, page: int) -> dict[str, Any]:
    """Return what the list of all frames shows."""
    open_items: dict[tuple[str, str], list[ReviewItem]] = {}
    for entry in snapshot.entries:
        open_items.setdefault((entry.item.category, entry.item.frame), []).append(entry.item)
    of_category = [
        (name, shelf, capture.frame, shelf.label(capture.frame), capture.camera)
        for name, shelf in snapshot.shelves.items()
        if wanted.category in {"", name}
        for capture in shelf.records.captures
    ]
    found = [row for row in of_category if wanted.covers(row[2], row[3], row[4])]
    shown, pager = page_of(found, page, FRAMES_SIZE, "frames", wanted.query)
    return {
        **common(snapshot),
        **pager,
        "wanted": wanted,
        "found": len(found),
        "labels": options_of(Counter(row[3] or "-" for row in of_category), wanted.label),
        "cameras": options_of(Counter(row[4] or "-" for row in of_category), wanted.camera),
        "cards": [_card(name, shelf, frame, open_items.get((name, frame), [])) for name, shelf, frame, *_ in shown],
    }


def _card(category: str, shelf: Shelf, frame: str, items: list[ReviewItem]) -> dict[str, Any]:
    capture = shelf.capture(frame)
    first = items[0].id if items else identity(category, "frame", frame, "")
    rows = [shelf.windows[name, frame] for name in shelf.records.windows if (name, frame) in shelf.windows]
    return {
        "title": frame,
        "category": category,
        "href": item_address(first),
        "picture": picture_address(shelf.frame_picture(frame), "thumb"),
        "size": (capture.width_px, capture.height_px) if capture else (1, 1),
        "boxes": [window_path(row) for row in rows if row.status == "accepted"],
        "outlines": drawn_outlines(shelf.records.drawn.get(frame)),
        "label": shelf.label(frame),
        "statuses": list(dict.fromkeys(item.status for item in items)),
    }
