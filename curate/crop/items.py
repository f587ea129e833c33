"""What a window of a frame is on its way to a row of the record: a task, placed, judged. Each is made from the last.

All records are frozen: :mod:`curate.crop.worker` finds places and cuts, :mod:`curate.crop.verdicts` judges, and
:mod:`curate.crop.run` carries the records from one to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from curate.crop.known import Found, Known, cut_with, found_with
from curate.crop.place import Place, place_around, place_by_hand, place_fixed
from curate.crop.template import Template
from curate.crop.tiles import tile_frame
from curate.geometry.shapes import turned
from curate.model.capture import Capture
from curate.model.config import WindowConfig
from curate.model.decision import Decision

_LONGEST_NAME = 255
"""Bytes of one file name on every usual file system."""


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """One window definition of a category, ready to be carried out.

    Attributes
    ----------
    name : str
    config : WindowConfig
    templates : tuple of Template
        Empty unless the mode is ``match``.
    search : object
        JSON document of all that a position depends on besides the frame.
    """

    name: str
    config: WindowConfig
    templates: tuple[Template, ...] = ()
    search: Any = None

    @property
    def matches(self) -> bool:
        """Whether frames must be looked at to place this window."""
        return self.config.mode == "match"


@dataclass(frozen=True, slots=True)
class WindowTask:
    """One window of one frame, as it is to be cut. Light: it may travel to another machine.

    Attributes
    ----------
    window : str
        Name of its definition.
    config : WindowConfig
    capture : Capture
    image : str
        Name of the cut image.
    key : str
        Fingerprint of the position that must be known; ``""`` where nothing is matched, or a person placed it.
    tile : Place or None
        The place of a tile.
    failure : str
        Why it cannot be placed or cut at all.
    decision : Decision or None
        What a person said of this window in this frame. It never changes what becomes of other frames.
    """

    window: str
    config: WindowConfig
    capture: Capture
    image: str
    key: str = ""
    tile: Place | None = None
    failure: str = ""
    decision: Decision | None = None

    @property
    def name(self) -> tuple[str, str]:
        """Window and image: what a cut image is known by."""
        return self.window, self.image

    def place_by_hand(self) -> Place | None:
        """Return where a person put the window; None where nobody did."""
        said = self.decision
        if said is None or said.x_px is None or said.y_px is None:
            return None
        return place_by_hand(self.config, said.x_px, said.y_px)


@dataclass(frozen=True, slots=True)
class PlacedWindow:
    """A task, and where its window was found.

    Attributes
    ----------
    task : WindowTask
    found : Found or None
        The position, once it is known.
    failure : str
        Why it cannot be placed or cut: the task's failure, or what was met with in the frame.
    """

    task: WindowTask
    found: Found | None = None
    failure: str = ""

    @property
    def searching(self) -> bool:
        """Whether the frame must still be matched."""
        return bool(self.task.key) and self.found is None and not self.failure

    def place(self) -> Place | None:
        """Return where the window lies: where a person put it, else where it was found; None while nobody knows."""
        return self.task.place_by_hand() or self.place_by_rule()

    def place_by_rule(self) -> Place | None:
        """Return where the window lies without what a person said."""
        config, capture = self.task.config, self.task.capture
        if self.task.tile is not None:
            return self.task.tile
        if config.mode != "match":
            return place_fixed(config, capture.width_px, capture.height_px)
        if self.found is None or config.size_px is None:
            return None
        dx, dy = turned(*config.offset_px, self.found.rotation_deg or 0.0)
        return place_around(self.found.x_px + dx, self.found.y_px + dy, config.size_px)

    def cut_key(self) -> str:
        """Return the fingerprint of the cut image; ``""`` where there is no place."""
        place = self.place()
        return cut_with(self.task.capture.sha256, place, self.task.config.pad_value) if place else ""


def make_tasks(plan: WindowPlan, capture: Capture, image: str, decision: Decision | None = None) -> list[WindowTask]:
    """Return the one task of a window in a frame, or one per tile.

    Parameters
    ----------
    image : str
        Name of the frame's cut image; tiles add their row and column to it.
    decision : Decision or None
        What a person said of the window in this frame.
    """
    by_hand = decision is not None and decision.verdict == "place"
    key = found_with(capture.sha256, plan.search) if plan.matches and not by_hand else ""
    return [
        WindowTask(plan.name, plan.config, capture, name, key, tile, failure or _name_failure(name), decision)
        for name, tile, failure in _pieces(plan.config, capture, image)
    ]


def _pieces(config: WindowConfig, capture: Capture, image: str) -> Iterator[tuple[str, Place | None, str]]:
    """Yield name, tile and failure of each image that is cut from a frame."""
    if config.mode != "tile":
        yield image, None, ""
        return
    size = config.size_px or (capture.width_px, capture.height_px)
    tiles = tile_frame(capture.width_px, capture.height_px, size, config.overlap, config.border)
    if not tiles:
        yield image, None, f"the frame is {capture.width_px}×{capture.height_px} px, smaller than a tile"
    for tile in tiles:
        yield f"{image.removesuffix('.png')}{tile.suffix}.png", tile.place, ""


def _name_failure(image: str) -> str:
    size_bytes = len(image.rpartition("/")[2].encode())
    if size_bytes <= _LONGEST_NAME:
        return ""
    return f"its image's name would have {size_bytes} bytes, file systems hold {_LONGEST_NAME}"


def placed_from(task: WindowTask, known: Known) -> PlacedWindow:
    """Return a task with the position that earlier runs found."""
    return PlacedWindow(task, known.positions.get(task.key) if task.key else None, task.failure)
