"""One frame's work from its file to its window files: decode once, match what is searched for, cut what is good.

Runs on worker threads, or on the machines of a cluster that see the same files; what it found comes back as records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curate.crop.items import PlacedWindow
from curate.crop.judge import Thresholds
from curate.crop.known import Found, image_entry, position_entry
from curate.crop.match import find
from curate.crop.place import cut
from curate.crop.template import Template
from curate.crop.verdicts import judge_alone, overruled
from curate.disk.atomic import write_bytes
from curate.disk.hashing import sha256_bytes, sha256_file
from curate.disk.journal import Journal
from curate.disk.reading import is_there
from curate.errors import CurateError, ImageError, MissingError, ReadError, StorageError
from curate.imaging.exif import read_exif
from curate.imaging.images import Pixels, decode, encode_png, read_file, upright
from curate.imaging.png_exif import with_exif
from curate.model.capture import Capture
from curate.model.evidence import ExifEvidence

OTHER_BYTES = "its bytes are not those that were imported"


@dataclass(frozen=True, slots=True)
class CutOrder:
    """What is to be done for one window of a frame.

    Attributes
    ----------
    placed : PlacedWindow
    trusted : bool
        Cut it without judging it again.
    done : tuple of str
        ``cut_with`` and sha256 of the image that stands there already; ``""`` when none does.
    """

    placed: PlacedWindow
    trusted: bool
    done: tuple[str, str]


@dataclass(frozen=True, slots=True)
class WindowOutcome:
    """What became of an order.

    Attributes
    ----------
    placed : PlacedWindow
        With the position, or the failure, that was met with.
    image : tuple of str or None
        ``cut_with`` and sha256 of the image that now stands there.
    matched, written : bool
        Whether the position was searched for, and the image written, just now.
    """

    placed: PlacedWindow
    image: tuple[str, str] | None = None
    matched: bool = False
    written: bool = False


@dataclass(frozen=True, slots=True)
class FrameOutcome:
    """What became of a frame.

    Attributes
    ----------
    windows : tuple of WindowOutcome
        One per order.
    unreadable : str
        Why the frame could not be read; ``""`` when it was, or nobody had to.
    journaled : bool
        Whether the journal holds it already.
    """

    windows: tuple[WindowOutcome, ...]
    unreadable: str
    journaled: bool

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield the journal's entries: each new position and each new image."""
        for outcome in self.windows:
            task, found = outcome.placed.task, outcome.placed.found
            if outcome.matched and found:
                yield position_entry(task.key, found)
            if outcome.written and outcome.image:
                yield image_entry(task.window, task.image, *outcome.image)


@dataclass(frozen=True)
class FrameWorker:
    """Works on frames.

    Attributes
    ----------
    captures : Path
        Folder of the category's frames.
    folders : mapping of str to Path
        Folder of each window's images.
    templates : mapping of str to tuple of Template
        Of each window.
    limits : mapping of str to Thresholds
        What each window's matches must keep to be cut before all are judged.
    journal : Journal or None
        Takes each finished position and image at once, but stays behind when the worker is sent to a cluster.
    sync : bool
        Flush each image to the disk before anything names it.
    """

    captures: Path
    folders: Mapping[str, Path]
    templates: Mapping[str, tuple[Template, ...]]
    limits: Mapping[str, Thresholds]
    journal: Journal | None
    sync: bool = True

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "journal": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __call__(self, orders: tuple[CutOrder, ...]) -> FrameOutcome:
        """Work on the orders of one frame."""
        capture = orders[0].placed.task.capture
        frame = _Frame(self.captures / capture.frame, capture)
        positions: dict[str, Found] = {}
        windows = tuple(self._work(order, frame, positions) for order in orders)
        outcome = FrameOutcome(windows, frame.unreadable, journaled=self.journal is not None)
        if self.journal is not None:
            for entry in outcome.entries():
                self.journal.append(entry)
        return outcome

    def _work(self, order: CutOrder, frame: _Frame, positions: dict[str, Found]) -> WindowOutcome:
        placed, matched = order.placed, False
        try:
            placed, matched = self._placed(placed, frame, positions)
            alone = judge_alone(placed, self.limits[placed.task.window])
            if not order.trusted and overruled(placed, alone).status != "accepted":
                return WindowOutcome(placed, matched=matched)
            path = self.folders[placed.task.window] / placed.task.image
            if is_cut(path, placed, order.done):
                return WindowOutcome(placed, order.done, matched)
            image = (placed.cut_key(), _cut(placed, frame, path, flushed=self.sync))
            return WindowOutcome(placed, image, matched, written=True)
        except (ReadError, MissingError, StorageError):
            raise  # a disk that is gone or full says nothing about the frame: the next run goes on
        except ImageError as error:
            frame.unreadable = error.message
            return WindowOutcome(replace(placed, failure=f"unreadable: {error.message}"), matched=matched)
        except CurateError as error:
            return WindowOutcome(replace(placed, failure=error.message), matched=matched)

    def _placed(self, placed: PlacedWindow, frame: _Frame, positions: dict[str, Found]) -> tuple[PlacedWindow, bool]:
        """Return the window with its position, and whether it was searched for; once for all windows that share it."""
        key = placed.task.key
        if not placed.searching or key in positions:
            return replace(placed, found=positions.get(key, placed.found)), False
        positions[key] = Found.of_match(find(frame.pixels, self.templates[placed.task.window]))
        return replace(placed, found=positions[key]), True


def _cut(placed: PlacedWindow, frame: _Frame, path: Path, *, flushed: bool) -> str:
    """Write a window's image and return its sha256."""
    place = placed.place()
    if place is None:
        raise ImageError("no place was found")
    content = with_exif(encode_png(cut(frame.pixels, place, placed.task.config.pad_value)), frame.evidence)
    write_bytes(path, content, flushed=flushed)
    return sha256_bytes(content)


class _Frame:
    """A frame that is read and decoded when it is first looked at.

    Not by ``functools.cached_property``: before Python 3.12 that holds one lock for all frames, so that threads would
    decode one after the other.
    """

    def __init__(self, path: Path, capture: Capture) -> None:
        self._path = path
        self._capture = capture
        self._seen: tuple[Pixels, ExifEvidence] | None = None
        self.unreadable = ""

    @property
    def pixels(self) -> Pixels:
        """Upright, 8 or 16 bits."""
        return self._look()[0]

    @property
    def evidence(self) -> ExifEvidence:
        """What its EXIF block says."""
        return self._look()[1]

    def _look(self) -> tuple[Pixels, ExifEvidence]:
        if self._seen is None:
            content = read_file(self._path)
            if sha256_bytes(content) != self._capture.sha256:
                raise ImageError(OTHER_BYTES, path=self._path)
            evidence, orientation = read_exif(content)
            pixels = upright(decode(content, self._path), orientation)
            if pixels.dtype not in ("uint8", "uint16"):
                raise ImageError(f"its pixels are {pixels.dtype}, expected 8 or 16 bits", path=self._path)
            self._seen = pixels, evidence
        return self._seen


def is_cut(path: Path, placed: PlacedWindow, done: tuple[str, str]) -> bool:
    """Whether an image is on disk, made from the same frame at the same place, and undamaged."""
    done_with, sha256 = done
    return bool(sha256) and done_with == placed.cut_key() and is_there(path) and sha256_file(path) == sha256
