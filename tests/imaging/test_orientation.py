"""One pixel rule: whatever the container, the upright picture is what Pillow's ``exif_transpose`` gives."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from curate.errors import ImageError
from curate.imaging.exif import orientation_of, read_exif
from curate.imaging.images import decode, decode_upright, read_header
from curate.imaging.integrity import structure_problem
from curate.imaging.maps import MapError, decode_map, image_size
from curate.imaging.masks import decode_mask, upright_mask
from curate.imaging.probe import probe
from curate.model.evidence import SourceFile
from curate.workspace.ingest import inspect
from tests.imaging.containers import CONTAINERS, ORIENTATIONS, chunk, encoded, exif_of, png_with, raw_profile

EVERY = pytest.mark.parametrize(
    ("name", "orientation"), [(name, orientation) for name in CONTAINERS for orientation in ORIENTATIONS]
)


def viewed(content: bytes) -> np.ndarray:
    """The picture as Pillow shows it, in OpenCV's order of colours."""
    with Image.open(io.BytesIO(content)) as image:
        shown = np.asarray(ImageOps.exif_transpose(image))
    return shown if shown.ndim == 2 else shown[..., ::-1]


@EVERY
def test_the_upright_picture_is_pillows(name: str, orientation: int, tmp_path: Path) -> None:
    suffix, make = CONTAINERS[name]
    content = make(orientation)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    expected = viewed(content)
    assert orientation_of(content) == read_exif(content)[1] == probe(content).orientation == orientation
    pixels = decode_upright(content, path)
    assert pixels.dtype == expected.dtype
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).max() <= (2 if suffix == ".jpg" else 0)  # two JPEG decoders
    size = (expected.shape[1], expected.shape[0])
    header = read_header(content, path)
    assert (header.width_px, header.height_px) == image_size(path) == size
    sighting, _ = inspect(SourceFile(str(path), path.name, len(content), 0))
    assert (sighting.width_px, sighting.height_px) == size


@EVERY
def test_what_is_stored_is_the_same_for_every_orientation(name: str, orientation: int) -> None:
    suffix, make = CONTAINERS[name]
    content = make(orientation)
    assert np.array_equal(decode(content, Path("a")), decode(make(1), Path("a")))
    assert structure_problem(content, suffix) == ""


def test_a_raw_profile_of_application_segment_one_counts_too() -> None:
    text = b"Raw profile type APP1\0" + raw_profile(6, b"generic profile")
    assert orientation_of(png_with(chunk(b"tEXt", text), before=b"IDAT")) == 6


@pytest.mark.parametrize(
    "payload",
    [b"Raw profile type exif\0\0" + b"no zlib", b"Raw profile type exif\0", b"Raw profile type exif\0\n\n\nxyz", b""],
)
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_a_damaged_profile_is_none(kind: bytes, payload: bytes) -> None:
    content = png_with(chunk(kind, payload), before=b"IDAT")
    assert orientation_of(content) == 1
    assert not read_exif(content)[0].original


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_senseless_orientations_are_upright(orientation: int) -> None:
    assert orientation_of(encoded("JPEG", exif=exif_of(orientation))) == 1


def photo(orientation: int, size: tuple[int, int] = (6, 4)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size).save(stream, "JPEG", exif=exif_of(orientation))
    return stream.getvalue()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_mask_is_turned_only_where_its_size_says_that_it_is_stored(orientation: int) -> None:
    stored = np.arange(24, dtype=np.uint8).reshape(4, 6)
    turned = np.asarray(ImageOps.exif_transpose(_tagged(stored, orientation)))
    image = photo(orientation)
    assert np.array_equal(upright_mask(turned, image, Path("a.jpg")), turned)
    expected = turned if orientation >= 5 else stored  # of one size both ways: upright by rule
    assert np.array_equal(upright_mask(stored, image, Path("a.jpg")), expected)


def _tagged(pixels: np.ndarray, orientation: int) -> Image.Image:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", exif=exif_of(orientation))
    return Image.open(io.BytesIO(stream.getvalue()))


def test_masks_of_square_images_and_of_other_sizes_stay_as_they_are() -> None:
    square, other = np.eye(4, dtype=np.uint8)[::-1], np.zeros((9, 9), np.uint8)
    assert upright_mask(square, photo(6, (4, 4)), Path("a.jpg")) is square
    assert upright_mask(other, photo(6), Path("a.jpg")) is other


def test_masks_and_maps_with_an_orientation_tag_are_refused() -> None:
    plane = np.zeros((4, 6), np.uint8)
    for form, name in (("PNG", "a.png"), ("TIFF", "a.tif")):
        stream = io.BytesIO()
        Image.fromarray(plane).save(stream, form, exif=exif_of(3))
        with pytest.raises(MapError, match=r"has an orientation tag \(3\)") as refused:  # 170-u16-tiff-map-orientation3
            decode_map(stream.getvalue(), Path(name))
        assert refused.value.code == "CUR607"
        with pytest.raises(ImageError, match=r"a mask with an orientation tag \(3\)"):
            decode_mask(stream.getvalue(), Path(name))


def test_case_115_tiff_pages_and_orientation(shared: Path) -> None:
    for path in sorted((shared / "cases/data/115-tiff-pages-and-orientation/src").glob("o*.tiff")):
        content = path.read_bytes()
        assert np.array_equal(decode_upright(content, path), viewed(content)), path.name
    pages = shared / "cases/data/115-tiff-pages-and-orientation/src/a8_pages.tiff"
    assert structure_problem(pages.read_bytes(), ".tiff") == "has 2 pages, expected one picture a file"


def test_case_203_png_raw_profile_exif(shared: Path) -> None:
    for path in sorted((shared / "cases/data/203-png-raw-profile-exif/src").glob("*.png")):
        evidence, _ = read_exif(path.read_bytes())
        assert evidence.original, path.name
        assert np.array_equal(
            cv2.cvtColor(decode_upright(path.read_bytes(), path), cv2.COLOR_BGR2RGB), viewed_rgb(path)
        )


def viewed_rgb(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
