"""What the checks need to know about each image and mask, gathered while it is decoded once. Pure: bytes in, facts out.

Conventions: sizes are as stored, before EXIF orientation; alpha never counts as content, in an image or a mask.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.errors import ImageError
from curate.imaging.exif import SIDEWAYS
from curate.imaging.images import decode
from curate.imaging.probe import Probe, probe
from curate.validate.likeness import SIGNATURE_SIDE, shrink

_MARK_ROWS = 4
"""Every which row is searched for pure colours: lines and letters of a drawn mark are wider than that."""

_PURE_HIGH, _PURE_LOW = 250, 8
_VALUES_KEPT = 16
FACTS_VERSION = 8
"""To be raised whenever a fact changes its meaning: caches of another version are forgotten."""

_SPECK_PX = 4
_ALPHA_CHANNELS = (2, 4)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of any picture file.

    Attributes
    ----------
    path : str
        Relative to the dataset's root.
    size_bytes : int
    sha256 : str
    problem : str
        Why it cannot be used, in words; ``""`` when it can.
    unread : bool
        Its bytes could not be had: nothing is known about it.
    format, mode : str
    width_px, height_px : int
        As stored.
    channels, bits : int
    """

    path: str
    size_bytes: int = 0
    sha256: str = ""
    problem: str = ""
    format: str = ""
    mode: str = ""
    width_px: int = 0
    height_px: int = 0
    channels: int = 0
    bits: int = 0
    unread: bool = False

    @property
    def size(self) -> str:
        """Width × height, for people."""
        return f"{self.width_px}×{self.height_px}"

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height as stored."""
        return self.width_px, self.height_px


@dataclass(frozen=True, slots=True)
class ImageFacts(FileFacts):
    """What is known of an image.

    Attributes
    ----------
    orientation, pages : int
    shot_at, camera, software : str
        From EXIF; ``""`` unknown.
    has_position : bool
    low, high : int
        Smallest and largest grey value.
    marks : float
        Share of pixels of a pure, fully saturated colour.
    signature : bytes
        The picture shrunk to ``SIGNATURE_SIDE``² grey values, stretched to 0..255; ``b""`` when it could not be read.
    signature_low, signature_high : float
        The grey values that 0 and 255 of the signature stand for.
    """

    orientation: int = 1
    pages: int = 1
    shot_at: str = ""
    camera: str = ""
    software: str = ""
    has_position: bool = False
    low: int = 0
    high: int = 0
    marks: float = 0.0
    signature: bytes = b""
    signature_low: float = 0.0
    signature_high: float = 0.0

    @property
    def upright_shape(self) -> tuple[int, int]:
        """Width and height as every viewer shows it."""
        return self.shape[::-1] if self.orientation in SIDEWAYS else self.shape


@dataclass(frozen=True, slots=True)
class MaskFacts(FileFacts):
    """What is known of a mask.

    Attributes
    ----------
    values : tuple of int
        The distinct non-zero values, ascending, at most 16 of them.
    counts : tuple of int
        Pixels of each of these values.
    distinct : int
        How many there are.
    area_px : int
        Pixels of the region: those that are not zero in some colour channel.
    box : tuple of int
        Left, top, right, bottom (exclusive) of those pixels; zeros when there are none.
    pieces : int
        8-connected pieces of the region.
    specks : int
        Pieces of at most four pixels.
    channels_differ : bool
        The colour channels do not hold the same values.
    alpha : str
        ``none``; ``opaque`` or ``constant`` when it is the same everywhere; ``varies``.
    support : str
        Hash of the size and of which pixels are in the region.
    half : bool
        Whether only pixels of at least half the range count.
    """

    values: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    distinct: int = 0
    area_px: int = 0
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    pieces: int = 0
    specks: int = 0
    channels_differ: bool = False
    alpha: str = "none"
    support: str = ""
    half: bool = False


def image_facts(content: bytes, path: str) -> ImageFacts:
    """Decode an image once and note what the checks need; an unreadable one has a ``problem``."""
    base, pixels, head = _base(content, path)
    if pixels is None:
        return ImageFacts(**base)
    grey = grey_of(pixels)
    low, high, _, _ = cv2.minMaxLoc(grey)
    signature, signature_low, signature_high = shrink(grey)
    return ImageFacts(
        **base,
        orientation=head.orientation,
        pages=head.pages,
        shot_at=head.shot_at,
        camera=head.camera,
        software=head.software,
        has_position=head.has_position,
        low=int(low),
        high=int(high),
        marks=_pure_colour(pixels),
        signature=signature,
        signature_low=signature_low,
        signature_high=signature_high,
    )


def mask_facts(content: bytes, path: str, *, half: bool = False) -> MaskFacts:
    """Decode a mask once and note what the checks need; an unreadable one has a ``problem``.

    Parameters
    ----------
    content : bytes
    path : str
    half : bool
        The layout's masks have soft edges: only pixels of at least half the range are in the region.
    """
    base, pixels, _ = _base(content, path)
    if pixels is None:
        return MaskFacts(**base, half=half)
    colours, alpha = _without_alpha(pixels)
    plane, differ = _plane(colours)
    values, counts = _values(plane)
    support = plane >= (int(np.iinfo(plane.dtype).max) + 1) // 2 if half else plane > 0
    box, pieces, specks = _pieces(support)
    return MaskFacts(
        **base,
        values=tuple(int(value) for value in values[:_VALUES_KEPT]),
        counts=tuple(int(count) for count in counts[:_VALUES_KEPT]),
        distinct=len(values),
        area_px=int(np.count_nonzero(support)),
        box=box,
        pieces=pieces,
        specks=specks,
        channels_differ=differ,
        alpha=_alpha_kind(alpha),
        support=_support_hash(support),
        half=half,
    )


def _base(content: bytes, path: str) -> tuple[dict[str, Any], NDArray[Any] | None, Probe]:
    base: dict[str, Any] = {
        "path": path,
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    head = probe(content)
    base |= {"format": head.format, "mode": head.mode, "problem": head.problem}
    if head.problem:
        return base, None, head
    try:
        pixels = decode(content, Path(path))
    except ImageError as error:
        return base | {"problem": error.message}, None, head
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]  # noqa: PLR2004 - one channel or several
    bits = pixels.dtype.itemsize * 8
    return base | {"width_px": width, "height_px": height, "channels": channels, "bits": bits}, pixels, head


def grey_of(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return a picture's grey values, alpha left out."""
    if pixels.ndim == 2:  # noqa: PLR2004 - already grey
        return pixels
    if pixels.shape[2] in _ALPHA_CHANNELS[:1]:
        return np.ascontiguousarray(pixels[:, :, 0])
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY if pixels.shape[2] == _ALPHA_CHANNELS[1] else cv2.COLOR_BGR2GRAY)


