from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.disk.tables import format_table, read_table, write_table
from curate.errors import MissingError, RecordError


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    count: int
    ratio: float = field(metadata={"decimals": 2})
    good: bool
    score: float | None = None


def test_the_file_is_plain_csv(tmp_path: Path) -> None:
    rows = [Example("a,b", 1, 0.125, good=True), Example("ü", -2, -0.001, good=False, score=0.5)]
    write_table(tmp_path / "r.csv", rows, Example)
    assert (tmp_path / "r.csv").read_bytes().decode() == (
        'name,count,ratio,good,score\n"a,b",1,0.12,true,\nü,-2,0.00,false,0.500000\n'
    )


@given(
    st.lists(
        st.builds(
            Example,
            name=st.text(st.characters(exclude_categories=["Cs"])),
            count=st.integers(),
            ratio=st.integers(-10_000, 10_000).map(lambda n: n / 100),
            good=st.booleans(),
            score=st.none() | st.integers(-1000, 1000).map(lambda n: n / 1000),
        )
    )
)
def test_rows_survive_the_round_trip(tmp_path_factory: pytest.TempPathFactory, rows: list[Example]) -> None:
    path = tmp_path_factory.mktemp("tables") / "r.csv"
    write_table(path, rows, Example)
    assert read_table(path, Example) == rows


def test_a_foreign_table_is_refused_with_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(RecordError, match=r"columns 'a,b', expected 'name,count"):
        read_table(path, Example)


def test_a_wrong_value_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    text = format_table([Example("a", 1, 0.5, good=True)], Example)
    path.write_text(text + "b,many,0.5,true,\n", encoding="utf-8")
    with pytest.raises(RecordError, match=r"line 3: .*'many'"):
        read_table(path, Example)


def test_a_missing_table_is_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no such record"):
        read_table(tmp_path / "none.csv", Example)


@pytest.mark.parametrize(
    ("broken", "message"),
    [("b,2\n", "line 3: has 2 values, expected 5"), ('"b,2,0.5,true,\n' + "x" * 200_000, "line 4: has 1 values")],
)
def test_a_torn_line_is_named(tmp_path: Path, broken: str, message: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(format_table([Example("a", 1, 0.5, good=True)], Example) + broken, encoding="utf-8")
    with pytest.raises(RecordError, match=message):
        read_table(path, Example)


def test_an_empty_line_that_an_editor_left_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    rows = [Example("a", 1, 0.5, good=True)]
    path.write_text(format_table(rows, Example) + "\n", encoding="utf-8")
    assert read_table(path, Example) == rows


@dataclass(frozen=True, slots=True)
class Keyed:
    frame: str = field(metadata={"key": True, "path": True, "series": True})
    count: int


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("main/a,1\nmain/b,2\nmain/a,3\n", "line 4: main/a stands there already, in line 2"),
        ("main/a,1\nmain/../../b,2\n", "line 3: 'main/../../b' is no path below a folder"),
        ("main/a,1\n/etc/b,2\n", "line 3: '/etc/b' is no path below a folder"),
        ("main/./a,1\n", "line 2: 'main/./a' is no path below a folder"),
        ("main//a,1\n", "line 2: 'main//a' is no path below a folder"),
        ("main/a,1\nlate/b,2\n", "line 3: 'late/b' is not of the series main"),
        ("mainly/a,1\n", "line 2: 'mainly/a' is not of the series main"),
        ('"main/a,1",1\n"main/a,1",2\n', "line 3: main/a,1 stands there already, in line 2"),
    ],
)
def test_rows_that_a_record_cannot_hold(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "main.csv"
    path.write_text(f"frame,count\n{rows}", encoding="utf-8")
    with pytest.raises(RecordError) as caught:
        read_table(path, Keyed)
    assert message in str(caught.value)


def test_dots_that_lead_nowhere_else_are_names(tmp_path: Path) -> None:
    path = tmp_path / "main.csv"
    path.write_text("frame,count\nmain/..a,1\nmain/a..,2\nmain/.../b,3\n", encoding="utf-8")
    assert [row.frame for row in read_table(path, Keyed)] == ["main/..a", "main/a..", "main/.../b"]
    path.write_text("frame,count\n", encoding="utf-8")
    assert read_table(path, Keyed) == []


def test_a_folder_or_an_empty_file_in_a_record_s_place(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="is a folder, expected a record file"):
        read_table(tmp_path, Keyed)
    (tmp_path / "main.csv").touch()
    with pytest.raises(RecordError, match="is empty, expected at least the names of its columns"):
        read_table(tmp_path / "main.csv", Keyed)


@dataclass(frozen=True, slots=True)
class Newer:
    """What ``Example`` became: two columns more, one of them in the middle."""

    name: str
    count: int
    ratio: float = field(metadata={"decimals": 2})
    good: bool
    weight: int = 7
    score: float | None = None
    remark: str = ""


OLD = 'name,count,ratio,good,score\na,1,0.50,true,\n"b,c",2,0.25,false,0.5\n'


@pytest.mark.parametrize("text", [OLD, OLD.replace('"b,c"', "b")], ids=["quoted", "plain"])
def test_a_record_of_an_older_curate_lacks_columns_that_have_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text, encoding="utf-8")
    first, second = read_table(path, Newer)
    assert first == Newer("a", 1, 0.5, good=True, weight=7, score=None, remark="")
    assert (second.weight, second.score, second.remark) == (7, 0.5, "")
    write_table(path, [first, second], Newer)
    assert read_table(path, Newer) == [first, second]


@pytest.mark.parametrize(
    "header",
    [
        "name,count,ratio,score",  # good has no default
        "name,count,ratio,good,colour",  # nobody knows colour
        "name,count,ratio,good,remark,score",  # not in their order
        "name,name,count,ratio,good",  # twice
        "name,count,ratio,good,score,weight,remark,extra",
    ],
)
def test_other_columns_are_still_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(RecordError, match=f"has the columns '{header}', expected 'name,count,ratio,good,weight"):
        read_table(path, Newer)
