"""Read what an image file says about itself, without decoding it: form, size, time, camera, place."""

from __future__ import annotations

import io
from dataclasses import dataclass

from curate.errors import ImageError
from curate.imaging.containers import SUFFIXES, format_of, png_header
from curate.imaging.exif import exif_block, read_exif
from curate.imaging.integrity import structure_problem
from curate.imaging.tags import Tag, TagError, first_offset, pages, read_directory

_LATITUDE = 2
_PNG_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}


@dataclass(frozen=True, slots=True)
class Probe:
    """An image file's own account of itself.

    Attributes
    ----------
    format : str
        ``JPEG``, ``PNG``, ``TIFF``, ``BMP``, ``WEBP``; ``""`` for anything else.
    problem : str
        Why it is not one whole picture of that format, in words; ``""`` when it is, as far as its structure tells.
    mode : str
        Pillow's mode: ``P`` is a palette, which decoders replace by its colours.
    orientation : int
        EXIF orientation, 1..8; 1 when absent.
    pages : int
    shot_at : str
        EXIF DateTimeOriginal as ISO 8601, with sub-seconds and offset where given; ``""`` when absent.
    camera : str
        Make, model and serial number.
    software : str
    has_position : bool
        Whether GPS coordinates are in it.
    """

    format: str
    problem: str = ""
    mode: str = ""
    orientation: int = 1
    pages: int = 1
    shot_at: str = ""
    camera: str = ""
    software: str = ""
    has_position: bool = False


def probe(content: bytes) -> Probe:
    """Read the head of an image file; never raises for what a file may hold.

    Parameters
    ----------
    content : bytes
        The whole file.
    """
    form = format_of(content)
    problem = structure_problem(content, SUFFIXES.get(form, ("",))[0])
    # Several pages are refused as a frame, but here they are one of the things that can be wrong with an image.
    if problem and not (form == "TIFF" and _page_count(content) > 1):
        return Probe(form, problem)
    evidence, orientation = read_exif(content)
    software, has_position = _software_and_position(content)
    try:
        mode, count = _mode(content, form)
    except ImageError as error:
        return Probe(form, error.message)
    return Probe(
        format=form,
        mode=mode,
        orientation=orientation,
        pages=count,
        shot_at=_iso(evidence.original, evidence.original_fraction, evidence.original_offset),
        camera=" ".join(filter(None, (evidence.model, evidence.serial))),
        software=software,
        has_position=has_position,
    )


def _page_count(content: bytes) -> int:
    try:
        return len(pages(content))
    except TagError:
        return 0


def _mode(content: bytes, form: str) -> tuple[str, int]:
    if form == "PNG":
        header = png_header(content)
        _, _, depth, colour = header or (0, 0, 0, 0)
        mode = _PNG_MODES.get(colour, "")
        # Pillow calls 16-bit grey I;16; deeper colour keeps its name.
        return ("I;16" if mode == "L" and depth == 16 else "1" if mode == "L" and depth == 1 else mode), 1  # noqa: PLR2004
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.mode, int(getattr(image, "n_frames", 1))
    except Exception as error:  # Pillow raises many kinds for damaged files
        raise ImageError(f"is not a readable image ({error})") from error


def _iso(text: str, fraction: str, offset: str) -> str:
    """Turn EXIF's ``2022:08:11 17:27:09`` into ISO 8601; ``""`` for ``0000:00:00 …`` and other nonsense."""
    date, _, clock = text.strip().partition(" ")
    parts = date.split(":")
    if len(parts) != 3 or not clock or not all(part.isdigit() for part in parts) or int(parts[0]) == 0:  # noqa: PLR2004
        return ""
    digits = fraction.strip()
    return f"{'-'.join(parts)}T{clock.strip()}{f'.{digits}' if digits.isdigit() else ''}{offset.strip()}"


def _software_and_position(content: bytes) -> tuple[str, bool]:
    block = exif_block(content)
    if not block:
        return "", False
    try:
        order, big, offset = first_offset(block)
        main = read_directory(block, order, offset, big=big)
        position = main.directory(Tag.GPS_POINTER)
        return main.text(Tag.SOFTWARE), position is not None and _LATITUDE in position.entries
    except TagError:
        return "", False
