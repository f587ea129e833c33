"""Tables of annotations as they come: long cells, and every kind of line end."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import InputError
from curate.formats.documents import parsed_content

TABLE = Path("t.csv")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_lines_may_end_in_any_way_and_empty_ones_count(end: str, delimiter: str) -> None:
    content = end.join((f"a{delimiter}b", "", f"1{delimiter}2")).encode()
    assert parsed_content(content, "csv", TABLE) == [["a", "b"], [], ["1", "2"]]


def test_a_cell_may_be_longer_than_the_standard_library_allows() -> None:
    cell = "1 2 " * 50_000
    assert parsed_content(f"a,b\n1,{cell}\n".encode(), "csv", TABLE)[1] == ["1", cell]


def test_a_line_end_within_quotes_stays() -> None:
    assert parsed_content(b'a\r\n"x\r\ny"\r\n', "csv", TABLE) == [["a"], ["x\r\ny"]]


def test_text_of_another_encoding_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"t\.csv"):
        parsed_content("é".encode("latin-1"), "csv", TABLE)
