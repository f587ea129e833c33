"""The template of a category's window, drawn by hand on a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curate.crop.reference import cut_template
from curate.disk.reading import is_there
from curate.errors import InputError
from curate.review.pages import address, common, item_address, picture_address
from curate.review.queue import identity
from curate.review.snapshot import Desk, Shelf, Snapshot
from curate.workspace.stage_names import stage_command
from curate.workspace.workspace import Workspace

_BOX = ("x", "y", "width", "height")


def template_page(snapshot: Snapshot, parts: Mapping[str, str], workspace: Workspace) -> dict[str, Any]:
    """Return what the page shows: one frame of a category, and where its template will lie on the disk.

    Parameters
    ----------
    snapshot : Snapshot
    parts : mapping of str to str
        Of the address: ``category`` and ``frame``; the first category that matches a template, and its first good
        frame, where they are left out.
    workspace : Workspace
    """
    names = [name for name in snapshot.categories if templates_of(snapshot.shelves[name])]
    chosen = parts.get("category", "")
    category = chosen if chosen in snapshot.categories else next(iter(names), snapshot.categories[0])
    shelf = snapshot.shelves[category]
    frames = [capture.frame for capture in shelf.records.captures]
    usual = next((frame for frame in frames if shelf.label(frame) == "good"), frames[0] if frames else "")
    frame = parts.get("frame", "") if parts.get("frame", "") in frames else usual
    place = shelf.places.get(frame, 0)
    capture = shelf.capture(frame)
    files = templates_of(shelf)
    path = files[0] if len(files) == 1 else ""
    return {
        **common(snapshot),
        "category": category,
        "frame": frame,
        "size": (capture.width_px, capture.height_px) if capture else (1, 1),
        "picture": picture_address(shelf.frame_picture(frame), "fit"),
        "full": picture_address(shelf.frame_picture(frame), "full"),
        "path": path,
        "stands": bool(path) and is_there(workspace.root / path),
        "files": files,
        "label": shelf.label(frame),
        "number": place + 1,
        "total": len(frames),
        "before": _address(category, frames[place - 1]) if place else "",
        "behind": _address(category, frames[place + 1]) if place + 1 < len(frames) else "",
        "item": item_address(identity(category, "frame", frame, "")) if frame else "",
        "script": {"category": category, "frame": frame},
    }


def templates_of(shelf: Shelf) -> list[str]:
    """Return the template files that ``curate.toml`` names for a category's matched windows."""
    windows = shelf.records.category.windows.values()
    return list(dict.fromkeys(file for window in windows if window.mode == "match" for file in window.templates))


def _address(category: str, frame: str) -> str:
    return address("template", {"category": category, "frame": frame})


def cut_drawn_template(desk: Desk, document: Mapping[str, Any]) -> dict[str, Any]:
    """Cut the template where a person drew its box, and say what to run next.

    Raises
    ------
    InputError
        If the category or the frame is not under review, a number is none, or another template stands there and
        nobody said that it is to be replaced.
    """
    snapshot = desk.snapshot()
    category, frame = document.get("category"), document.get("frame")
    shelf = snapshot.shelves.get(category) if isinstance(category, str) else None
    if shelf is None or not isinstance(frame, str) or frame not in shelf.places:
        raise InputError("this frame is not under review", hint="load the page again")
    values = [document.get(name) for name in _BOX]
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        raise InputError("the box is no four whole numbers of pixels", hint="draw it again")
    x, y, width, height = (int(str(value)) for value in values)
    config = desk.config(shelf.records.name)
    with desk.workspace.lock(swept=()):
        made = cut_template(
            desk.workspace, config, frame, (x, y, width, height), replace=document.get("replace") is True
        )
    command = stage_command("crop", config.name)
    said = f"{made.path} {'is cut' if made.written else 'shows this already'}; next: {command}"
    return {"said": said, "path": made.path, "next": command}
