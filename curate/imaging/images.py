"""Decode and encode image files.

Arrays are as OpenCV has them: ``(height, width)`` grey or ``(height, width, channels)`` in B, G, R(, A) order, with the
file's own depth. A file that is cut short or damaged is refused, never half decoded.
"""

from __future__ import annotations

import io
import stat
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.disk.atomic import write_bytes
from curate.disk.members import is_member, read_member
from curate.errors import ImageError, MissingError

Pixels: TypeAlias = NDArray[Any]

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})
"""File name endings, in lower case, that are taken for images."""

PNG_LEVEL = 1
"""zlib level: encoding is the bill, and higher levels cost much more time for little space (docs/measurements.md)."""

_PNG_FILTER: list[int] = (
    [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP] if hasattr(cv2, "IMWRITE_PNG_FILTER") else []
)
"""Each row as its difference from the row above: against choosing the best of five ways for every row, as libpng does
unasked, 0.54..0.76 of the time of encoding and 0.6..0.9 of decoding, at 0.96..1.02 of the size, on ten real sets."""

MAX_PIXELS = 1 << 29
"""Larger pictures are refused as decompression bombs before they are decoded (a 20-megapixel frame has 2^24.3)."""

_TRAILERS = {b"\x89PNG\r\n\x1a\n": b"IEND\xaeB`\x82"}
"""How a whole file of a format ends, where the format says so; checked before a decoder sees a cut-off file."""

_LARGE_BYTES = 4 << 20
"""Pictures from this size on, decoded, are worth keeping freed memory for."""

_LARGEST_KEPT_BYTES = (32 << 20) - (16 << 10)
"""glibc never learns to keep larger blocks than 32 MiB, its own overhead included."""

_EXIF_ORIENTATION = 0x0112

