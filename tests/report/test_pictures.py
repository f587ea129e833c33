from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
from hatchling.builders.wheel import WheelBuilder

from curate.errors import ImageError
from curate.report.page import GalleryEntry
from curate.report.pictures import SIDES_PX, SMALL_PX, Form, chosen_form, encode, smaller

ROOT = Path(__file__).parents[2]


def noise(side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8)


def test_few_pictures_are_large_and_many_small() -> None:
    samples = [noise(700)]
    each = {side: len(encode(noise(side)).uri) for side in (640, 200)}
    assert chosen_form(samples, 1, 10 * each[640]) == Form(SIDES_PX[0], "jpeg")
    assert chosen_form(samples, 1000, 1) == Form(SIDES_PX[-1], "webp")
    middle = chosen_form(samples, 100, 100 * (each[640] // 4))
    assert SIDES_PX[-1] <= middle.side_px < SIDES_PX[0]
    assert chosen_form(samples, 1, 10 * each[640], 123) == Form(123, "jpeg")
    assert chosen_form([], 0, 1) == Form(SIDES_PX[0], "jpeg")


def test_a_picture_is_what_it_says() -> None:
    jpeg, webp = encode(noise(64)), encode(noise(64), "webp")
    content = [base64.b64decode(picture.uri.partition(",")[2]) for picture in (jpeg, webp)]
    assert content[0][:2] == b"\xff\xd8"
    assert content[1][8:12] == b"WEBP"
    assert webp.uri.startswith("data:image/webp;base64,")
    with pytest.raises(ImageError, match="cannot be encoded as webp"):
        encode(np.zeros((1, 20000, 3), np.uint8), "webp")


def test_the_picture_beside_a_finding_is_small() -> None:
    entry = GalleryEntry("a", "c", "test", "good", encode(noise(400)), frame_px=(400, 400))
    small = smaller(entry)
    assert small.picture is not None
    assert (small.picture.width_px, small.frame_px) == (SMALL_PX, (400, 400))
    assert smaller(small) is not None
    tiny = GalleryEntry("a", "c", "test", "good", encode(noise(40)), frame_px=(40, 40))
    assert smaller(tiny) is tiny


def test_the_wheel_holds_what_pages_are_made_of() -> None:
    held = {entry.distribution_path for entry in WheelBuilder(str(ROOT)).recurse_included_files()}
    folders = ("report/templates", "report/assets", "review/templates", "review/static")
    wanted = {path for folder in folders for path in (ROOT / "curate" / folder).rglob("*") if path.is_file()}
    assert len(wanted) > 10
    assert {path.relative_to(ROOT).as_posix() for path in wanted} <= held
