"""What a TIFF file says about its first page: a few tags, read without a decoder.

An image library that opens the file costs more time than decoding an uncompressed map of a megapixel.
Tags are those of TIFF 6.0 (1992); BigTIFF differs in the width of offsets and counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import add
from pathlib import Path

import numpy as np

from curate.errors import ImageError
from curate.imaging.tags import Directory, Tag, TagError, first_offset, read_directory

WHITE_IS_ZERO, BLACK_IS_ZERO = 0, 1
"""Photometric interpretations of grey pages."""

_UNSIGNED, _SIGNED, _FLOATS = 1, 2, 3
_KINDS = {_UNSIGNED: "unsigned integers", _SIGNED: "signed integers", _FLOATS: "floats"}
_PLAIN = 1
_READABLE = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34925, 50000, 50001})
"""Compressions that a build of libtiff may know."""
_COMPRESSIONS = {
    1: "no compression",
    2: "CCITT compression",
    3: "fax compression",
    4: "fax compression",
    5: "LZW compression",
    6: "old JPEG compression",
    7: "JPEG compression",
    8: "deflate compression",
    32773: "PackBits compression",
    32946: "deflate compression",
    34712: "JPEG 2000 compression",
    34887: "LERC compression",
    34892: "lossy DNG compression",
    34925: "LZMA compression",
    50000: "zstd compression",
    50001: "WebP compression",
    50002: "JPEG XL compression",
    52546: "JPEG XL compression",
}


@dataclass(frozen=True, slots=True)
class TiffPage:
    """The first page.

    Attributes
    ----------
    directory : Directory
    width_px, height_px, bits, channels, photometric, compression, sample_format, orientation, fill_order : int
        Of the tags of these names, with the specification's defaults.
    predictor : int
    more : bool
        Whether other pages follow.
    plain_floats_at : int
        Where its floats stand in the file uncompressed, row after row; -1 when they are packed otherwise.
    """

    directory: Directory
    width_px: int
    height_px: int
    bits: int
    channels: int
    photometric: int
    compression: int
    sample_format: int
    orientation: int
    fill_order: int
    predictor: int
    more: bool
    plain_floats_at: int

    @property
    def holds_floats(self) -> bool:
        """Whether its samples are floats."""
        return self.sample_format == _FLOATS

    @property
    def is_readable(self) -> bool:
        """Whether any decoder at hand may know its compression; OpenCV gives noise for one that it does not know."""
        return self.compression in _READABLE

    @property
    def needs_check(self) -> bool:
        """Whether OpenCV would give a half decoded picture of a damaged file: it does of packed 8-bit samples."""
        return self.compression != _PLAIN and self.bits <= 8  # noqa: PLR2004 - a byte

    @property
    def float_type(self) -> np.dtype[np.floating]:
        """Type of its floats, in the file's byte order."""
        return np.dtype(f"{self.directory.order}f{self.bits // 8}")

    @property
    def described(self) -> str:
        """What it holds, for messages: ``a TIFF of 16-bit floats with zstd compression``."""
        kind = _KINDS.get(self.sample_format, f"samples of format {self.sample_format}")
        channels = "" if self.channels == 1 else f", {self.channels} channels,"
        packed = _COMPRESSIONS.get(self.compression, f"compression {self.compression}")
        predicted = "" if self.predictor == 1 else f" and predictor {self.predictor}"
        return f"a TIFF of {self.bits}-bit {kind}{channels} with {packed}{predicted}"


def first_page(content: bytes, path: Path) -> TiffPage:
    """Read the tags of the first page; ``path`` is for messages.

    Raises
    ------
    ImageError
        If the file is no TIFF file, or is cut short before or within the tags.
    """
    try:
        order, big, offset = first_offset(content)
    except TagError as error:
        raise ImageError("is not a TIFF file, though its name says so", path=path) from error
    try:
        page = read_directory(content, order, offset, big=big)
        channels = page.integer(Tag.CHANNELS, 1)
        bits = page.integer(Tag.BITS, 1)
        sample_format = page.integer(Tag.SAMPLE_FORMAT, _UNSIGNED)
        compression = page.integer(Tag.COMPRESSION, _PLAIN)
        size = (page.integer(Tag.WIDTH, 0), page.integer(Tag.HEIGHT, 0))
        plain = channels == 1 and (compression, sample_format) == (_PLAIN, _FLOATS) and bits in {16, 32, 64}
        return TiffPage(
            directory=page,
            width_px=size[0],
            height_px=size[1],
            bits=bits,
            channels=channels,
            photometric=page.integer(Tag.PHOTOMETRIC, BLACK_IS_ZERO),
            compression=compression,
            sample_format=sample_format,
            orientation=page.integer(Tag.ORIENTATION, 1),
            fill_order=page.integer(Tag.FILL_ORDER, 1),
            predictor=page.integer(Tag.PREDICTOR, 1),
            more=page.next_offset != 0,
            plain_floats_at=_in_one_run(page, size[0] * size[1] * bits // 8) if plain else -1,
        )
    except TagError as error:
        raise ImageError(
            f"is cut short: {len(content)} bytes do not hold the TIFF tags ({error})", path=path
        ) from error


def _in_one_run(page: Directory, whole_bytes: int) -> int:
    """Return where the strips begin that lie one after the other and hold so many bytes; -1 where they do not."""
    offsets, sizes = page.integers(Tag.STRIP_OFFSETS), page.integers(Tag.STRIP_BYTES)
    joined = tuple(map(add, offsets, sizes))[:-1] == offsets[1:]
    if not offsets or len(offsets) != len(sizes) or not joined or sum(sizes) != whole_bytes:
        return -1
    return offsets[0] if offsets[0] + whole_bytes <= len(page.block) else -1
