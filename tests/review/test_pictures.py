from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from curate.errors import ImageError
from curate.imaging.images import write_png
from curate.model.capture import Window
from curate.review.pictures import Pictures, decoded
from curate.review.snapshot import Shown
from curate.workspace.workspace import Workspace
from tests.workspaces import capture, row


def turned_jpeg() -> bytes:
    """A picture 960 wide and 640 high as stored, its left half white, that is to be shown turned clockwise."""
    picture = Image.new("RGB", (960, 640))
    picture.paste((255, 255, 255), (0, 0, 480, 640))
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    picture.save(stream, "JPEG", exif=exif)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("longest_px", "size"), [(0, (960, 640)), (500, (960, 640)), (240, (240, 160)), (100, (120, 80))]
)
def test_a_jpeg_is_decoded_no_larger_than_needed_and_upright(longest_px: int, size: tuple[int, int]) -> None:
    pixels = decoded(turned_jpeg(), Path("a.jpg"), longest_px)
    assert pixels.shape == (*size, 3)
    height, width = size
    assert pixels[height // 4, width // 2].min() > 250
    assert pixels[3 * height // 4, width // 2].max() < 5


def test_a_damaged_jpeg_is_refused() -> None:
    with pytest.raises(ImageError):
        decoded(turned_jpeg()[:300], Path("a.jpg"), 100)


def shown(pictures: Pictures, size: str, name: str = "main/a.png", window: Window | None = None) -> np.ndarray:
    of = Shown("part", capture(name, sha256="0"), "default" if window else "", window)
    pixels = cv2.imdecode(np.frombuffer(pictures.jpeg(of, size), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return pixels


def test_deep_grey_frames_are_shown_in_eight_bits(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    deep = np.tile(np.linspace(0, 4095, 480).astype(np.uint16), (320, 1))
    write_png(workspace.captures("part") / "main/a.png", deep)
    pixels = shown(Pictures(workspace), "thumb")
    assert pixels.shape == (160, 240, 3)
    assert pixels[0, 2].max() < 10
    assert pixels[0, -2].min() > 245


def test_what_was_not_cut_is_shown_from_the_frame(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[10:30, 20:50] = 255
    write_png(workspace.captures("part") / "main/a.png", pixels)
    place = {"m00": 1.0, "m02": -20.0, "m11": 1.0, "m12": -10.0, "width_px": 30, "height_px": 20}
    window = row(Window, frame="main/a.png", image="main/a.png", **place)
    cut = shown(Pictures(workspace), "fit", window=window)
    assert cut.shape == (20, 30, 3)
    assert cut.min() > 250


def test_only_the_last_pictures_are_kept(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    names = ["main/a.png", "main/b.png", "main/c.png"]
    for name in names:
        write_png(workspace.captures("part") / name, np.zeros((60, 80, 3), np.uint8))
    size = len(Pictures(workspace).jpeg(Shown("part", capture(names[0], sha256="0")), "thumb"))
    pictures = Pictures(workspace, kept_bytes=2 * size)
    for name in names:
        shown(pictures, "thumb", name)
        (workspace.captures("part") / name).unlink()
    assert shown(pictures, "thumb", names[2]).shape == (60, 80, 3)
    with pytest.raises(FileNotFoundError):
        shown(pictures, "thumb", names[0])
