from __future__ import annotations

import io
import platform
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from curate.errors import ImageError, MissingError
from curate.imaging.images import decode, encode_png, read_header, read_pixels, upright

NOWHERE = Path("frame.png")


def noise(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape).astype(dtype)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (5, 7, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_png_keeps_depth_and_channels(shape: tuple[int, ...], dtype: type) -> None:
    pixels = noise(shape, dtype)
    content = encode_png(pixels)
    assert content == encode_png(pixels)
    assert np.array_equal(decode(content, NOWHERE), pixels)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tiff", ".bmp"])
def test_a_file_cut_short_is_refused(suffix: str) -> None:
    content = cv2.imencode(suffix, noise((64, 64), np.uint8))[1].tobytes()
    assert decode(content, NOWHERE).shape == (64, 64)
    for kept in (0, 10, len(content) // 2):
        with pytest.raises(ImageError, match=r"frame\.png"):
            decode(content[:kept], NOWHERE)


def test_a_damaged_png_is_refused() -> None:
    content = bytearray(encode_png(noise((64, 64), np.uint8)))
    content[len(content) // 2] ^= 0xFF
    with pytest.raises(ImageError, match="damaged"):
        decode(bytes(content), NOWHERE)


def test_a_text_file_is_refused() -> None:
    with pytest.raises(ImageError, match="not an image of a known format"):
        read_header(b"hello", NOWHERE)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"gone\.png"):
        read_pixels(tmp_path / "gone.png")


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_agrees_with_every_viewer(orientation: int, kind: str) -> None:
    pixels = noise((4, 6), np.uint8)
    stored = Image.fromarray(pixels)
    exif = stored.getexif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    stored.save(stream, kind, exif=exif)
    shown = Image.open(io.BytesIO(stream.getvalue()))
    shown.load()
    expected = np.asarray(ImageOps.exif_transpose(shown))
    header = read_header(stream.getvalue(), NOWHERE)
    assert np.array_equal(upright(decode(stream.getvalue(), NOWHERE), header.orientation), expected)
    assert (header.height_px, header.width_px) == expected.shape


@given(st.integers(0, 8), st.sampled_from(["L", "RGB"]))
def test_headers_without_orientation_are_upright(size: int, mode: str) -> None:
    stream = io.BytesIO()
    Image.new(mode, (size + 1, 3)).save(stream, "PNG")
    header = read_header(stream.getvalue(), NOWHERE)
    assert (header.width_px, header.height_px, header.mode, header.orientation) == (size + 1, 3, mode, 1)


_COUNT_FAULTS = """
import resource
from pathlib import Path
import numpy as np
from curate.imaging.images import decode, encode_png
content = encode_png(np.zeros((1500, 2000, 3), np.uint8))
decode(content, Path("a.png")), decode(content, Path("a.png"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    decode(content, Path("a.png"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory by rules of their own")
def test_large_frames_are_decoded_into_the_memory_of_the_one_before() -> None:
    done = subprocess.run([sys.executable, "-c", _COUNT_FAULTS], check=True, capture_output=True, text=True)
    frame_bytes = 1500 * 2000 * 3
    assert int(done.stdout) < frame_bytes / 4096  # less than one frame's pages in ten frames; else 20 times that
