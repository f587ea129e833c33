"""VisA as downloaded: ``split_csv/1cls.csv`` lists images and masks; a mask's values are numbers of defects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from curate.datasets.layouts.building import LayoutPicture, categories_of, split_named
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.datasets.layouts.rows import Row, Table, cells_of, csv_rows, reading_of_rows, table_of
from curate.errors import InputError
from curate.model.dataset import Category
from curate.model.defect import GOOD, DefectEntry, Saturation

NAMES_FILE = "id2class.json"
TABLE = r"(?:.*/)?split_csv/1cls\.csv"
IMAGE = r"(?:(?:.*/)?(?P<category>[^/]+)/)?Data/Images/(?P<kind>Normal|Anomaly)/(?P<name>[^/]+)\.(?:jpe?g|png)"
BAD = "bad"
"""Label of defective images: what the authors' own script calls their folder."""

_COLUMNS = ("object", "split", "label", "image", "mask")

DEFECTS: dict[str, tuple[str, ...]] = {
    "candle": (
        "Chunk Of Wax Missing",
        "Damaged Corner of Packaging",
        "weird candle wick",
        "Different Colour Spot",
        "Extra Wax in Candle",
        "Foreign Particals on Candle",
        "Wax Melded out of the candle",
        "Other",
    ),
    "capsules": ("Bubble", "Discolor", "Scratch", "Leak", "Misshape"),
    "fryum": (
        "Burnt",
        "Corner or Edge Breakage",
        "Different Colour Spot",
        "Fryum Stuck Together",
        "Middle Breakage",
        "Similar Colour Spot",
        "Small Scratches",
        "Other",
    ),
    "cashew": (
        "Burnt",
        "Corner or Edge Breakage",
        "Different Colour Spot",
        "Middle Breakage",
        "Small Holes",
        "Small Scratches",
        "Stuck Together",
        "Same Colour Spot",
        "Other",
    ),
    "chewinggum": (
        "Chunk of gum missing",
        "Corner Missing",
        "Scratches",
        "Similar Colour Spot",
        "Small Cracks",
        "Other",
    ),
    "macaroni1": (
        "Chip Around Edge And Corner",
        "Different Colour Spot",
        "Middle Breakage",
        "Similar Colour Spot",
        "Small Cracks",
        "Small Scratches",
        "Other",
    ),
    "macaroni2": (
        "Breakage down the middle",
        "Color spot similar to the Object",
        "Different Color spot",
        "Small chip around edge",
        "Small Cracks",
        "Small Scratches",
        "Other",
    ),
    "pcb1": ("Bent", "Melt", "Scratch", "Missing"),
    "pcb2": ("Bent", "Melt", "Scratch", "Missing"),
    "pcb3": ("Bent", "Melt", "Scratch", "Missing"),
    "pcb4": ("Burnt", "Scratch", "Missing", "Damage", "Extra", "Wrong Place", "Dirt"),
    "pipe_fryum": (
        "Burnt",
        "Corner And Edge Breakage",
        "Different Colour Spot",
        "Middle Breakage",
        "Similar Colour Spot",
        "Small Scratches",
        "Stuck Together",
        "Small Cracks",
        "Other",
    ),
}
"""Defects of each object, mask value 1 first: the authors' ``id2class.py``, words as there."""


def read_visa(layout: Layout, folder: Folder) -> LayoutReading:
    """Read VisA by its own split table; where that is not there, every image is in the test set."""
    listed = folder.matching(TABLE)
    tables = [_table(folder, path) for path in listed] or [table_of("", _unlisted(folder), _picture)]
    documents = folder.matching(rf"(?:.*/)?{NAMES_FILE}")
    reading, pictures = reading_of_rows(layout, folder, tables, "values", documents)
    names = _names(folder)
    categories: list[Category] = []
    for name in sorted({picture.category for picture in pictures}):
        entries = [DefectEntry(text, value, Saturation(1.0)) for value, text in names.get(name, {}).items()]
        made = categories_of([picture for picture in pictures if picture.category == name], "values", entries)
        # The object's folder is the one above Data: there lies what curate writes beside.
        categories += [replace(category, prefix=_above_data(category.prefix)) for category in made]
    return replace(reading, categories=tuple(categories))


def _above_data(prefix: str) -> str:
    where = PurePosixPath(prefix)
    return prefix if where.name.lower() != "data" else "" if where.parent == PurePosixPath() else str(where.parent)


def _unlisted(folder: Folder) -> Iterator[Row]:
    """Yield what the table's rows would say, from the folders alone."""
    known = set(folder.paths)
    for image in folder.matching(IMAGE):
        where = PurePosixPath(image)
        base = where.parents[3]
        mask = str(base / "Data/Masks/Anomaly" / f"{where.stem}.png")
        label = "normal" if where.parent.name.lower() == "normal" else "anomaly"
        name = base.name or folder.root.resolve().name
        row = {"object": name, "split": "test", "label": label, "mask": mask if mask in known else ""}
        yield image, (image, row["mask"]), row


def _table(folder: Folder, table: str) -> Table:
    base = table[: -len("split_csv/1cls.csv")]
    rows = csv_rows(folder, table)
    header = next((list(row) for _, row in rows if set(row) != {""}), [])
    if rows and not set(_COLUMNS) <= set(header):
        raise InputError(f"has the columns {','.join(header)}; expected {','.join(_COLUMNS)}", path=folder.root / table)
    placed: list[Row] = []
    for line, row in rows:
        image, mask = (base + row[name] if row.get(name) else "" for name in ("image", "mask"))
        placed.append((line, (image, mask), row | {"mask": mask} if mask else row))
    return table_of(table, placed, _picture)


def _picture(image: str, row: dict[str, str]) -> LayoutPicture:
    cells = cells_of(row)
    if cells["label"].lower() not in {"normal", "anomaly"} or not image:
        raise ValueError(f"its label is {cells['label']!r}, expected normal or anomaly")
    label = GOOD if cells["label"].lower() == "normal" else BAD
    masks = (cells["mask"],) if cells["mask"] else ()
    return LayoutPicture(cells["object"], split_named(cells["split"]), label, PurePosixPath(image).stem, image, masks)


def _names(folder: Folder) -> dict[str, dict[int, str]]:
    """Return the defects of each object by mask value: of a file beside the table, else what the authors published."""
    names = {category: dict(enumerate(listed, start=1)) for category, listed in DEFECTS.items()}
    for path in folder.matching(rf"(?:.*/)?{NAMES_FILE.replace('.', '[.]')}"):
        document = folder.document(path)
        if not isinstance(document, dict):
            raise InputError("is no object of objects", path=folder.root / path)
        for category, listed in document.items():
            names[category] = {int(value): str(text) for value, text in listed.items() if int(value) > 0}
    return names
