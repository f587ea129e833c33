"""What every reader of an annotation format returns, before its pictures are paired with frames or files.

A reader is a pure function ``read(document, name, around) -> Parsed``. It hands each entry of its document to
:meth:`Notes.take`, which counts it as used or leaves it out with a reason: so the account of a document is complete by
construction, and an odd value is a finding, never a traceback.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from curate.errors import CurateError
from curate.geometry.affine import Affine
from curate.geometry.shapes import bounds
from curate.model.account import EMPTY, Account, LeftOut
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.region import Bitmap, Polygon, Region

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

Pixels: TypeAlias = NDArray[np.generic]

Made = TypeVar("Made")

ODD_VALUES = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, CurateError)
"""What reading a document raises where a value is not what its format says."""


_FARTHEST = 1e7
"""Pixels, or degrees: larger numbers are no place in a picture."""

_IN_PYTHON = re.compile(r"object|argument|indices|unhashable|out of (range|bounds)|unpack")
"""What Python's own words about a wrong type hold."""


class LeftOutError(Exception):
    """An entry that cannot be used: the code of its finding, and why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def reason_of(error: Exception) -> str:
    """Say in words what an odd value led to."""
    if isinstance(error, CurateError):
        return error.message
    if isinstance(error, KeyError):
        return f"{error} is missing"
    text = str(error) or type(error).__name__
    return f"a value is not of the type that the format has ({text})" if _IN_PYTHON.search(text) else text


@dataclass(frozen=True, slots=True)
class ImageRef:
    """How a document calls an image.

    Attributes
    ----------
    name : str
        File name, path or URL, as written.
    size_px : tuple of int or None
        What the document says about its size.
    frame, window : str
        Our own keys, where the document carries them (tasks that ``curate label push`` made).
    sha256 : str
        Of the picture that was pushed.
    from_frame : Affine or None
        How that picture was cut from its frame, which may have been cut anew since.
    file : str
        The annotation file's own name where it stands for the picture's, and ``name`` stands inside it: the two must
        not mean two pictures.
    """

    name: str
    size_px: Size | None = None
    frame: str = ""
    window: str = ""
    sha256: str = ""
    from_frame: Affine | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one annotator said about one image, in that image's pixels.

    Attributes
    ----------
    image : ImageRef
    regions : tuple of Region
    label : str
        Said of the whole image: ``good``, a defect, or ``""``.
    source : str
        For people: file name and task.
    annotator : str
        Who; ``""`` where the format does not say.
    drawn_at : str
        Sorts by time, as the format writes it; decides which is the latest.
    lost : bool
        Whether something drawn was left out, so that "no region" does not mean "good".
    facts : mapping of str to str
        What else curate's own datasets say about an image: ``name``, ``specimen``, ``shot_at``.
    """

    image: ImageRef
    regions: tuple[Region, ...] = ()
    label: str = ""
    source: str = ""
    annotator: str = ""
    drawn_at: str = ""
    lost: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reader made of a document: nothing of it is lost without a finding.

    Attributes
    ----------
    drawn : tuple of Drawn
    findings : tuple of Finding
    account : Account
        Of the document's entries: pictures, shapes, rows.
    orphans : bool
        Whether something belongs to an image, unknown to which: then no image is called good for having no region.
    """

    drawn: tuple[Drawn, ...] = ()
    findings: tuple[Finding, ...] = ()
    account: Account = EMPTY
    orphans: bool = False


def joined(parsed: Iterable[Parsed]) -> Parsed:
    """Put what several documents, or parts of one, say together."""
    listed = list(parsed)
    return Parsed(
        tuple(drawn for part in listed for drawn in part.drawn),
        tuple(finding for part in listed for finding in part.findings),
        Account.total_of(part.account for part in listed),
        any(part.orphans for part in listed),
    )


def none_good(parsed: Parsed) -> Parsed:
    """Take the label ``good`` from every image: something of the document belongs to one of them, unknown to which."""
    drawn = tuple(replace(one, label="", lost=True) if one.label == GOOD else one for one in parsed.drawn)
    return replace(parsed, drawn=drawn, orphans=True)


AngleUnit: TypeAlias = Literal["auto", "rad", "deg"]


def _undecodable(content: bytes) -> NDArray[Any]:
    raise ValueError(f"a picture of {len(content)} bytes, and nothing to decode it with")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pure reader may ask about the world around its document.

    Attributes
    ----------
    size_of : callable
        Size of the frame or window that an image reference stands for, or None: for formats that write fractions.
    pixels_of : callable
        Decoded picture of a path beside the document (masks in files of their own), as
        :func:`curate.imaging.images.decode` gives it, or None when there is none.
    classes : mapping of int to str
        Names of class numbers, for formats that keep them elsewhere.
    defect : str
        What a region without a label of its own is.
    decode : callable
        Decodes a picture that stands inside a document.
    angle_unit : str
        ``rad``, ``deg`` or ``auto``, for a table that does not say.
    split_masks : bool
        Whether each connected piece of a mask file is a region, not the file as a whole.
    legend : mapping of (blue, green, red) to str
        What the values of masks stand for; ``ignore`` counts as background.
    key_points : tuple of int or None
        How many key points a row has, and of how many numbers each, where a file beside the document says so.
    upright : callable
        A decoded mask in the pixels of its upright image; see :func:`curate.imaging.masks.upright_mask`.
    """

    size_of: Callable[[ImageRef], Size | None] = lambda _: None
    pixels_of: Callable[[str], NDArray[Any] | None] = lambda _: None
    classes: Mapping[int, str] = field(default_factory=dict)
    defect: str = ""
    decode: Callable[[bytes], NDArray[Any]] = _undecodable
    angle_unit: AngleUnit = "auto"
    split_masks: bool = False
    legend: Mapping[tuple[int, int, int], str] = field(default_factory=dict)
    key_points: Size | None = None
    upright: Callable[[NDArray[Any], ImageRef], NDArray[Any]] = lambda mask, _: mask


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the person says about the files.

    Attributes
    ----------
    defect : str
        What a region without a label is.
    renames : mapping
        From a name in the files, or a class number, to a defect of ``curate.toml``.
    angle_unit : str
    split_masks : bool
        Whether each connected piece of a mask file is a region, not the file as a whole.
    legend : mapping of (blue, green, red) to str
        What the values of masks stand for; ``ignore`` counts as background.
    """

    defect: str = ""
    renames: Mapping[str, str] = field(default_factory=dict)
    angle_unit: AngleUnit = "auto"
    split_masks: bool = False
    legend: Mapping[tuple[int, int, int], str] = field(default_factory=dict)


PLAIN = ReadOptions()


def renamed(parsed: Parsed, names: Mapping[str, str]) -> Parsed:
    """Replace the names of defects and image labels."""
    if not names:
        return parsed
    drawn = tuple(
        replace(
            entry,
            label=names.get(entry.label, entry.label),
            regions=tuple(replace(region, defect=names.get(region.defect, region.defect)) for region in entry.regions),
        )
        for entry in parsed.drawn
    )
    return replace(parsed, drawn=drawn)


class Notes:
    """Collects the findings and the account of one image or document while it is read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.findings: list[Finding] = []
        self.left_out: list[LeftOut] = []
        self.used = 0

    @property
    def lost(self) -> bool:
        """Whether something was left out."""
        return bool(self.left_out)

    def lose(self, code: str, message: str, entries: int = 1) -> None:
        """Note that something drawn was left out; ``entries`` says how many entries of the document that are."""
        self.findings.append(found(code, message, self.path))
        self.leave(message, entries)

    def leave(self, reason: str, entries: int = 1) -> None:
        """Count entries as left out; the finding that says so stands elsewhere."""
        self.left_out += [LeftOut(self.path, reason)] * entries

    def note(self, code: str, message: str) -> None:
        """Note something that a person should know; nothing was left out."""
        self.findings.append(found(code, message, self.path))

    def take(
        self, entries: Iterable[tuple[str, Any]], make: Callable[[str, Any], Made], what: str = "region"
    ) -> list[Made]:
        """Make something of each entry; one that cannot be used is a finding that names it.

        Parameters
        ----------
        entries : iterable of (str, object)
            Each with the name that findings give it.
        make : callable
            Raises :class:`LeftOutError` with the code of the finding, or one of :data:`ODD_VALUES`.
        what : str
            What an entry is called.
        """
        made = []
        for key, entry in entries:
            try:
                one = make(key, entry)
                if isinstance(one, Region):
                    _check_numbers(one)
                made.append(one)
                self.used += 1
            except LeftOutError as error:
                self.lose(error.code, f"{what} {key} {error}")
            except ODD_VALUES as error:
                self.lose(codes.MALFORMED_ANNOTATION, f"{what} {key} is malformed: {reason_of(error)}")
        return made

    def account(self) -> Account:
        """Return what was used and what was left out."""
        return Account(self.used, tuple(self.left_out))

    def parsed(self, *drawn: Drawn) -> Parsed:
        """Return the images that were read with everything that was noted."""
        return Parsed(drawn, tuple(self.findings), self.account())


