"""Columns are those of the whole table, whatever stands in its cells and wherever a block ends."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import curate.disk.columns as columns_module
from curate.disk.columns import read_columns
from curate.errors import MissingError, RecordError

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)
PLAIN = st.text("abc0.", max_size=4)


@pytest.mark.parametrize("cells", [CELLS, PLAIN])
@given(data=st.data(), block=st.integers(1, 40))
def test_columns_are_those_of_the_csv_module(
    cells: st.SearchStrategy[str], data: st.DataObject, block: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = data.draw(st.lists(st.tuples(cells, cells, cells), max_size=30))
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    path = tmp_path_factory.mktemp("columns") / "t.csv"
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns_module, "_BLOCK_CHARACTERS", block)
        patch.setattr(columns_module, "_BLOCK_ROWS", block)
        found = list(read_columns(path, ("c", "a", "lacking")))
    read = [row for part in found for row in zip(*part, strict=True)]
    assert read == [(row[2], row[0], "") for row in rows]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"a,b\n1\n", "another number of values"),
        (b'a,b\n"1\n', "another number of values"),
        (b"a,b\n\xff,1\n", "not UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=words):
        list(read_columns(path, ("a",)))


def test_a_folder_is_no_record_and_a_missing_file_is_none(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="is a folder"):
        list(read_columns(tmp_path, ("a",)))
    with pytest.raises(MissingError):
        list(read_columns(tmp_path / "none.csv", ("a",)))
