from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.disk.tables import format_table, read_table, write_table
from curate.errors import RecordError


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    count: int
    share: float | None = field(metadata={"decimals": 3})
    flag: bool = False


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
ROWS = st.lists(st.builds(Row, TEXT, st.integers(), st.none() | st.integers(-4, 4).map(lambda n: n / 8), st.booleans()))


@given(ROWS)
def test_every_text_survives_the_file(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    path = tmp_path_factory.mktemp("tables") / "rows.csv"
    write_table(path, rows, Row)
    assert read_table(path, Row) == rows


def test_rows_read_by_columns_are_ordinary_rows(tmp_path: Path) -> None:
    rows = [Row(f"n{index}", index, None if index % 3 else 0.5, index % 2 == 0) for index in range(1_000)]
    path = tmp_path / "rows.csv"
    write_table(path, rows, Row)
    read = read_table(path, Row)
    assert read == rows
    assert hash(read[7]) == hash(rows[7])
    assert format_table(read, Row) == path.read_text()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a,1,0.5", "line 3"),
        ("a,1,0.5,true,x", "line 3"),
        ("a,one,,false", "line 3: .*'one'"),
        ("a,1,,maybe", "line 3"),
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"name,count,share,flag\nb,2,,true\n{line}\n")
    with pytest.raises(RecordError, match=words):
        read_table(path, Row)