def _pure_colour(pixels: NDArray[Any]) -> float:
    """Return the share of pixels with one channel at its top and one at zero: cameras do not give such colours."""
    if pixels.ndim == 2 or pixels.shape[2] < 3 or pixels.dtype != np.uint8:  # noqa: PLR2004 - colour only
        return 0.0
    rows = np.ascontiguousarray(pixels[::_MARK_ROWS])
    blue, green, red = cv2.split(rows)[:3]
    high = cv2.inRange(cv2.max(cv2.max(blue, green), red), _PURE_HIGH, 255)
    low = cv2.inRange(cv2.min(cv2.min(blue, green), red), 0, _PURE_LOW)
    return cv2.countNonZero(cv2.bitwise_and(high, low)) / high.size


def _without_alpha(pixels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any] | None]:
    if pixels.ndim == 3 and pixels.shape[2] in _ALPHA_CHANNELS:  # noqa: PLR2004 - channels
        colours = pixels[:, :, :-1]
        return (colours[:, :, 0] if colours.shape[2] == 1 else colours), pixels[:, :, -1]
    return pixels, None


def _plane(colours: NDArray[Any]) -> tuple[NDArray[Any], bool]:
    """Return one value a pixel, the largest of its channels, and whether the channels differ anywhere."""
    if colours.ndim == 2:  # noqa: PLR2004 - one channel
        return colours, False
    first, *others = np.moveaxis(colours, 2, 0)
    different = [other for other in others if not np.array_equal(first, other)]
    return np.ascontiguousarray(np.maximum.reduce([first, *different])), bool(different)


def _values(plane: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the distinct values that are not zero, ascending, and the number of pixels of each."""
    if plane.dtype == np.uint8:  # counting is some twenty times faster than sorting
        histogram = cv2.calcHist([plane], [0], None, [256], [0, 256]).ravel()
        values = np.flatnonzero(histogram[1:]) + 1
        return values, histogram[values]
    values, counts = np.unique(plane, return_counts=True)
    return values[values > 0], counts[values > 0]


def _alpha_kind(alpha: NDArray[Any] | None) -> str:
    if alpha is None:
        return "none"
    low, high = int(alpha.min()), int(alpha.max())
    if low != high:
        return "varies"
    return "opaque" if high == np.iinfo(alpha.dtype).max else "constant"


def _pieces(support: NDArray[np.bool_]) -> tuple[tuple[int, int, int, int], int, int]:
    """Return the box of a region and how many pieces and specks it falls into, looking only inside its box."""
    rows = np.flatnonzero(support.any(axis=1))
    if not rows.size:
        return (0, 0, 0, 0), 0, 0
    columns = np.flatnonzero(support.any(axis=0))
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    inside = np.ascontiguousarray(support[top:bottom, left:right], dtype=np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
    areas = stats[1:count, cv2.CC_STAT_AREA]
    return (left, top, right, bottom), count - 1, int((areas <= _SPECK_PX).sum())


def _support_hash(support: NDArray[np.bool_]) -> str:
    digest = hashlib.sha256(repr(support.shape).encode())
    digest.update(np.packbits(support).tobytes())
    return digest.hexdigest()


def restore_facts(row: dict[str, Any]) -> FileFacts:
    """Make facts again of what a cache kept of them: ``asdict`` and ``is_mask``."""
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items() if key != "is_mask"
    }
    return (MaskFacts if row["is_mask"] else ImageFacts)(**values)


__all__ = [
    "SIGNATURE_SIDE",
    "FileFacts",
    "ImageFacts",
    "MaskFacts",
    "grey_of",
    "image_facts",
    "mask_facts",
    "restore_facts",
]
