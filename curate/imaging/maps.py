"""Read anomaly maps: one real score a pixel, from PNG, TIFF, npy or npz.

Whatever could be read in more than one way is refused: colours, palettes, several pages, several arrays, NaN. Scores
come back in their own type where that is ``uint8``, ``uint16``, ``float32`` or ``float64``; other real types are
widened without loss.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import IO, Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.errors import ImageError, InputError
from curate.imaging.budget import too_large
from curate.imaging.containers import format_of, png_header
from curate.imaging.exif import SIDEWAYS, orientation_of
from curate.imaging.images import decode, read_file, read_header
from curate.imaging.tiff import BLACK_IS_ZERO, WHITE_IS_ZERO, first_page
from curate.model.codes import names as codes

Scores: TypeAlias = NDArray[Any]

MAP_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".npy", ".npz"})
"""File name endings, in lower case, that are taken for anomaly maps."""

INTEGER_BINS = {np.dtype(np.uint8): 1 << 8, np.dtype(np.uint16): 1 << 16}
"""Types whose every value has a histogram bin of its own."""

_PNG_GREY = 0
_PNG_DEPTHS = (8, 16)
_PNG_KINDS = {2: "RGB", 3: "a palette", 4: "grey with alpha", 6: "RGBA"}
_GREY_PHOTOMETRICS = {WHITE_IS_ZERO, BLACK_IS_ZERO}
_EXACT_INTEGERS = 1 << 53
_DIMENSIONS = 2
_ONE_HEADER_AT_A_TIME = Lock()
"""NumPy reads headers by Python's own parser; before Python 3.11.9 and 3.12.3 that fails now and then where two threads
use it at once, "AST constructor recursion depth mismatch" (CPython issue 106905)."""

_ARRAY_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class MapError(InputError):
    """An anomaly map that cannot be scored.

    Attributes
    ----------
    code : str
        Its 6xx code.
    """

    def __init__(self, code: str, message: str, *, path: object = None) -> None:
        super().__init__(message, path=path)
        self.code = code


def is_map_name(path: Path) -> bool:
    """Whether a file's name says that it is an anomaly map; hidden files never are."""
    return path.suffix.lower() in MAP_SUFFIXES and not path.name.startswith(".")


def decode_map(content: bytes, path: Path) -> Scores:
    """Decode an anomaly map; ``path`` tells the format and stands in messages.

    Returns
    -------
    ndarray, shape (height, width), C-contiguous
        ``uint8``, ``uint16``, ``float32`` or ``float64``; finite.

    Raises
    ------
    MapError
        If the file is damaged (CUR603), has several channels, pages or arrays (CUR605), a NaN or infinity (CUR606), or
        a type whose values cannot be ordered exactly (CUR607).
    """
    if not content:
        raise MapError(codes.UNREADABLE_MAP, "is empty (0 bytes), expected an anomaly map", path=path)
    suffix = path.suffix.lower()
    try:
        if suffix in {".npy", ".npz"}:
            scores = _numpy_array(content, path)
        elif suffix == ".png":
            scores = _png(content, path)
        else:
            scores = _tiff(content, path)
    except ImageError as error:
        raise MapError(codes.UNREADABLE_MAP, error.message, path=path) from error
    return _finite(_widened(scores, path), path)


def read_map(path: Path) -> Scores:
    """Read an anomaly map; see :func:`decode_map`."""
    try:
        return decode_map(read_file(path), path)
    except ImageError as error:
        raise MapError(codes.UNREADABLE_MAP, error.message, path=path) from error


