"""Read run-length tables as the Severstal challenge had them: starts counted from 1, down the columns.

Three shapes circulate: ``ImageId,ClassId,EncodedPixels`` (only defects are listed), ``ImageId_ClassId,EncodedPixels``
(four rows an image, blank where there is none), and one row an image with a column a class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from curate.geometry.run_lengths import mask_of_pairs
from curate.geometry.shapes import bitmap_of
from curate.label.readers.common import attempt, drawn, known_size
from curate.label.reading import ImageRef, Notes, Reading, Size, Surroundings, joined
from curate.model.codes import names as codes
from curate.model.region import Bitmap, Region

_PIVOT_IMAGE = ("img", "ImageId", "image")


def recognises(document: Any) -> bool:
    """Whether a table has one of the three shapes."""
    if not document:
        return False
    header = set(document[0])
    return ("EncodedPixels" in header and bool(header & {"ImageId", "ImageId_ClassId"})) or _is_pivot(document[0])


def _is_pivot(header: list[str]) -> bool:
    return any(name in header for name in _PIVOT_IMAGE) and any(name.isdigit() for name in header)


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read a table; an image all of whose rows are blank is good."""
    rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for image, number, code in _cells(document):
        listed = rows[image]
        if code.strip():
            listed.append((number, code))
    return joined(_read_image(image, listed, name, around) for image, listed in rows.items())


def _cells(document: Any) -> Iterator[tuple[str, str, str]]:
    header, *rows = document
    for row in rows:
        values = dict(zip(header, row, strict=False))
        if "ImageId_ClassId" in values:
            image, _, number = values["ImageId_ClassId"].rpartition("_")
            yield image, number, values.get("EncodedPixels", "")
        elif "EncodedPixels" in values:
            yield values["ImageId"], values.get("ClassId", ""), values["EncodedPixels"]
        elif values:
            image = next(values[key] for key in _PIVOT_IMAGE if key in values)
            for number in (key for key in header if key.isdigit()):
                yield image, number, values.get(number, "")


def _read_image(image: str, listed: list[tuple[str, str]], name: str, around: Surroundings) -> Reading:
    notes = Notes(f"{name}#{image}")
    reference = ImageRef(image)
    size = known_size(reference, around)
    regions = []
    for index, (number, code) in enumerate(listed, start=1):
        if size is None:
            notes.lose(
                codes.ANNOTATED_IMAGE_UNKNOWN,
                f"run lengths of {image}, which is no frame, cannot be placed without its size",
            )
            continue
        made = attempt(notes, f"{index}", f"class {number}", _bitmap, code, size)
        if made is not None:
            label = around.classes.get(int(number), number) if number.isdigit() else number
            regions.append(Region(str(index), label or around.defect, (made,)))
    return drawn(reference, regions, notes)


def _bitmap(code: str, size: Size) -> Bitmap:
    return bitmap_of(mask_of_pairs([int(part) for part in code.split()], size[1], size[0]))
