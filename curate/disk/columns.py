"""Read some columns of a record file, a block of rows at a time: a million rows in a few megabytes of memory.

For who counts or looks something up. Whoever works on records reads them whole (:mod:`curate.disk.tables`), where every
value is checked.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain, islice, repeat
from pathlib import Path
from typing import IO

from curate.disk.reading import MAX_CELL_CHARACTERS, check_plain, read_errors
from curate.errors import InputError, RecordError

_BLOCK_CHARACTERS, _BLOCK_ROWS = 1 << 20, 10_000
_RESTORE = "restore the file from version control, or delete it and run its command again"


def read_columns(path: Path, names: Sequence[str]) -> Iterator[list[list[str]]]:
    """Yield blocks of rows as columns: a list of cells for each name; ``""`` where the file lacks the column.

    Raises
    ------
    MissingError, ReadError
        If the file is not there, or its bytes cannot be had.
    RecordError
        If it is no table, or a row has another number of values than the header.
    """
    try:
        check_plain(path, "a record file")
        with read_errors(path), path.open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader([stream.readline()]), None)
            if not header:
                raise csv.Error("it is empty, expected at least the names of its columns")  # noqa: TRY301
            for rows in _blocks(stream, path, len(header)):
                places = [header.index(name) if name in header else None for name in names]
                yield [[""] * len(rows) if place is None else [row[place] for row in rows] for place in places]
    except UnicodeDecodeError as error:
        raise RecordError("is not UTF-8 text", path=path) from error
    except csv.Error as error:
        raise RecordError(f"is no table: {error}", path=path, hint=_RESTORE) from error
    except RecordError:
        raise
    except InputError as error:
        raise RecordError(error.message, path=path, hint=_RESTORE) from error


def _blocks(stream: IO[str], path: Path, width: int) -> Iterator[list[list[str]]]:
    while block := stream.read(_BLOCK_CHARACTERS):
        block += stream.readline()
        if '"' in block or "\r" in block:  # a cell may go on in the next line, wherever that is
            yield from _quoted_blocks(chain(io.StringIO(block, newline=""), stream), path, width)
            return
        lines = list(filter(None, block.split("\n")))
        if lines and set(map(str.count, lines, repeat(","))) != {width - 1}:
            raise _wrong_width(path)
        yield [line.split(",") for line in lines]


def _quoted_blocks(lines: Iterator[str], path: Path, width: int) -> Iterator[list[list[str]]]:
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    rows = (row for row in csv.reader(lines) if row)
    while block := list(islice(rows, _BLOCK_ROWS)):
        if any(len(row) != width for row in block):
            raise _wrong_width(path)
        yield block


def _wrong_width(path: Path) -> RecordError:
    return RecordError("a row has another number of values than the header", path=path, hint=_RESTORE)
