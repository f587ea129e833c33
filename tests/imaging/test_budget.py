from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate.errors import ImageError, InputError
from curate.imaging.budget import DEFAULT_MAX_PIXELS, max_pixels, too_large
from curate.imaging.images import decode, encode_png
from curate.imaging.maps import MapError, decode_map
from curate.imaging.masks import decode_mask

SHAPES = {"grey": (20, 30), "colour": (20, 30, 3), "alpha": (20, 30, 4)}


@pytest.mark.parametrize(("shape", "kind"), [(s, k) for s in SHAPES for k in (np.uint8, np.uint16)])
def test_the_budget_is_exact_for_what_a_picture_is_decoded_to(
    monkeypatch: pytest.MonkeyPatch, shape: str, kind: type
) -> None:
    content = encode_png(np.ones(SHAPES[shape], kind))
    size_bytes = int(np.prod(SHAPES[shape])) * np.dtype(kind).itemsize
    monkeypatch.setenv("CURATE_MAX_PIXELS", str(size_bytes))
    assert decode(content, Path("a.png")).nbytes == size_bytes
    monkeypatch.setenv("CURATE_MAX_PIXELS", str(size_bytes - 1))
    with pytest.raises(ImageError, match=r"30×20 pixels of .*CURATE_MAX_PIXELS"):
        decode(content, Path("a.png"))


@pytest.mark.parametrize("form", ["JPEG", "BMP", "TIFF", "WEBP"])
def test_every_format_is_measured_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (30, 20)).save(stream, form)
    monkeypatch.setenv("CURATE_MAX_PIXELS", str(30 * 20 * 3 - 1))
    with pytest.raises(ImageError, match="30×20 pixels of"):
        decode(stream.getvalue(), Path("a"))


def test_a_small_jpeg_of_half_a_billion_pixels_is_refused() -> None:
    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "JPEG")
    content = bytearray(stream.getvalue())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = (23170).to_bytes(2, "big") * 2
    with pytest.raises(ImageError, match="23170×23170 pixels of 1 byte, at most 268435456"):
        decode(bytes(content), Path("a.jpg"))


def test_maps_and_masks_have_the_same_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATE_MAX_PIXELS", "600")
    decode_mask(encode_png(np.ones((20, 30), np.uint8)), Path("a.png"))
    with pytest.raises(ImageError, match="30×21 pixels"):
        decode_mask(encode_png(np.ones((21, 30), np.uint8)), Path("a.png"))
    for save in (np.save, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, np.zeros((10, 15), np.float32))
        path = Path("a.npy" if save is np.save else "a.npz")
        monkeypatch.setenv("CURATE_MAX_PIXELS", "600")
        assert decode_map(stream.getvalue(), path).shape == (10, 15)
        monkeypatch.setenv("CURATE_MAX_PIXELS", "599")
        with pytest.raises(MapError, match="15×10 pixels of 4 bytes"):
            decode_map(stream.getvalue(), path)


@pytest.mark.parametrize("text", ["0", "-1", "1e9", "x"])
def test_a_budget_that_is_no_number(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CURATE_MAX_PIXELS", text)
    with pytest.raises(InputError, match="expected a positive whole number"):
        max_pixels()
    monkeypatch.delenv("CURATE_MAX_PIXELS")
    assert not too_large(DEFAULT_MAX_PIXELS, 1)
    assert too_large(DEFAULT_MAX_PIXELS + 1, 1)