def _check_numbers(region: Region) -> None:
    """Raise ValueError for numbers that no picture holds: they would overflow, or fill all memory, further on."""
    for shape in region.shapes:
        if isinstance(shape, Bitmap):
            continue
        numbers = (
            [value for ring in (shape.exterior, *shape.holes) for point in ring for value in point]
            if isinstance(shape, Polygon)
            else [*bounds(shape), shape.angle_deg]
        )
        if not all(abs(number) <= _FARTHEST for number in numbers):  # NaN compares as false
            raise ValueError("a number is not finite, or far outside any picture")


def numbered(entries: Any, what: str = "regions") -> list[tuple[str, Any]]:
    """Name the entries of a list by their places, counted from 1.

    Raises
    ------
    TypeError
        If it is no list.
    """
    if not isinstance(entries, list | tuple):
        raise TypeError(f"its {what} are a {type(entries).__name__}, expected a list")
    return [(str(number), entry) for number, entry in enumerate(entries, start=1)]


def images_of(entries: Iterable[tuple[str, Any]], read: Callable[[str, Any], Parsed], path: str) -> Parsed:
    """Read each image of a document; where one cannot be read at all, no other is called good by having no region.

    Parameters
    ----------
    entries : iterable of (str, object)
    read : callable
        Makes what is said of one image.
    path : str
        The document, for findings.
    """
    notes = Notes(path)
    parts = notes.take(entries, read, "image")
    whole = joined([*parts, notes.parsed()])
    return none_good(whole) if notes.lost else whole
