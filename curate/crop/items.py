"""One frame's work from its file to its window files: decode once, match what is searched for, cut what is good.

Runs on worker threads, or on the machines of a cluster that see the same files; what it learnt comes back as outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curate.crop.judge import calibrate
from curate.crop.known import Found, image_entry, position_entry
from curate.crop.match import find
from curate.crop.place import cut
from curate.crop.worker import Item, WindowPlan
from curate.disk.atomic import write_bytes
from curate.disk.hashing import sha256_bytes, sha256_file
from curate.disk.journal import Journal
from curate.errors import CurateError, ImageError, MissingError, StorageError
from curate.imaging.exif import read_exif
from curate.imaging.images import Pixels, decode, encode_png, read_file, upright
from curate.imaging.png_exif import with_exif
from curate.model.capture import Capture
from curate.model.evidence import ExifEvidence


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is to be done for one window of a frame; the light part of an :class:`curate.crop.worker.Item`.

    Attributes
    ----------
    window : str
    item : Item
        Without its plan's templates.
    trusted : bool
        Cut it without judging it again.
    done : tuple of str
        ``cut_with`` and sha256 of the image that stands there already; ``""`` when none does.
    """

    window: str
    item: Item
    trusted: bool
    done: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a ticket.

    Attributes
    ----------
    found : Found or None
    failure : str
    image : tuple of str or None
        ``cut_with`` and sha256 of the image that now stands there.
    matched, written : bool
        Whether the position was searched for, and the image written, just now.
    """

    found: Found | None
    failure: str = ""
    image: tuple[str, str] | None = None
    matched: bool = False
    written: bool = False


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What became of a frame.

    Attributes
    ----------
    outcomes : tuple of Outcome
        One a ticket.
    unreadable : str
        Why the frame could not be read; ``""`` when it was, or nobody had to.
    entries : tuple of dict
        What the journal must still be told.
    """

    outcomes: tuple[Outcome, ...]
    unreadable: str
    entries: tuple[dict[str, Any], ...]


class FrameWorker:
    """Works on frames.

    Parameters
    ----------
    captures : Path
        Folder of the category's frames.
    windows : dict of str to Path
        Folder of each window's images.
    plans : dict of str to WindowPlan
    journal : Journal or None
        Is told of each finished position and image at once, but stays behind when the worker is sent to a cluster.
    """

    def __init__(
        self, captures: Path, windows: Mapping[str, Path], plans: Mapping[str, WindowPlan], journal: Journal | None
    ) -> None:
        self._captures = captures
        self._windows = dict(windows)
        self._plans = dict(plans)
        self._journal = journal

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_journal": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __call__(self, tickets: tuple[Ticket, ...]) -> FrameResult:
        """Work on the tickets of one frame."""
        frame = _Frame(self._captures / tickets[0].item.capture.frame, tickets[0].item.capture)
        entries: list[dict[str, Any]] = []
        positions: dict[str, Found] = {}
        outcomes = [self._work(ticket, frame, positions, entries) for ticket in tickets]
        return FrameResult(tuple(outcomes), frame.unreadable, tuple(entries))

    def _work(
        self, ticket: Ticket, frame: _Frame, positions: dict[str, Found], entries: list[dict[str, Any]]
    ) -> Outcome:
        item = replace(ticket.item, plan=self._plans[ticket.window])
        key = item.key
        matched = False
        try:
            if item.searching and key not in positions:
                positions[key] = Found.of_match(find(frame.pixels, item.plan.templates))
                self._tell(position_entry(key, positions[key]), entries)
                matched = True
            item.found = positions.get(key, item.found)
            alone = item.judge_alone(calibrate(item.plan.config, ()))
            if not ticket.trusted and item.overruled(alone).status != "accepted":
                return Outcome(item.found, matched=matched)
            path = self._windows[ticket.window] / item.image
            if is_cut(path, item, ticket.done):
                return Outcome(item.found, image=ticket.done, matched=matched)
            image = (item.cut_key(), self._cut(item, frame, path))
            self._tell(image_entry(ticket.window, item.image, *image), entries)
            return Outcome(item.found, image=image, matched=matched, written=True)
        except StorageError:
            raise  # a full disk says nothing about the frame: the run stops, and the next one goes on
        except (ImageError, MissingError) as error:
            frame.unreadable = error.message
            return Outcome(item.found, f"unreadable: {error.message}", matched=matched)
        except CurateError as error:
            return Outcome(item.found, error.message, matched=matched)

    @staticmethod
    def _cut(item: Item, frame: _Frame, path: Path) -> str:
        place = item.place()
        if place is None:
            raise ImageError("no place was found")
        content = with_exif(encode_png(cut(frame.pixels, place, item.plan.config.pad_value)), frame.evidence)
        write_bytes(path, content)
        return sha256_bytes(content)

    def _tell(self, entry: dict[str, Any], entries: list[dict[str, Any]]) -> None:
        if self._journal is None:
            entries.append(entry)
        else:
            self._journal.append(entry)


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
                raise ImageError("its bytes are not those that were imported", path=self._path)
            evidence, orientation = read_exif(content)
            pixels = upright(decode(content, self._path), orientation)
            if pixels.dtype not in ("uint8", "uint16"):
                raise ImageError(f"its pixels are {pixels.dtype}, expected 8 or 16 bits", path=self._path)
            self._seen = pixels, evidence
        return self._seen


def is_cut(path: Path, item: Item, done: tuple[str, str]) -> bool:
    """Whether an image is on disk, made from the same frame at the same place, and undamaged."""
    done_with, sha256 = done
    return bool(sha256) and done_with == item.cut_key() and path.is_file() and sha256_file(path) == sha256
