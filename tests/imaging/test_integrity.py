from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from curate.imaging.containers import jpeg_frame
from curate.imaging.exif import read_exif
from curate.imaging.integrity import structure_problem


def encoded(form: str, *, mode: str = "RGB", **options: Any) -> bytes:
    values = np.random.default_rng(7).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(values).convert(mode).save(stream, form, **options)
    return stream.getvalue()


CASES: list[tuple[str, bytes]] = [
    (".jpg", encoded("JPEG")),
    (".jpeg", encoded("JPEG", progressive=True)),
    (".JPG", encoded("JPEG", mode="CMYK")),
    (".png", encoded("PNG")),
    (".png", encoded("PNG", mode="P")),
    (".tif", encoded("TIFF")),
    (".tiff", encoded("TIFF", compression="tiff_lzw")),
    (".tif", encoded("TIFF", mode="1")),
    (".bmp", encoded("BMP")),
    (".bmp", encoded("BMP", mode="P")),
]


@pytest.mark.parametrize(("suffix", "content"), CASES)
def test_a_whole_file_is_sound_and_a_cut_one_is_not(suffix: str, content: bytes) -> None:
    assert structure_problem(content, suffix) == ""
    for keep in range(0, len(content) - 16, 97):
        assert structure_problem(content[:keep], suffix), keep


@pytest.mark.parametrize(("suffix", "content"), CASES[:6])
def test_a_tail_of_zeros_is_found(suffix: str, content: bytes) -> None:
    half = len(content) // 2
    if suffix != ".tif":  # an uncompressed picture may be black below
        assert structure_problem(content[:half] + bytes(len(content) - half), suffix)


def test_a_thumbnail_does_not_pass_for_the_picture() -> None:
    thumbnail = encoded("JPEG")
    exif = b"Exif\0\0" + thumbnail
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    content = thumbnail[:2] + segment + thumbnail[2:]
    assert structure_problem(content, ".jpg") == ""
    assert "cut short" in structure_problem(content[: len(segment) + len(thumbnail) // 2], ".jpg")


def test_bytes_after_the_end_are_harmless() -> None:
    assert structure_problem(encoded("JPEG") + b"maker's trailer" * 9, ".jpg") == ""
    assert structure_problem(encoded("PNG") + bytes(64), ".png") == ""


def test_a_flipped_bit_in_a_png_is_found() -> None:
    content = bytearray(encoded("PNG"))
    content[len(content) // 2] ^= 1
    assert "checksum" in structure_problem(bytes(content), ".png")


@pytest.mark.parametrize(
    ("content", "suffix", "words"),
    [
        (b"", ".jpg", "is empty"),
        (bytes(500), ".jpg", "all zero"),
        (b"hello world", ".png", "starts with 68 65 6c 6c 6f 20 77 6f, expected JPEG, PNG, TIFF, BMP or WebP"),
        (b"GIF89a" + bytes(40), ".png", "is a GIF file, expected JPEG"),
        (encoded("WEBP")[:-9], ".webp", "cut short"),
        (encoded("PNG"), ".jpg", "is a PNG file, but its name ends in '.jpg'"),
        (b"II*\0", ".tif", "cut short"),
        (b"BM", ".bmp", "cut short"),
    ],
)
def test_refusals_name_what_was_found(content: bytes, suffix: str, words: str) -> None:
    assert words in structure_problem(content, suffix)


def test_several_pages_are_refused_by_number() -> None:
    page = Image.new("L", (8, 8))
    content = encoded("TIFF", save_all=True, append_images=[page, page])
    assert structure_problem(content, ".tif") == "has 3 pages, expected one picture a file"


def test_opencv_files_are_sound() -> None:
    pixels = np.random.default_rng(1).integers(0, 65536, (30, 40), dtype=np.uint16)
    for suffix in (".png", ".tif", ".jpg", ".bmp"):
        content = cv2.imencode(suffix, pixels if suffix in {".png", ".tif"} else (pixels >> 8).astype(np.uint8))[1]
        assert structure_problem(content.tobytes(), suffix) == ""


def test_tiff_and_png_carry_exif_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2022:08:11 10:00:00"
    in_main = Image.Exif()  # Pillow writes no EXIF directory into TIFF files
    in_main[0x0112], in_main[0x9003] = 6, "2022:08:11 10:00:00"
    for form, block in (("TIFF", in_main), ("PNG", exif), ("JPEG", exif)):
        evidence, orientation = read_exif(encoded(form, exif=block))
        assert (evidence.original, orientation, evidence.damaged) == ("2022:08:11 10:00:00", 6, False), form


def test_every_cut_of_an_exif_block_reads_without_an_exception() -> None:
    exif = Image.Exif()
    exif[0x010F] = "maker of cameras"
    exif.get_ifd(0x8769)[0x9003] = "2022:08:11 10:00:00"
    block = exif.tobytes()
    head = b"\xff\xd8\xff\xe1"
    for keep in range(6, len(block)):
        evidence, _ = read_exif(head + struct.pack(">H", keep + 2) + block[:keep])
        assert evidence.original in {"", "2022:08:11 10:00:00"}


def test_real_cameras(shared: Path) -> None:
    folder = shared / "data" / "aws_cookie" / "cookie-dataset" / "dataset-files" / "training-images"
    evidence, _ = read_exif((folder / "anomaly-1.jpg").read_bytes())
    assert (evidence.original, evidence.original_fraction, evidence.original_offset) == (
        "2022:08:11 17:27:09",
        "933",
        "-07:00",
    )
    assert evidence.model == "Apple iPhone 13 Pro Max"
    for path in sorted((shared / "data").rglob("*")):
        if path.suffix.lower() in {".png", ".jpg", ".jpeg", ".bmp", ".tif"}:
            assert structure_problem(path.read_bytes(), path.suffix) == "", path


@pytest.mark.parametrize(("mode", "components"), [("L", 1), ("RGB", 3), ("CMYK", 4)])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_headers(mode: str, components: int, progressive: bool) -> None:  # noqa: FBT001 - drawn by pytest
    assert jpeg_frame(encoded("JPEG", mode=mode, progressive=progressive)) == (56, 40, 8, components)


def test_a_jpeg_without_a_frame_header() -> None:
    assert jpeg_frame(b"\xff\xd8\xff\xd9") is None
