"""Decode and encode image files.

Arrays are as OpenCV has them: ``(height, width)`` grey or ``(height, width, channels)`` in B, G, R(, A) order, with the
file's own depth. A file that is cut short or damaged is refused, never half decoded.
"""

from __future__ import annotations

import io
import os
import struct
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.disk.atomic import write_bytes
from curate.disk.members import is_member, read_member
from curate.disk.reading import read_plain
from curate.errors import ImageError, InputError, MissingError
from curate.imaging.budget import DEFAULT_MAX_PIXELS, too_large
from curate.imaging.containers import SUFFIXES, format_of, jpeg_frame, kind_of, png_chunks, png_header
from curate.imaging.exif import SIDEWAYS, orientation_of
from curate.imaging.integrity import structure_problem
from curate.imaging.tags import Tag, TagError
from curate.imaging.tiff import TiffPage, first_page

Pixels: TypeAlias = NDArray[Any]

# OpenCV reads its own limit when it first decodes; it is for kinds of files whose headers are not looked at here.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(DEFAULT_MAX_PIXELS))

IMAGE_SUFFIXES = frozenset(chain.from_iterable(SUFFIXES.values()))
"""File name endings, in lower case, that are taken for images."""

PNG_LEVEL = 1
"""zlib level: encoding is the bill, and higher levels cost much more time for little space (docs/measurements.md)."""

_PNG_FILTER: list[int] = (
    [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP] if hasattr(cv2, "IMWRITE_PNG_FILTER") else []
)
"""Each row as its difference from the row above: against choosing the best of five ways for every row, as libpng does
unasked, 0.54..0.76 of the time of encoding and 0.6..0.9 of decoding, at 0.96..1.02 of the size, on ten real sets."""

_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_AGAIN = "copy the file again from its source"
_MODES_OF_PILLOW = frozenset({"L", "I;16", "I;16B", "F", "RGB", "RGBA"})
"""What Pillow decodes from TIFF without changing a value."""

_LARGE_BYTES = 4 << 20
"""Pictures from this size on, decoded, are worth keeping freed memory for."""

_LARGEST_KEPT_BYTES = (32 << 20) - (16 << 10)
"""glibc never learns to keep larger blocks than 32 MiB, its own overhead included."""


_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 4, 6: 4}
"""Channels that a PNG's colour type is decoded to."""


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
        Pillow's format name: ``PNG``, ``JPEG``, ``TIFF``, ``BMP``, ``WEBP``.
    orientation : int
        EXIF orientation 1..8 that is still to be applied to what :func:`decode` returns; 1 when absent.
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


def read_file(path: Path) -> bytes:
    """Read the bytes of a plain file, or of one inside an uncompressed archive (:mod:`curate.disk.members`).

    Raises
    ------
    MissingError
        If it does not exist.
    ReadError
        If its bytes cannot be had: nothing is known about it then.
    ImageError
        If it is a folder, a named pipe, a socket or a device.
    """
    try:
        return read_plain(path, "an image file")
    except MissingError:
        if is_member(path):
            return read_member(path)
        raise
    except InputError as error:
        raise ImageError(error.message, path=path) from error


def read_header(content: bytes, path: Path) -> ImageHeader:
    """Read size, mode and orientation from a file's bytes; ``path`` is for messages only.

    Raises
    ------
    ImageError
        If the bytes are no image of a known format, or the picture is larger than :mod:`curate.imaging.budget` allows.
    """
    from PIL import Image, UnidentifiedImageError

    if not content:
        raise ImageError("is empty (0 bytes), expected an image", path=path, hint=_AGAIN)
    orientation = orientation_of(content)
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
            mode, form, pages = image.mode, str(image.format), int(getattr(image, "n_frames", 1))
    except Image.DecompressionBombError as error:
        raise ImageError(f"is refused as a decompression bomb: {error}", path=path) from error
    except UnidentifiedImageError as error:  # its own words hold an address in memory
        raise ImageError(_unknown(content) or "is not an image of a known format", path=path) from error
    except Exception as error:  # Pillow raises many kinds for damaged files
        raise ImageError(f"is not a readable image ({error})", path=path) from error
    if form == "TIFF":  # some versions of Pillow give the upright size
        page = first_page(content, path)
        width, height = page.width_px, page.height_px
    check_pixels(width, height, path)
    size = (height, width) if orientation in SIDEWAYS else (width, height)
    return ImageHeader(*size, mode=mode, format=form, orientation=orientation, frames=pages)


def check_pixels(width_px: int, height_px: int, path: Path, bytes_per_pixel: int = 1) -> None:
    """Refuse a picture that is larger than its budget, by what its header says, before it is decoded.

    Raises
    ------
    ImageError
    """
    refusal = too_large(width_px, height_px, bytes_per_pixel)
    if refusal:
        raise ImageError(refusal, path=path)


