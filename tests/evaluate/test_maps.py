"""Anomaly maps come out of every accepted file as they went in."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from curate.imaging.maps import MapError, decode_map, resize_map
from curate.imaging.tiff import first_page

RNG = np.random.default_rng(0)
UNCOMPRESSED, DEFLATE, LZW = 1, 32946, 5


def encoded(ending: str, pixels: Any, *options: int) -> bytes:
    return bytes(cv2.imencode(ending, pixels, list(options))[1])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("ending", [".png", ".tiff"])
def test_integers(dtype: Any, ending: str) -> None:
    scores = RNG.integers(0, np.iinfo(dtype).max, (37, 53), dtype, endpoint=True)
    found = decode_map(encoded(ending, scores), Path(f"a{ending}"))
    assert found.dtype == dtype
    assert (found == scores).all()


@pytest.mark.parametrize("compression", [UNCOMPRESSED, DEFLATE, LZW])
def test_float_tiff(compression: int) -> None:
    scores = RNG.normal(size=(131, 77)).astype(np.float32)
    content = encoded(".tiff", scores, cv2.IMWRITE_TIFF_COMPRESSION, compression)
    found = decode_map(content, Path("a.tiff"))
    assert found.dtype == np.float32
    assert (found == scores).all()
    assert (first_page(content, Path("a.tiff")).plain_floats_at > 0) == (compression == UNCOMPRESSED)


def test_float_tiff_of_another_writer() -> None:
    scores = RNG.normal(size=(31, 17)).astype(np.float32)
    stream = io.BytesIO()
    Image.fromarray(scores).save(stream, "TIFF")
    assert (decode_map(stream.getvalue(), Path("a.tif")) == scores).all()


def big_endian_tiff(scores: Any) -> bytes:
    """A minimal TIFF 6.0 file, written by hand: header, one directory, one strip."""
    height, width = scores.shape
    tags = [(256, width), (257, height), (258, 32), (259, 1), (262, 1), (273, 8), (277, 1), (278, height)]
    tags += [(279, scores.size * 4), (339, 3)]
    directory = struct.pack(">H", len(tags)) + b"".join(struct.pack(">HHII", tag, 4, 1, value) for tag, value in tags)
    body: bytes = scores.astype(">f4").tobytes()
    return struct.pack(">2sHI", b"MM", 42, 8 + len(body)) + body + directory + struct.pack(">I", 0)


def test_big_endian_floats_are_not_taken_for_little_ones() -> None:
    scores = RNG.normal(size=(5, 7)).astype(np.float32)
    assert (decode_map(big_endian_tiff(scores), Path("a.tiff")) == scores).all()


@pytest.mark.parametrize(
    ("dtype", "kept"),
    [("<f4", "f4"), (">f4", "f4"), ("f8", "f8"), ("f2", "f4"), ("i4", "f8"), ("i8", "f8"), ("?", "u1"), (">u2", "u2")],
)
def test_arrays_keep_their_values(dtype: str, kept: str) -> None:
    scores = (RNG.random((8, 9)) * 3).astype(dtype)
    for order in ("C", "F"):
        stream = io.BytesIO()
        np.save(stream, np.asarray(scores, order=order))
        found = decode_map(stream.getvalue(), Path("a.npy"))
        assert found.dtype == np.dtype(kept)
        assert found.flags.c_contiguous
        assert (found == scores.astype(kept)).all()


def test_white_must_not_be_zero() -> None:
    scores = np.zeros((4, 4), np.uint8)
    content = bytearray(encoded(".tiff", scores, cv2.IMWRITE_TIFF_COMPRESSION, UNCOMPRESSED))
    place = content.index(struct.pack("<HHII", 262, 3, 1, 1))
    content[place + 8] = 0
    with pytest.raises(MapError, match="0 is white"):
        decode_map(bytes(content), Path("a.tiff"))


def test_resampling() -> None:
    scores = np.array([[0, 10], [20, 30]], np.uint16)
    assert resize_map(scores, (4, 2), "nearest").tolist() == [[0, 0, 10, 10], [20, 20, 30, 30]]
    assert resize_map(scores, (4, 2), "bilinear")[0].tolist() == [0.0, 2.5, 7.5, 10.0]
    assert resize_map(scores, (2, 2), "bicubic") is scores