def resize_map(scores: Scores, size_px: tuple[int, int], how: str) -> Scores:
    """Resample a map to ``(width, height)`` by ``bilinear``, ``bicubic`` or ``nearest``; floats unless nearest."""
    if (scores.shape[1], scores.shape[0]) == size_px:
        return scores
    if how == "nearest":
        return cv2.resize(scores, size_px, interpolation=cv2.INTER_NEAREST_EXACT)
    method = {"bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}[how]
    wide = scores if scores.dtype == np.float64 else scores.astype(np.float32)
    return cv2.resize(wide, size_px, interpolation=method)


def without_centre_crop(scores: Scores, resized_px: int, crop_px: int) -> Scores:
    """Put the map of a centre crop back into a map of the whole image.

    Parameters
    ----------
    scores : array, shape (crop_px, crop_px)
    resized_px : int
        Side of the square that the image was resized to before its centre was cut out.
    crop_px : int
        Side of what was cut out.

    Returns
    -------
    array, shape (resized_px, resized_px), dtype of ``scores``
        Where nobody looked it holds the lowest score of the map: a defect there counts as missed.

    Raises
    ------
    ValueError
        If the map has another size than the crop, or the crop is larger than what it was cut out of.

    Examples
    --------
    >>> without_centre_crop(np.array([[3, 4], [5, 6]], np.uint8), 4, 2).tolist()
    [[3, 3, 3, 3], [3, 3, 4, 3], [3, 5, 6, 3], [3, 3, 3, 3]]
    """
    if not 0 < crop_px <= resized_px:
        raise ValueError(f"a crop of {crop_px} pixels cannot be cut out of {resized_px}")
    if scores.shape != (crop_px, crop_px):
        raise ValueError(f"is {scores.shape[1]}×{scores.shape[0]} (width × height), the crop is {crop_px}×{crop_px}")
    whole = np.full((resized_px, resized_px), scores.min(), scores.dtype)
    # As torchvision's CenterCrop, which anomalib calls: an odd margin is halved to the even number.
    start = round((resized_px - crop_px) / 2)
    whole[start : start + crop_px, start : start + crop_px] = scores
    return whole


def image_size(path: Path) -> tuple[int, int]:
    """Return an image's ``(width, height)`` in pixels as it is shown, without decoding it.

    Raises
    ------
    MissingError, ReadError
        If its bytes cannot be had.
    ImageError
        If the file is no image.
    """
    content = read_file(path)
    header = png_header(content) if format_of(content) == "PNG" else None
    if header is None:
        found = read_header(content, path)
        return found.width_px, found.height_px
    width_px, height_px, _, _ = header
    return (height_px, width_px) if orientation_of(content) in SIDEWAYS else (width_px, height_px)


def _png(content: bytes, path: Path) -> Scores:
    if format_of(content) != "PNG":
        raise MapError(codes.UNREADABLE_MAP, "is not a PNG file, though its name says so", path=path)
    header = png_header(content)
    if header is None:
        raise MapError(codes.UNREADABLE_MAP, f"is cut short: {len(content)} bytes", path=path)
    width, height, depth, kind = header
    _check_pixels(width, height, path)
    if kind != _PNG_GREY:
        raise MapError(
            codes.MAP_CHANNELS,
            f"holds {_PNG_KINDS.get(kind, 'several channels')}, expected one grey channel",
            path=path,
        )
    if depth not in _PNG_DEPTHS:
        raise MapError(codes.UNSUPPORTED_MAP_TYPE, f"has {depth} bit(s) a pixel, expected 8 or 16", path=path)
    _check_upright(orientation_of(content), path)
    scores = decode(content, path)
    if scores.shape != (height, width):
        raise MapError(codes.MAP_CHANNELS, "has transparent pixels, expected one grey channel", path=path)
    return scores


def _tiff(content: bytes, path: Path) -> Scores:
    page = first_page(content, path)
    if page.more:
        raise MapError(codes.MAP_CHANNELS, "has several pages, expected one", path=path)
    if page.channels != 1 or page.photometric not in _GREY_PHOTOMETRICS:
        raise MapError(codes.MAP_CHANNELS, "holds colours or several channels, expected one grey channel", path=path)
    if page.photometric == WHITE_IS_ZERO:
        raise MapError(
            codes.UNSUPPORTED_MAP_TYPE, "says that 0 is white, so which scores are high cannot be known", path=path
        )
    _check_upright(page.orientation, path)
    if page.fill_order != 1:
        raise MapError(
            codes.UNSUPPORTED_MAP_TYPE,
            f"has FillOrder {page.fill_order} (bits of each byte reversed), expected 1",
            path=path,
        )
    _check_pixels(page.width_px, page.height_px, path)
    if page.plain_floats_at >= 0:
        count = page.width_px * page.height_px
        flat = np.frombuffer(content, page.float_type, count=count, offset=page.plain_floats_at)
        return flat.reshape(page.height_px, page.width_px)
    scores = decode(content, path)
    if scores.shape != (page.height_px, page.width_px):
        raise MapError(codes.UNREADABLE_MAP, f"cannot be decoded as {page.width_px}×{page.height_px} scores", path=path)
    if scores.dtype.itemsize * 8 != page.bits:
        raise MapError(codes.UNSUPPORTED_MAP_TYPE, f"is {page.described}, which cannot be read exactly", path=path)
    return scores


def _check_upright(orientation: int, path: Path) -> None:
    """Refuse a map with an orientation tag: whether its scores were turned already, nobody can know."""
    if orientation != 1:
        raise MapError(
            codes.UNSUPPORTED_MAP_TYPE,
            f"has an orientation tag ({orientation}), so which pixel a score belongs to cannot be known; "
            "write maps upright, without the tag",
            path=path,
        )


def _numpy_array(content: bytes, path: Path) -> Scores:
    try:
        arrays = list(_arrays(content, path))
    except MapError:
        raise
    except Exception as error:  # what zipfile, zlib and NumPy raise for damaged files
        raise MapError(codes.UNREADABLE_MAP, f"is not a readable array ({error})", path=path) from error
    if len(arrays) != 1:
        raise MapError(codes.MAP_CHANNELS, f"holds {len(arrays)} arrays, expected one", path=path)
    array = arrays[0]
    if array.ndim != _DIMENSIONS:
        raise MapError(codes.MAP_CHANNELS, f"has the shape {array.shape}, expected two dimensions", path=path)
    _check_pixels(array.shape[1], array.shape[0], path)
    return array


def _arrays(content: bytes, path: Path) -> Iterator[Scores]:
    """Yield the array of an npy file, or every one of an npz file."""
    if not content.startswith(b"PK"):
        yield _array(io.BytesIO(content), path)
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                yield _array(member, path)


def _array(stream: IO[bytes], path: Path) -> Scores:
    """Read an array; refuse one that says that it is too large before memory is taken for it."""
    with _ONE_HEADER_AT_A_TIME:
        version = np.lib.format.read_magic(stream)
        if version not in _ARRAY_HEADERS:
            raise MapError(codes.UNSUPPORTED_MAP_TYPE, f"is an array of version {version}, expected 1 or 2", path=path)
        shape, by_columns, kind = _ARRAY_HEADERS[version](stream)
    _check_not_too_large(math.prod(shape[1:]), math.prod(shape[:1]), path, max(1, kind.itemsize))
    if kind.hasobject:
        raise MapError(codes.UNSUPPORTED_MAP_TYPE, "holds pickled objects, expected real numbers", path=path)
    content = bytearray(stream.read(math.prod(shape) * kind.itemsize))
    return np.ndarray(shape, kind, content, order="F" if by_columns else "C")


def _check_pixels(width: int, height: int, path: Path) -> None:
    _check_not_too_large(width, height, path)
    if width * height == 0:
        raise MapError(codes.MAP_SIZE_DIFFERS, f"has {width}×{height} pixels", path=path)


def _check_not_too_large(width: int, height: int, path: Path, bytes_per_pixel: int = 1) -> None:
    refusal = too_large(width, height, bytes_per_pixel)
    if refusal:
        raise MapError(codes.UNREADABLE_MAP, refusal, path=path)


def _widened(scores: Scores, path: Path) -> Scores:
    """Return native, contiguous scores of one of the four types, every value kept."""
    kind = scores.dtype.kind
    if kind not in "biuf":
        raise MapError(
            codes.UNSUPPORTED_MAP_TYPE, f"holds values of type {scores.dtype}, expected real numbers", path=path
        )
    if kind == "b":
        return np.ascontiguousarray(scores, dtype=np.uint8)
    native = scores.dtype.newbyteorder("=")
    if native in INTEGER_BINS or native in (np.float32, np.float64):
        return np.require(scores, dtype=native, requirements=["C", "A"])
    if kind == "f":
        return np.ascontiguousarray(scores, dtype=np.float32 if scores.dtype.itemsize < 4 else np.float64)  # noqa: PLR2004
    if scores.dtype.itemsize == 8 and scores.size:  # noqa: PLR2004 - bytes of a 64-bit integer
        largest = max(abs(int(scores.max())), abs(int(scores.min())))
        if largest > _EXACT_INTEGERS:
            raise MapError(
                codes.UNSUPPORTED_MAP_TYPE, f"holds the integer {largest}, expected none beyond 2^53", path=path
            )
    return np.ascontiguousarray(scores, dtype=np.float64)


def _finite(scores: Scores, path: Path) -> Scores:
    if scores.dtype.kind != "f" or (np.isfinite(scores.max()) and np.isfinite(scores.min())):
        return scores  # a NaN anywhere makes both the maximum and the minimum a NaN
    bad = ~np.isfinite(scores)
    row, column = (int(place[0]) for place in np.nonzero(bad))
    raise MapError(
        codes.NON_FINITE_MAP,
        f"holds {int(bad.sum())} value(s) that are NaN or infinite, the first at row {row}, column {column}",
        path=path,
    )
