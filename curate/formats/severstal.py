"""Run-length tables as the Severstal challenge had them: starts counted from 1, down the columns.

Three shapes circulate: ``ImageId,ClassId,EncodedPixels`` (only defects are listed, perhaps a row a piece),
``ImageId_ClassId,EncodedPixels`` or ``Image_Label,EncodedPixels`` (a row an image and class, blank where there is
none), and one row an image with a column a class. ``-1`` and ``nan`` stand for a blank, as notebooks write it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from curate.formats.records import (
    ImageRef,
    LeftOutError,
    Notes,
    Parsed,
    Size,
    Surroundings,
    images_of,
    joined,
    none_good,
)
from curate.formats.shapes import drawn, key_number, known_size, label_of
from curate.geometry.run_lengths import mask_of_pairs
from curate.geometry.shapes import bitmap_of
from curate.model.codes import names as codes
from curate.model.region import Bitmap, Region

_CODE = "encodedpixels"
_JOINED = ("imageid_classid", "image_label")
_IMAGE = ("imageid", "img", "image")
_CLASS = "classid"
_BLANK = frozenset({"", "-1", "nan"})


def recognises(document: Any) -> bool:
    """Whether a table has one of the three shapes."""
    columns = set(_columns(document))
    named = bool(columns & {*_JOINED, "imageid"})
    return (_CODE in columns and named) or (bool(columns & set(_IMAGE)) and any(map(str.isdigit, columns)))


def _columns(document: Any) -> list[str]:
    """Return the header's names: case and the underscores of ``image_id`` apart, as tables of notebooks have them."""
    spelled = {"image_id": "imageid", "class_id": "classid", "encoded_pixels": _CODE}
    names = [str(name).strip().lower() for name in document[0]] if document else []
    return [spelled.get(name, name) for name in names]


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read a table; an image all of whose rows are blank is good."""
    rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
    blank: Counter[str] = Counter()
    notes = Notes(name)
    for image, number, code in cells(document, notes):
        listed = rows[image]
        if code.lower() not in _BLANK:
            listed.append((number, code))
        elif code:
            blank[code] += 1
    for code, count in blank.items():
        notes.note(codes.UNUSED_VALUE, f"{count} rows hold {code!r} in place of run lengths; taken for none")
    whole = joined([images_of(rows.items(), partial(_image, name, around), name), notes.parsed()])
    return none_good(whole) if notes.lost else whole


def cells(document: Any, notes: Notes) -> Iterator[tuple[str, str, str]]:
    """Yield image, class and run lengths of each row, whatever the table's shape."""
    columns = _columns(document)
    for line, row in enumerate(document[1:], start=2):
        if len(row) != len(columns):
            if row:
                notes.lose(codes.MALFORMED_ANNOTATION, f"line {line} has {len(row)} columns, the header {len(columns)}")
            continue
        values = dict(zip(columns, (str(cell).strip() for cell in row), strict=True))
        whole = next((values[key] for key in _JOINED if key in values), "")
        image = whole.rpartition("_")[0] or next((values[key] for key in _IMAGE if key in values), "")
        if _CODE in values or whole:
            yield image, whole.rpartition("_")[2] or values.get(_CLASS, ""), values.get(_CODE, "")
        elif image:
            yield from ((image, number, values.get(number, "")) for number in columns if number.isdigit())


def _image(name: str, around: Surroundings, image: str, listed: list[tuple[str, str]]) -> Parsed:
    notes = Notes(f"{name}#{image}")
    reference = ImageRef(image)
    size = known_size(reference, around)
    entries = ((str(place), row) for place, row in enumerate(listed, start=1))
    return drawn(reference, notes.take(entries, partial(_region, image, size, around)), notes)


def _region(image: str, size: Size | None, around: Surroundings, key: str, row: tuple[str, str]) -> Region:
    number, code = row
    if size is None:
        message = f"of {image}, which is no known picture, cannot be placed without its size"
        raise LeftOutError(codes.ANNOTATED_IMAGE_UNKNOWN, message)
    numbered = key_number(number) if number else ""
    names = around.classes
    label = names.get(numbered, str(numbered)) if isinstance(numbered, int) else str(numbered)
    return Region(key, label_of(label, around.defect), (_bitmap(code, size),))


def _bitmap(code: str, size: Size) -> Bitmap:
    return bitmap_of(mask_of_pairs([int(part) for part in code.split()], size[1], size[0]))