def decoded_size(content: bytes, path: Path) -> tuple[int, int, int] | None:
    """Return width and height as the header gives them, before orientation, and bytes per decoded pixel.

    Returns
    -------
    tuple of int, or None
        None where no header that is known gives them.
    """
    form = format_of(content)
    if form == "JPEG" and (frame := jpeg_frame(content)):
        return frame.width_px, frame.height_px, 1 if frame.components == 1 else 3
    if form == "PNG" and (header := png_header(content)):
        return header[0], header[1], _PNG_CHANNELS.get(header[3], 4) * (2 if header[2] == 16 else 1)  # noqa: PLR2004
    if form == "TIFF":
        page = first_page(content, path)
        return page.width_px, page.height_px, page.channels * max(1, page.bits // 8)
    if form == "BMP" and len(content) >= 30:  # noqa: PLR2004 - up to the bits of the common header
        width_px, height_px, _, bits = struct.unpack_from("<iiHH", content, 18)
        return abs(width_px), abs(height_px), 4 if bits == 32 else 3  # noqa: PLR2004
    if form == "WEBP":
        seen = read_header(content, path)
        return seen.width_px, seen.height_px, 4
    return None


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
        raise ImageError("is empty (0 bytes), expected an image", path=path, hint=_AGAIN)
    form = format_of(content)
    if form == "PNG" and not content.endswith(_PNG_END) and all(kind != b"IEND" for kind, _, _ in png_chunks(content)):
        raise ImageError(f"is cut short: {len(content)} bytes without the end of the picture", path=path, hint=_AGAIN)
    size = decoded_size(content, path)
    if size:
        check_pixels(size[0], size[1], path, size[2])
    pixels = _decode_tiff(content, path) if form == "TIFF" else _by_opencv(content)
    if pixels is None:
        message, hint = _why_not(content, path)
        raise ImageError(message, path=path, hint=hint)
    if pixels.nbytes >= _LARGE_BYTES:
        keep_freed_memory()
    return pixels


def decode_upright(content: bytes, path: Path) -> Pixels:
    """Decode an image as every viewer shows it, its orientation applied; otherwise as :func:`decode`."""
    return upright(decode(content, path), orientation_of(content))


def _by_opencv(content: bytes) -> Pixels | None:
    try:
        return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None


def _decode_tiff(content: bytes, path: Path) -> Pixels | None:
    """Decode a TIFF file's first page as it is stored: OpenCV alone would turn it, and refuse half floats."""
    page = first_page(content, path)
    halves = page.holds_floats and page.bits == 16  # noqa: PLR2004 - bits of a half float
    try:
        if page.orientation != 1:
            content = page.directory.with_short(Tag.ORIENTATION, 1)
        if halves:  # any decoder takes them for whole numbers of 16 bits, whose bits they are
            content = replace(page.directory, block=content).with_short(Tag.SAMPLE_FORMAT, 1)
    except TagError:
        return None
    if not page.is_readable or (page.needs_check and not _is_whole(content)):
        return None
    pixels = _by_opencv(content)
    if pixels is None:
        pixels = _by_pillow(content, page)
    return pixels if pixels is None or not halves else pixels.view(np.float16)


def _is_whole(content: bytes) -> bool:
    """Whether Pillow, which stops at the first error, unpacks a picture to its end; also if it does not know it."""
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(content))
    except Exception:  # noqa: BLE001 - a kind of picture that Pillow does not know
        return True
    with image:
        try:
            image.load()
        except Exception:  # noqa: BLE001 - Pillow raises many kinds for damaged files
            return False
    return True


def _by_pillow(content: bytes, page: TiffPage) -> Pixels | None:
    """Decode by another build of libtiff, which may know another compression (zstd); None if it does not either."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            pixels = np.asarray(image) if image.mode in _MODES_OF_PILLOW else None
    except Exception:  # noqa: BLE001 - Pillow raises many kinds for what it cannot decode
        return None
    if pixels is None or pixels.dtype.itemsize * 8 != page.bits:
        return None
    native = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("="))
    return native if native.ndim == 2 else native[..., [2, 1, 0, 3][: native.shape[2]]]  # noqa: PLR2004 - RGB to BGR


def _why_not(content: bytes, path: Path) -> tuple[str, str]:
    """Say why an image could not be decoded, and what to do: unsupported is not damaged."""
    form = format_of(content)
    unknown = _unknown(content)
    if unknown:
        return unknown, f"save it as {', '.join(SUFFIXES)}"
    if form == "TIFF" and not structure_problem(content, ".tif"):
        return (
            f"is {first_page(content, path).described}, which cannot be decoded here",
            "write it uncompressed or deflated",
        )
    frame = jpeg_frame(content) if form == "JPEG" else None
    if frame and frame.bits != 8:  # noqa: PLR2004 - what decoders know
        return f"is a JPEG of {frame.bits} bits a sample, which cannot be decoded here", "save it as PNG or TIFF"
    return f"cannot be decoded: {len(content)} bytes that are damaged or of an unknown format", _AGAIN


def _unknown(content: bytes) -> str:
    """Name the format of a file that is recognised but not read; ``""`` for all others."""
    kind = "" if format_of(content) else kind_of(content)
    return f"is a {kind} file, which is not read" if kind else ""


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
    if orientation in SIDEWAYS:
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
