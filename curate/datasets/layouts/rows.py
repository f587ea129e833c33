"""Layouts whose images stand in the rows of a table: one account, and one rule for what is unknown, for all of them.

A reader names the image of each row and makes a picture of it; here rows are counted, their files looked for, and
images that two rows describe differently, or of which something could not be used, are left without a label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, TypeAlias

from curate.datasets.layouts.building import (
    LayoutPicture,
    Opinion,
    categories_of,
    is_marked,
    leftover,
    settled,
    unofficial,
)
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.disk.members import MEMBER
from curate.formats.documents import parsed_content
from curate.formats.records import Notes
from curate.imaging.images import read_file
from curate.model.account import Account, LeftOut
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import MaskRule
from curate.model.finding import Finding

Row: TypeAlias = tuple[str, tuple[str, ...], Any]
"""What findings call it, its image and masks (an empty image where that is not known), and what stands in it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, read.

    Attributes
    ----------
    path : str
    pictures : tuple of LayoutPicture
    notes : Notes
    unknown : tuple of str
        Images and masks of rows that could not be used.
    orphans : bool
        Whether a row was lost of which nobody knows the image: then none of the table is good.
    """

    path: str
    pictures: tuple[LayoutPicture, ...]
    notes: Notes
    unknown: tuple[str, ...]
    orphans: bool


def table_of(path: str, rows: Iterable[Row], make: Callable[[str, Any], LayoutPicture]) -> Table:
    """Make a picture of each row; ``make`` gets the row's image and what stands in it, and raises as readers do."""
    notes = Notes(path)
    pictures: list[LayoutPicture] = []
    lost: list[str] = []
    orphans = False
    for key, files, row in rows:
        made = notes.take([(key, row)], lambda _, entry, image=files[0]: make(image, entry), "row")  # type: ignore[misc]
        pictures += made
        lost += [] if made else filter(None, files)
        orphans |= not made and not files[0]
    return Table(path, tuple(pictures), notes, tuple(lost), orphans)


def csv_rows(folder: Folder, path: str) -> list[tuple[str, dict[str, str]]]:
    """Return the rows of a CSV file, each with the number of its line; cells by column, blanks at their ends taken off.

    A row of another number of cells than the header's holds nothing but ``""``, which is its number of cells.
    """
    file = folder.root / path
    header, *rows = [[cell.strip() for cell in row] for row in parsed_content(read_file(file), "csv", file)] or [[]]
    return [
        (str(line), dict(zip(header, row, strict=True)) if len(row) == len(header) else {"": str(len(row))})
        for line, row in enumerate(rows, start=2)
        if any(row)
    ]


def cells_of(row: dict[str, str]) -> dict[str, str]:
    """Return a row's cells; ValueError when it has another number of them than the header."""
    if set(row) == {""}:
        raise ValueError(f"it has {row['']} cells, the header another number")
    return row


def reading_of_rows(
    layout: Layout,
    folder: Folder,
    tables: Sequence[Table],
    rule: MaskRule = "nonzero",
    documents: Iterable[str] = (),
) -> tuple[LayoutReading, list[LayoutPicture]]:
    """Put the rows of tables together; see the module.

    Returns
    -------
    LayoutReading
    list of LayoutPicture
        The pictures of its categories.
    """
    known = set(folder.paths)
    findings, absent = [one for table in tables for one in table.notes.findings], list[str]()
    said: dict[str, list[Opinion[LayoutPicture]]] = defaultdict(list)
    unknown = _Unknown(
        findings, [path for table in tables for path in table.unknown if path in known or MEMBER in path]
    )
    accounts = []
    for table in tables:
        gone = []
        for picture in table.pictures:
            missing = [path for path in (picture.path, *picture.masks) if MEMBER not in path and path not in known]
            absent += missing
            if picture.path in missing:
                gone.append(LeftOut(table.path, "its image is not there"))
                continue
            there = replace(picture, masks=() if missing else picture.masks)
            said[picture.path].append(Opinion(table.path, picture.split, replace(there, split=""), there))
            if picture.is_good and table.orphans:
                unknown.orphaned.append(picture.path)
            marked = [mask for mask in there.masks if picture.is_good and is_marked(folder, mask, rule)]
            if marked:
                unknown.mark(picture.path, marked)
        account = table.notes.account()
        accounts.append(Account(account.used - len(gone), (*account.left_out, *gone)))
    nobody = unknown.paths()
    made = {path: settled(path, opinions, findings) for path, opinions in said.items() if path not in nobody}
    pictures = [picture for listed in made.values() for picture in listed]
    findings += leftover(codes.LISTED_FILE_MISSING, "{} listed files are not there", absent)
    findings += unofficial(pictures, layout.title)
    nobody += [path for path, listed in made.items() if not listed]
    masks = {mask for path in nobody for one in said.get(path, ()) for mask in one.what.masks}
    nobody += sorted(masks - {mask for picture in pictures for mask in picture.masks})
    used = [mask for picture in pictures for mask in picture.masks if picture.is_good]
    pictures = [replace(picture, masks=()) if picture.is_good else picture for picture in pictures]
    reading = LayoutReading(
        categories_of(pictures, rule),
        tuple(findings),
        (*(table.path for table in tables), *documents, *used),
        tuple(LeftOut(path, "nobody says whether it is good") for path in nobody),
        Account.total_of(accounts),
    )
    return reading, pictures


@dataclass(frozen=True, slots=True)
class _Unknown:
    """The images of which nobody knows what they show, and the findings that say why."""

    findings: list[Finding]
    lost: list[str]
    orphaned: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)

    def mark(self, path: str, masks: list[str]) -> None:
        message = f"is called good, and {masks[0]} marks something in it"
        self.findings.append(found(codes.IMAGE_OF_UNKNOWN_LABEL, message, path, related=tuple(masks)))
        self.marked.append(path)

    def paths(self) -> list[str]:
        lost = list(dict.fromkeys(self.lost))
        self.findings.extend(leftover(codes.IMAGE_OF_UNKNOWN_LABEL, "{} images have a row that cannot be used", lost))
        text = "{} images are called good in a table of which another row, of nobody knows which image, cannot be used"
        orphaned = [path for path in dict.fromkeys(self.orphaned) if path not in lost]
        self.findings.extend(leftover(codes.IMAGE_OF_UNKNOWN_LABEL, text, orphaned))
        return list(dict.fromkeys([*lost, *orphaned, *self.marked]))


def flat_name(image: str) -> str:
    """Name an image by all components of its path, for tables across folders."""
    return "_".join(PurePosixPath(image).with_suffix("").parts)
