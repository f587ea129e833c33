from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import Image

from curate.imaging.photo import CameraNotes, encode_photo, write_photo

NOTES = CameraNotes(datetime(2026, 3, 2, 6, 0, 7, 45_000), "+01:00", "4103922", 9999)  # noqa: DTZ001 - a camera's clock


def frame() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32] = (200, 30, 20)  # blue on the left
    return pixels


def test_a_photo_carries_what_the_camera_knows(tmp_path: Path) -> None:
    write_photo(tmp_path / "in" / "DSC_9999.JPG", frame(), NOTES)
    with Image.open(tmp_path / "in" / "DSC_9999.JPG") as photo:
        details = photo.getexif().get_ifd(0x8769)
        assert photo.format == "JPEG"
        assert photo.size == (64, 48)
        red, green, blue = photo.convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert (abs(red - 20) < 8, abs(green - 30) < 8, abs(blue - 200) < 8) == (True, True, True)
    assert details[0x9003] == "2026:03:02 06:00:07"
    assert details[0x9291] == "045"
    assert details[0x9011] == "+01:00"
    assert details[0xA431] == "4103922"
    assert details[0x9211] == 9999


def test_no_offset_is_written_where_the_camera_knows_none() -> None:
    content = encode_photo(frame(), CameraNotes(NOTES.clock, "", "1", 1))
    assert b"+01:00" not in content
    assert content == encode_photo(frame(), CameraNotes(NOTES.clock, "", "1", 1))