_SPECIAL_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What a file says about its picture without decoding it.

    Attributes
    ----------
    width_px, height_px : int
        Upright size, after EXIF orientation.
    mode : str
        Pillow's mode.
    format : str
        Pillow's format name: ``PNG``, ``JPEG``, ``TIFF``, ``BMP``.
    orientation : int
        EXIF orientation 1..8 that is still to be applied to what :func:`decode` returns; 1 when absent, and for TIFF,
        whose decoders apply it themselves.
    frames : int
        Number of pages.
    """

    width_px: int
    height_px: int
    mode: str
    format: str
    orientation: int
    frames: int


def is_image_name(path: Path) -> bool:
    """Whether a file's name says that it is an image; hidden files never are.

    >>> is_image_name(Path("a.JPG")), is_image_name(Path("._a.jpg")), is_image_name(Path("Thumbs.db"))
    (True, False, False)
    """
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def special_kind(mode: int) -> str:
    """Say what a file's mode (``st_mode``) makes it, where that is no plain file; ``""`` for a plain file.

    Reading a named pipe or a device waits for somebody to write, for ever if nobody does.

    >>> special_kind(stat.S_IFREG | 0o644), special_kind(stat.S_IFIFO | 0o644)
    ('', 'a named pipe')
    """
    return "" if stat.S_ISREG(mode) else _SPECIAL_KINDS.get(stat.S_IFMT(mode), "no plain file")


def read_file(path: Path) -> bytes:
    """Read the bytes of a plain file, or of one inside an uncompressed archive (:mod:`curate.disk.members`).

    Raises
    ------
    MissingError
        If it does not exist.
    ImageError
        If it cannot be read, or is a folder, a named pipe, a socket or a device.
    """
    try:
        special = special_kind(path.stat().st_mode)
        if special:
            raise ImageError(f"is {special}, expected an image file", path=path)
        return path.read_bytes()
    except FileNotFoundError as error:
        if is_member(path):
            return read_member(path)
        raise MissingError("there is no such file", path=path) from error
    except OSError as error:
        raise ImageError(f"cannot be read: {error.strerror or error}", path=path) from error


def read_header(content: bytes, path: Path) -> ImageHeader:
    """Read size, mode and orientation from a file's bytes; ``path`` is for messages only.

    Raises
    ------
    ImageError
        If the bytes are no image of a known format, or the picture is larger than :data:`MAX_PIXELS`.
    """
    from PIL import Image, UnidentifiedImageError

    if not content:
        raise ImageError("is empty (0 bytes), expected an image", path=path, hint="copy the file again from its source")
    try:
        with Image.open(io.BytesIO(content)) as image:
            turned = image.format != "TIFF" and _may_hold_exif(content, str(image.format))
            orientation = _orientation(image.getexif().get(_EXIF_ORIENTATION)) if turned else 1
            width, height = image.size
            header = ImageHeader(
                *((height, width) if orientation in {5, 6, 7, 8} else (width, height)),
                mode=image.mode,
                format=str(image.format),
                orientation=orientation,
                frames=int(getattr(image, "n_frames", 1)),
            )
    except Image.DecompressionBombError as error:
        raise ImageError(f"is refused as a decompression bomb: {error}", path=path) from error
    except UnidentifiedImageError as error:  # its own words hold an address in memory
        raise ImageError("is not an image of a known format", path=path) from error
    except Exception as error:  # Pillow raises many kinds for damaged files
        raise ImageError(f"is not a readable image ({error})", path=path) from error
    if header.width_px * header.height_px > MAX_PIXELS:
        raise ImageError(
            f"has {header.width_px}×{header.height_px} pixels, at most {MAX_PIXELS} in all are accepted", path=path
        )
    return header


def _may_hold_exif(content: bytes, kind: str) -> bool:
    """Whether asking for EXIF is worth it: for a PNG that has none, Pillow decodes the whole picture to find out."""
    return kind != "PNG" or b"eXIf" in content or b"Raw profile type" in content


def _orientation(value: Any) -> int:
    """Return a valid EXIF orientation; cameras also write 0, nothing, or nonsense."""
    return value if value in range(1, 9) else 1


def decode(content: bytes, path: Path) -> Pixels:
    """Decode an image as it is stored: no orientation applied, depth and channels kept.

    Parameters
    ----------
    content : bytes
        The whole file.
    path : Path
        For messages only.

    Returns
    -------
    ndarray, shape (height, width) or (height, width, 3 or 4)
        Grey, BGR or BGRA.

    Raises
    ------
    ImageError
        If the file is empty, cut short, damaged, or of an unknown format.
    """
    if not content:
        raise ImageError("is empty (0 bytes), expected an image", path=path, hint="copy the file again from its source")
    for magic, trailer in _TRAILERS.items():
        if content.startswith(magic) and trailer not in content[-64:]:
            raise ImageError(
                f"is cut short: {len(content)} bytes without the end of the picture",
                path=path,
                hint="copy the file again from its source",
            )
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ImageError(f"cannot be decoded ({error.err})", path=path) from error
    if pixels is None:
        raise ImageError(
            f"cannot be decoded: {len(content)} bytes that are damaged or of an unknown format",
            path=path,
            hint="copy the file again from its source",
        )
    if pixels.nbytes >= _LARGE_BYTES:
        keep_freed_memory()
    return pixels


@cache
def keep_freed_memory() -> None:
    """Let the process keep the memory of one picture for the next, up to 64 MiB a thread, instead of giving it back.

    glibc gives freed memory back once it is more than twice the largest block that was freed so far; a decoder that
    needs two blocks a picture then has its memory taken and given page by page, which was measured at a third of the
    time of decoding. Freeing one block of the largest size that counts teaches it to wait (``mallopt(3)``,
    M_MMAP_THRESHOLD); the block is never touched, so it costs nothing, and other C libraries take no notice.
    """
    np.empty(_LARGEST_KEPT_BYTES, np.uint8)


def read_pixels(path: Path) -> Pixels:
    """Read and decode an image as it is stored; see :func:`decode`."""
    return decode(read_file(path), path)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn a picture by its EXIF orientation, as every viewer shows it. Frame coordinates refer to this.

    >>> upright(np.array([[1, 2]]), 6).tolist()
    [[1], [2]]
    """
    if orientation in {5, 6, 7, 8}:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def encode_png(pixels: Pixels, level: int = PNG_LEVEL) -> bytes:
    """Encode grey, BGR or BGRA pixels of 8 or 16 bits as PNG. The same pixels always give the same bytes."""
    done, content = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, level, *_PNG_FILTER])
    if not done:
        raise ImageError(f"an array of shape {pixels.shape} and type {pixels.dtype} cannot be encoded as PNG")
    return content.tobytes()


def write_png(path: Path, pixels: Pixels, level: int = PNG_LEVEL) -> None:
    """Encode pixels and write the file, whole or not at all."""
    write_bytes(path, encode_png(pixels, level))
