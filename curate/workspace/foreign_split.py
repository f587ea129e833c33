"""Read a split that somebody else has made: a CSV, two or three lists, or a folder."""

from __future__ import annotations

from pathlib import Path

from curate.disk.reading import csv_rows, files_below, read_text
from curate.errors import InputError, MissingError
from curate.imaging.images import is_image_name

_SIDE_COLUMNS = ("split", "side", "set", "subset", "partition", "fold")
_NAME_COLUMNS = ("frame", "image", "path", "file", "filename", "file_name", "image_path", "name")


def read_foreign_split(path: Path) -> list[tuple[str, str]]:
    """Read names of images and the words for their sides, in file order.

    Parameters
    ----------
    path : Path
        * a CSV with a column for the image (``image``, ``path``, ``file`` …) and one for the side (``split``, ``set``
        …);
        * a folder with ``train.txt``, ``val.txt``, ``test.txt``, one name a line;
        * a folder with the folders ``train``, ``val``, ``test`` that hold the images, at any depth.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is none of these.
    """
    if path.is_dir():
        return _lists(path) or _folders(path)
    try:
        return _table(path, read_text(path))
    except MissingError as error:
        raise MissingError("there is no such file", path=path, hint="check `file` in curate.toml") from error


def _table(path: Path, text: str) -> list[tuple[str, str]]:
    header_line = next(iter(text.splitlines()), "")
    delimiter = next((mark for mark in "\t;" if mark in header_line), ",")  # spreadsheets write what their country uses
    rows = csv_rows(text, path, delimiter)
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    name = next((header.index(column) for column in _NAME_COLUMNS if column in header), None)
    side = next((header.index(column) for column in _SIDE_COLUMNS if column in header), None)
    if name is None or side is None:
        raise InputError(
            f"has the columns {', '.join(header) or 'none'}, expected one of {', '.join(_NAME_COLUMNS)} for the "
            f"image and "
            f"one of {', '.join(_SIDE_COLUMNS)} for the side",
            path=path,
            hint="name the columns in its first line",
        )
    return [(row[name].strip(), row[side].strip()) for row in rows[1:] if len(row) > max(name, side)]


def _lists(folder: Path) -> list[tuple[str, str]]:
    pairs = []
    for path in sorted(folder.glob("*.txt")):
        lines = read_text(path).splitlines()
        pairs += [(line.strip(), path.stem) for line in lines if line.strip()]
    return pairs


def _folders(folder: Path) -> list[tuple[str, str]]:
    pairs = []
    for place, files in files_below(folder):
        for name in files:
            path = (place / name).relative_to(folder)
            if is_image_name(path) and len(path.parts) > 1:
                pairs.append((path.as_posix(), path.parts[0]))
    if not pairs:
        raise InputError(
            "holds neither train.txt and test.txt nor the folders train and test with images",
            path=folder,
            hint="point `file` in curate.toml to a CSV, to such lists or to such folders",
        )
    return pairs
