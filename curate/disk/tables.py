"""Record files: CSV with fixed columns and decimals, one dataclass a row, LF line ends.

A column that a newer curate added has a default, so a record that an older one wrote is read without it.
"""

from __future__ import annotations

import csv
import gc
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields
from itertools import repeat
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, get_type_hints

from curate.disk.atomic import write_text
from curate.disk.reading import MAX_CELL_CHARACTERS, read_plain
from curate.errors import InputError, MissingError, RecordError


class DataclassInstance(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Row = TypeVar("Row", bound=DataclassInstance)

_DEFAULT_DECIMALS = 6
_MEND = "correct the line, or delete the file and run its command again"
_RESTORE = "restore the file from version control, or delete it and run its command again"
_SAMPLE, _FEW = 256, 16
"""A column whose first values hold so few different ones is taken to repeat itself."""


def columns_of(row_type: type[DataclassInstance]) -> tuple[str, ...]:
    """Return the column names of a record, in file order."""
    return tuple(field.name for field in fields(row_type))


def format_table(rows: Iterable[Row], row_type: type[Row]) -> str:
    """Render rows as CSV text: a header, LF line ends, fixed decimals, ``""`` for None."""
    writers = [(field.name, _writer(field)) for field in fields(row_type)]
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    table.writerow(name for name, _ in writers)
    for row in rows:
        cells = [write(getattr(row, name)) for name, write in writers]
        # A bare carriage return ends a line for every reader, yet the writer does not quote it.
        (quoting if any("\r" in cell for cell in cells) else table).writerow(cells)
    return stream.getvalue()


def write_table(path: Path, rows: Iterable[Row], row_type: type[Row]) -> None:
    """Write a record file, whole or not at all."""
    write_text(path, format_table(rows, row_type))


def read_table(path: Path, row_type: type[Row]) -> list[Row]:
    """Read a record file.

    Raises
    ------
    MissingError
        If there is no such file.
    ReadError
        If its bytes cannot be had.
    RecordError
        If the columns differ from the dataclass's fields (those with a default may be absent), a value does not have
        its column's type, a key stands there twice, a path leads outside, or a row belongs to another series' record;
        the message names the line.
    """
    try:
        text = read_plain(path, "a record file").decode("utf-8")
    except MissingError as error:
        raise MissingError("there is no such record file", path=path, hint="run `curate status`") from error
    except UnicodeDecodeError as error:
        raise RecordError("is not UTF-8 text", path=path) from error
    except InputError as error:
        raise RecordError(error.message, path=path, hint=_RESTORE) from error
    if not text.strip():
        raise RecordError("is empty, expected at least the names of its columns", path=path, hint=_RESTORE)
    rows = _parse(path, text, row_type)
    _check(path, rows, row_type)
    return rows


def _parse(path: Path, text: str, row_type: type[Row]) -> list[Row]:
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        header = tuple(next(lines, ()))
    except csv.Error as error:
        raise RecordError(f"line 1: {error}", path=path, hint=_MEND) from error
    present = [field for field in fields(row_type) if field.name in header]
    absent = [field.name for field in fields(row_type) if field not in present and not _has_default(field)]
    if header != tuple(field.name for field in present) or absent:
        expected = ",".join(columns_of(row_type))
        raise RecordError(f"has the columns {','.join(header)!r}, expected {expected!r}", path=path, hint=_RESTORE)
    readers = _readers(row_type, present)
    with _without_garbage_collection():
        if '"' not in text and "\r" not in text:
            rows = _read_plain(text, row_type, readers)
            if rows is not None:
                return rows
        try:
            return [_parse_row(path, lines.line_num, line, row_type, readers) for line in lines if line]
        except csv.Error as error:
            raise RecordError(f"line {lines.line_num}: {error}", path=path, hint=_MEND) from error


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _check(path: Path, rows: list[Row], row_type: type[Row]) -> None:
    """Hold rows against what their fields' metadata promise.

    ``key``: no value stands there twice. ``path``: a relative path without ``..``, because files are read and written
    at it. ``series``: its first part is the record's own name. All are looked at as a whole, since a record may have a
    million rows; only a broken one is searched for the place.
    """
    for field in fields(row_type):
        if field.metadata.keys() & {"key", "path", "series"}:
            values = list(map(attrgetter(field.name), rows))
            if field.metadata.get("path") and not _are_safe(values):
                line = next(line for line, value in enumerate(values, start=2) if not _are_safe([value]))
                what = f"line {line}: {values[line - 2]!r} is no path below a folder"
                raise RecordError(what, path=path, hint=_MEND)
            if field.metadata.get("series") and not all(map(str.startswith, values, repeat(f"{path.stem}/"))):
                line = next(n for n, value in enumerate(values, start=2) if not value.startswith(f"{path.stem}/"))
                what = f"line {line}: {values[line - 2]!r} is not of the series {path.stem}"
                raise RecordError(what, path=path, hint=_MEND)
            if field.metadata.get("key") and len(set(values)) != len(values):
                raise RecordError(_twice(values), path=path, hint=_MEND)


def _are_safe(values: Sequence[str]) -> bool:
    text = "/" + "/\n/".join(values) + "/"
    return not values or not any(bad in text for bad in ("//", "/./", "/../", "\0"))


def _twice(values: Sequence[str]) -> str:
    first: dict[str, int] = {}
    for line, value in enumerate(values, start=2):
        if value in first:
            return f"line {line}: {value} stands there already, in line {first[value]}"
        first[value] = line
    raise AssertionError("no value stands there twice")


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keep the collector from walking a million new rows again and again, none of which is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_plain(text: str, row_type: type[Row], readers: dict[str, Callable[[str], Any]]) -> list[Row] | None:
    """Read a table without quotes column by column, at a third of the time; None when a row does not fit.

    The caller then reads it row by row, and its message names the line.
    """
    body = text.partition("\n")[2].removesuffix("\n")
    if not body:
        return []
    lines = body.split("\n")
    width = len(readers)
    if set(map(str.count, lines, repeat(","))) != {width - 1}:
        return None
    cells = body.replace("\n", ",").split(",")
    columns = [cells[place::width] for place in range(width)]
    try:
        values = {name: _convert(column, read) for column, (name, read) in zip(columns, readers.items(), strict=True)}
    except ValueError:
        return None
    absent = (field for field in fields(row_type) if field.name not in values)
    values |= {field.name: [_default(field)] * len(lines) for field in absent}
    return _build(row_type, [values[name] for name in columns_of(row_type)])


def _convert(column: list[str], read: Callable[[str], Any]) -> list[Any]:
    """Convert a column; what repeats (a label, a size) is converted once and shared, which saves time and memory."""
    if len(set(column[:_SAMPLE])) <= _FEW:
        known = {text: read(text) for text in set(column)}
        return list(map(known.__getitem__, column))
    return column if read is str else list(map(read, column))


def _build(row_type: type[Row], columns: list[list[Any]]) -> list[Row]:
    """Make a row of each place of the columns.

    A frozen dataclass sets its fields one by one through ``object.__setattr__``; filling its slots column by column
    costs half of that. A class without slots, or that checks itself after construction, is constructed.
    """
    if "__slots__" not in vars(row_type) or hasattr(row_type, "__post_init__"):
        return list(map(row_type, *columns))
    rows: list[Row] = list(map(object.__new__, repeat(row_type, len(columns[0]))))
    for field, column in zip(fields(row_type), columns, strict=True):
        deque(map(vars(row_type)[field.name].__set__, rows, column), maxlen=0)
    return rows


def _parse_row(
    path: Path, number: int, line: list[str], row_type: type[Row], readers: dict[str, Callable[[str], Any]]
) -> Row:
    if len(line) != len(readers):
        raise RecordError(f"line {number}: has {len(line)} values, expected {len(readers)}", path=path, hint=_MEND)
    try:
        return row_type(**{name: read(text) for (name, read), text in zip(readers.items(), line, strict=True)})
    except ValueError as error:
        raise RecordError(f"line {number}: {error}", path=path, hint=_MEND) from error


def _writer(field: Field[Any]) -> Callable[[Any], str]:
    decimals = int(field.metadata.get("decimals", _DEFAULT_DECIMALS))

    def write(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            text = f"{value:.{decimals}f}"
            return text.removeprefix("-") if float(text) == 0 else text
        return str(value)

    return write


def _readers(row_type: type[DataclassInstance], present: Sequence[Field[Any]]) -> dict[str, Callable[[str], Any]]:
    """Return what reads each of the columns that are there, in file order."""
    hints = get_type_hints(row_type)
    return {field.name: _READERS[hints[field.name]] for field in present}


def _read_bool(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"expected true or false, found {text!r}")
    return text == "true"


_READERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: _read_bool,
    int | None: lambda text: int(text) if text else None,
    float | None: lambda text: float(text) if text else None,
}
