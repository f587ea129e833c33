"""Damaged files of every container: one file's error, or a picture, but never an exception that nobody expects."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.errors import CurateError
from curate.imaging.exif import read_exif
from curate.imaging.images import decode, decode_upright, read_header
from curate.imaging.integrity import structure_problem
from curate.imaging.maps import decode_map
from curate.imaging.masks import decode_mask
from curate.imaging.probe import probe
from tests.imaging.containers import CONTAINERS, encoded
from tests.imaging.test_unsupported import SCORES, tiff


def array(save: Callable[..., None]) -> bytes:
    stream = io.BytesIO()
    save(stream, SCORES.astype(np.float32))
    return stream.getvalue()


SOUND = [
    *(make(6) for _, make in CONTAINERS.values()),
    encoded("BMP"),
    encoded("PNG", mode="L"),
    tiff([SCORES.astype("<f4").tobytes()], bits=32, sample_format=3),
    tiff([SCORES.astype(">f2").tobytes()], order=">", bits=16, sample_format=3),
    array(np.save),
    array(np.savez_compressed),
]
READERS: list[Callable[[bytes], Any]] = [
    lambda content: decode(content, Path("a")),
    lambda content: decode_upright(content, Path("a")),
    lambda content: read_header(content, Path("a")),
    lambda content: decode_mask(content, Path("a")),
    *(
        lambda content, suffix=suffix: decode_map(content, Path(f"a{suffix}"))
        for suffix in (".png", ".tif", ".npy", ".npz")
    ),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound file with bytes replaced, taken out, put in, or its end cut off; most often near the start."""
    content = bytearray(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(1, 4))):
        near = draw(st.sampled_from([16, 64, 400, len(content)]))
        at = draw(st.integers(0, min(near, len(content))))
        some = draw(st.binary(max_size=8) | st.sampled_from([b"\xff" * 4, b"\xff" * 8, b"\0" * 4, b"\x7f\xff\xff\xff"]))
        how = draw(st.sampled_from(["replace", "remove", "insert", "cut"]))
        if how == "replace":
            content[at : at + len(some)] = some
        elif how == "remove":
            del content[at : at + draw(st.integers(0, 64))]
        elif how == "insert":
            content[at:at] = some
        else:
            del content[max(at, 1) :]
    return bytes(content)


@pytest.mark.filterwarnings("ignore")  # Pillow's remarks on damaged tags
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_damage_is_that_files_error(content: bytes) -> None:
    for suffix in (".png", ".tif"):
        assert isinstance(structure_problem(content, suffix), str)
    probe(content)
    read_exif(content)
    for read in READERS:
        with suppress(CurateError):
            read(content)
