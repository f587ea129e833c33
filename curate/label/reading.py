"""What every reader of an annotation format returns, before images are paired with frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.geometry.affine import Affine
from curate.model.codes import found
from curate.model.finding import Finding
from curate.model.region import Region

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

Pixels: TypeAlias = NDArray[np.generic]


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
    """

    name: str
    size_px: Size | None = None
    frame: str = ""
    window: str = ""
    sha256: str = ""
    from_frame: Affine | None = None


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
    """

    image: ImageRef
    regions: tuple[Region, ...] = ()
    label: str = ""
    source: str = ""
    annotator: str = ""
    drawn_at: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a document: nothing of it is lost without a finding."""

    drawn: tuple[Drawn, ...] = ()
    findings: tuple[Finding, ...] = ()


def joined(readings: Iterable[Reading]) -> Reading:
    """Put several readings together."""
    listed = list(readings)
    return Reading(
        tuple(drawn for reading in listed for drawn in reading.drawn),
        tuple(finding for reading in listed for finding in reading.findings),
    )


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
    """

    size_of: Callable[[ImageRef], Size | None] = lambda _: None
    pixels_of: Callable[[str], NDArray[Any] | None] = lambda _: None
    classes: Mapping[int, str] = field(default_factory=dict)
    defect: str = ""
    decode: Callable[[bytes], NDArray[Any]] = _undecodable
    angle_unit: AngleUnit = "auto"
    split_masks: bool = False


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
    """

    defect: str = ""
    renames: Mapping[str, str] = field(default_factory=dict)
    angle_unit: AngleUnit = "auto"
    split_masks: bool = False


PLAIN = ReadOptions()


def renamed(reading: Reading, names: Mapping[str, str]) -> Reading:
    """Replace the names of defects and image labels."""
    if not names:
        return reading
    drawn = tuple(
        replace(
            entry,
            label=names.get(entry.label, entry.label),
            regions=tuple(replace(region, defect=names.get(region.defect, region.defect)) for region in entry.regions),
        )
        for entry in reading.drawn
    )
    return Reading(drawn, reading.findings)


class Notes:
    """Collects the findings of one image while it is read, and remembers whether a shape was lost."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.findings: list[Finding] = []
        self.lost = False

    def lose(self, code: str, message: str) -> None:
        """Note that something drawn was left out."""
        self.findings.append(found(code, message, self.path))
        self.lost = True

    def note(self, code: str, message: str) -> None:
        """Note something that a person should know; nothing was left out."""
        self.findings.append(found(code, message, self.path))
