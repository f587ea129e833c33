"""Unsupported is not damaged: what is read, and what a message says of what is not."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from curate.errors import CurateError, ImageError
from curate.imaging.budget import DEFAULT_MAX_PIXELS
from curate.imaging.images import decode, read_header
from curate.imaging.integrity import structure_problem
from curate.imaging.maps import MapError, decode_map
from curate.imaging.probe import probe
from tests.imaging.containers import chunk, encoded

SCORES = np.random.default_rng(3).random((40, 56))
SHORT, LONG = 3, 4
_TYPES = {"L": np.uint8, "I;16": np.uint16}


def tiff(strips: list[bytes], *, order: str = "<", size: tuple[int, int] = (56, 40), **tags: int) -> bytes:
    """A TIFF file of one page, laid out by hand: the strips, then the directory."""
    names = {
        "bits": 258,
        "compression": 259,
        "photometric": 262,
        "fill_order": 266,
        "orientation": 274,
        "channels": 277,
    }
    names |= {"predictor": 317, "sample_format": 339}
    values = {258: 8, 259: 1, 262: 1, 277: 1} | {names[name]: value for name, value in tags.items()}
    entries: dict[int, tuple[int, list[int]]] = {tag: (SHORT, [value]) for tag, value in values.items()}
    offsets = [8 + sum(map(len, strips[:n])) for n in range(len(strips))]
    entries |= {256: (LONG, [size[0]]), 257: (LONG, [size[1]]), 278: (LONG, [-(-size[1] // len(strips))])}
    entries |= {273: (LONG, offsets), 279: (LONG, [len(strip) for strip in strips])}
    data = b"".join(strips)
    at = 8 + len(data)
    behind = at + 2 + 12 * len(entries) + 4
    head, more = b"", b""
    for tag in sorted(entries):
        kind, numbers = entries[tag]
        raw = struct.pack(f"{order}{len(numbers)}{'H' if kind == SHORT else 'I'}", *numbers)
        if len(raw) > 4:
            raw, more = struct.pack(f"{order}I", behind + len(more)), more + raw
        head += struct.pack(f"{order}HHI", tag, kind, len(numbers)) + raw.ljust(4, b"\0")
    mark = b"II*\0" if order == "<" else b"MM\0*"
    directory = struct.pack(f"{order}H", len(entries)) + head + bytes(4) + more
    return mark + struct.pack(f"{order}I", at) + data + directory


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("strips", [1, 4])
@pytest.mark.parametrize("bits", [16, 32, 64])
def test_float_tiff_is_read_exactly(bits: int, strips: int, packed: bool, order: str) -> None:  # noqa: FBT001
    values = SCORES.astype(f"{order}f{bits // 8}")
    parts = [part.tobytes() for part in np.split(values, strips)]
    content = tiff(
        [zlib.compress(part) for part in parts] if packed else parts,
        order=order, bits=bits, sample_format=3, compression=8 if packed else 1,
    )  # fmt: skip
    scores = decode_map(content, Path("a.tiff"))
    assert scores.dtype == (np.float64 if bits == 64 else np.float32)
    assert np.array_equal(scores, values.astype(scores.dtype))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_float_npy_is_read_exactly(dtype: type) -> None:
    stream = io.BytesIO()
    np.save(stream, SCORES.astype(dtype))
    assert np.array_equal(decode_map(stream.getvalue(), Path("a.npy")), SCORES.astype(dtype).astype(np.float32))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"compression": 34887}, "a TIFF of 8-bit unsigned integers with LERC compression"),
        ({"compression": 50002, "bits": 32, "sample_format": 3}, "a TIFF of 32-bit floats with JPEG XL compression"),
        (
            {"compression": 8, "bits": 16, "sample_format": 3, "predictor": 3},
            "16-bit floats with deflate compression and",
        ),
        ({"compression": 65000}, "with compression 65000"),
    ],
)
def test_what_cannot_be_read_is_named(tags: dict[str, Any], words: str) -> None:
    content = tiff([bytes(56 * 40 * tags.get("bits", 8) // 8)], **tags)
    with pytest.raises(MapError, match=words) as refused:
        decode_map(content, Path("a.tif"))
    assert "damaged" not in str(refused.value)
    with pytest.raises(ImageError, match=words):
        decode(content, Path("a.tif"))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"fill_order": 2}, "FillOrder 2"),
        ({"orientation": 3}, r"orientation tag \(3\)"),
        ({"photometric": 0}, "0 is white"),
        ({"photometric": 3}, "colours or several channels"),
    ],
)
@pytest.mark.parametrize("bits", [8, 32])
def test_what_could_be_read_in_two_ways_is_refused_before_any_pixel(
    tags: dict[str, Any], words: str, bits: int
) -> None:
    values = SCORES.astype("<f4" if bits == 32 else "u1")
    content = tiff([values.tobytes()], bits=bits, sample_format=3 if bits == 32 else 1, **tags)
    with pytest.raises(MapError, match=words):
        decode_map(content, Path("a.tif"))


def test_other_formats_are_named() -> None:
    for content, name in ((b"GIF89a", "GIF"), (b"\0\0\0\x20ftypheic", "HEIC"), (b"\x76\x2f\x31\x01", "OpenEXR")):
        with pytest.raises(ImageError, match=f"is a {name} file"):
            decode(content + bytes(200), Path("a.png"))


def test_bytes_behind_the_end_of_a_png_are_ignored() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    content = cv2.imencode(".png", pixels)[1].tobytes() + b"\0" * 200
    assert np.array_equal(decode(content, Path("a.png")), pixels)
    assert np.array_equal(decode_map(content, Path("a.png")), pixels)  # 37-png-trailing-bytes
    with pytest.raises(ImageError, match="cut short"):
        decode(content[:-213], Path("a.png"))


@pytest.mark.parametrize("mode", ["L", "RGB", "I;16"])
def test_a_tiff_that_is_damaged_inside_is_never_half_decoded(mode: str) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels) if mode == "RGB" else Image.fromarray(pixels[..., 0].astype(_TYPES[mode]))
    stream = io.BytesIO()
    picture.save(stream, "TIFF", compression="tiff_adobe_deflate")
    content = bytearray(stream.getvalue())
    assert decode(bytes(content), Path("a.tif")).shape[:2] == (64, 80)
    at = len(content) // 2
    content[at : at + 40] = bytes(value ^ 0xA5 for value in content[at : at + 40])
    with pytest.raises(ImageError):
        decode(bytes(content), Path("a.tif"))


def bomb(width_px: int, height_px: int) -> dict[str, bytes]:
    """Headers that promise a picture of any size, in some hundred bytes."""
    jpeg = bytearray(encoded("JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", height_px, width_px)
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    bmp = bytearray(encoded("BMP"))
    bmp[18:26] = struct.pack("<ii", width_px, -height_px)
    return {".jpg": bytes(jpeg), ".png": png, ".tif": tiff([bytes(9)], size=(width_px, height_px)), ".bmp": bytes(bmp)}


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".bmp"])
def test_a_picture_that_promises_too_many_pixels_is_refused_by_its_header(suffix: str) -> None:
    content = bomb(40_000, 40_000)[suffix]
    assert DEFAULT_MAX_PIXELS < 40_000**2
    with pytest.raises(ImageError, match=r"40000×40000 pixels of [13] bytes?, at most"):
        decode(content, Path("a"))


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""),
        b"\x89PNG\r\n\x1a\n",
        b"II+\0\x08\0\0\0" + b"\xff" * 8,
        b"II*\0" + b"\xff" * 4,
        b"MM\0+" + b"\0\x08\0\0" + b"\x7f" + b"\xff" * 7,
        b"II*\0\x08\0\0\0" + b"\xff\xff" + b"\xff" * 64,
        b"BM" + bytes(60),
        b"RIFF\xff\xff\xff\xffWEBP",
        b"\xff\xd8\xff\xe1\xff\xffExif\0\0",
        encoded("PNG")[:40],
    ],
)
def test_nonsense_is_one_files_error_everywhere(content: bytes) -> None:
    path = Path("a.png")
    assert probe(content).problem
    assert structure_problem(content, ".png")
    for read in (decode, read_header, decode_map):
        with pytest.raises(CurateError):
            read(content, path)
    for name in ("a.tif", "a.npy", "a.npz"):
        with pytest.raises(MapError):
            decode_map(content, Path(name))


@pytest.mark.parametrize("save", [np.save, np.savez_compressed])
def test_an_array_that_promises_too_much_is_refused_by_its_header(save: Callable[..., None]) -> None:
    stream = io.BytesIO()
    save(stream, np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), (1, 1)))
    content = stream.getvalue()
    if save is np.save:
        content = content.replace(b"(1, 1), }" + b" " * 8, b"(99999, 99999), }")
    else:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (99999, 99999)})
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.npy", header.getvalue())
        content = packed.getvalue()
    with pytest.raises(MapError, match="99999×99999 pixels"):
        decode_map(content, Path("a.npz"))


@pytest.mark.parametrize("case", ["08-float16-tiff-mvtecad2", "15-float32-tiff-zstd"])
def test_cases_of_float_maps(case: str, shared: Path) -> None:
    paths = sorted((shared / "cases/data" / case / "sub").rglob("*.tiff"))
    assert paths
    for path in paths:
        scores = decode_map(path.read_bytes(), path)
        assert scores.dtype == np.float32
        assert scores.shape == (40, 56)
        assert float(scores.std()) > 0.5  # the figures of tests/evaluate/test_cases.py say that they are the right ones


def test_case_images_of_reliability(shared: Path) -> None:
    for path in sorted((shared / "cases/reliability/images").iterdir()):
        assert probe(path.read_bytes()).problem, path.name
        with pytest.raises(CurateError):
            decode(path.read_bytes(), path)
