"""Image files of every container with every orientation, put together here so that tests need no samples."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

ORIENTATIONS = range(1, 9)


def scene(mode: str = "RGB") -> Image.Image:
    """A picture that no turn or mirror leaves alone: 8 wide, 5 high, in flat blocks that JPEG keeps apart."""
    blocks = np.random.default_rng(11).integers(0, 256, (5, 8, 3), dtype=np.uint8)
    if mode == "I;16":
        return Image.fromarray(blocks[..., 0].astype(np.uint16) * 257)
    return Image.fromarray(np.kron(blocks, np.ones((8, 8, 1), np.uint8))).convert(mode)


def exif_of(orientation: int) -> Image.Exif:
    """An EXIF block that says only which way up."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def encoded(form: str, *, mode: str = "RGB", **options: object) -> bytes:
    """The scene in a format of Pillow's."""
    stream = io.BytesIO()
    scene(mode).save(stream, form, **options)
    return stream.getvalue()


def chunk(kind: bytes, payload: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png_with(added: bytes, *, before: bytes) -> bytes:
    """The scene as PNG, with chunks put in before the first of a kind."""
    content = encoded("PNG")
    at = content.index(before) - 4
    return content[:at] + added + content[at:]


def raw_profile(orientation: int, name: bytes = b"exif") -> bytes:
    """An EXIF block as ImageMagick writes it into a PNG text: name, length, hexadecimal digits in lines of 72."""
    block = exif_of(orientation).tobytes()
    digits = block.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return b"\n" + name + f"\n{len(block):8}\n{lines}\n".encode()


def _exif_chunk(orientation: int) -> bytes:
    return chunk(b"eXIf", exif_of(orientation).tobytes().removeprefix(b"Exif\0\0"))


def _packed(orientation: int) -> bytes:
    return chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw_profile(orientation)))


def _xmp(orientation: int) -> bytes:
    return f'<x:xmpmeta><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()


CONTAINERS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "jpeg": (".jpg", lambda n: encoded("JPEG", exif=exif_of(n), quality=95)),
    "jpeg-xmp": (".jpg", lambda n: encoded("JPEG", xmp=_xmp(n), quality=95)),
    "png-exif-early": (".png", lambda n: png_with(_exif_chunk(n), before=b"IDAT")),
    "png-exif-late": (".png", lambda n: png_with(_exif_chunk(n), before=b"IEND")),
    "png-raw-profile-text": (
        ".png",
        lambda n: png_with(chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile(n)), before=b"IDAT"),
    ),
    "png-raw-profile-packed": (".png", lambda n: png_with(_packed(n), before=b"IDAT")),
    "png-raw-profile-late": (".png", lambda n: png_with(_packed(n), before=b"IEND")),
    "tiff-rgb": (".tif", lambda n: encoded("TIFF", exif=exif_of(n))),
    "tiff-grey": (".tif", lambda n: encoded("TIFF", mode="L", exif=exif_of(n))),
    "tiff-16-bit": (".tif", lambda n: encoded("TIFF", mode="I;16", exif=exif_of(n))),
    "tiff-lzw": (".tiff", lambda n: encoded("TIFF", exif=exif_of(n), compression="tiff_lzw")),
    "webp": (".webp", lambda n: encoded("WEBP", exif=exif_of(n), lossless=True)),
    "webp-xmp": (".webp", lambda n: encoded("WEBP", xmp=_xmp(n), lossless=True)),
}
"""By name: the file name's ending, and what makes a file of an orientation."""
