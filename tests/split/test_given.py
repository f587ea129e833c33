from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import InputError, MissingError
from curate.split.given import given
from curate.split.labelled_frames import LabelledFrame
from curate.workspace.foreign_split import read_foreign_split
from tests.workspaces import capture

CAPTURES = [
    capture("main/a.jpg", source="good/a.jpg"),
    capture("main/b.jpg", source="good/b.jpg"),
    capture("late/b.jpg", source="bad/b.jpg"),
    capture("main/c.jpg", source="c.jpg"),
]
FRAMES = [LabelledFrame(entry.frame, "good") for entry in CAPTURES]


def test_names_are_matched_by_their_longest_tail() -> None:
    names = [("candle/good/a.JPG", "train"), ("x/y/good/b.jpg", "train"), ("late/b.jpg", "test"), ("c", "test")]
    rows, unmatched, conflicting = given(FRAMES, CAPTURES, names)
    assert [row.side for row in rows] == ["train", "train", "test", "test"]
    assert (unmatched, conflicting) == ([], [])


def test_a_name_that_could_be_several_frames_or_none_is_reported() -> None:
    rows, unmatched, _ = given(FRAMES, CAPTURES, [("b.jpg", "train"), ("z.jpg", "test")])
    assert unmatched == ["b.jpg", "z.jpg"]
    assert {row.reason for row in rows} == {"not in the given split"}


@pytest.mark.parametrize("name", ["good/a.jpg", "main/a.jpg"])
def test_a_frame_on_two_sides_is_on_none(name: str) -> None:
    rows, _, conflicting = given(FRAMES, CAPTURES, [("main/a.jpg", "train"), (name, "test")])
    assert conflicting == ["main/a.jpg"]
    assert rows[0].side == ""


def test_a_csv_with_the_columns_of_visa(tmp_path: Path) -> None:
    path = tmp_path / "split.csv"
    path.write_text(
        "object,split,label,image,mask\ncandle,train,normal,candle/0.JPG,\ncandle,test,normal,candle/1.JPG,\n"
    )
    assert read_foreign_split(path) == [("candle/0.JPG", "train"), ("candle/1.JPG", "test")]


def test_a_table_with_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "split.csv"
    path.write_text("image;split\na,1.jpg;train\nb.jpg;test\n")
    assert read_foreign_split(path) == [("a,1.jpg", "train"), ("b.jpg", "test")]


def test_the_real_visa_table_reads(shared: Path) -> None:
    pairs = read_foreign_split(shared / "data/visa_split_csv/split_head.csv")
    assert len(pairs) == 200
    assert {side for _, side in pairs} <= {"train", "test"}


def test_lists_and_folders(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/train.txt").write_text("a.jpg\nb.jpg\n")
    (tmp_path / "lists/test.txt").write_text("c.jpg\n")
    assert read_foreign_split(tmp_path / "lists") == [("c.jpg", "test"), ("a.jpg", "train"), ("b.jpg", "train")]
    (tmp_path / "tree/train/good").mkdir(parents=True)
    (tmp_path / "tree/train/good/a.jpg").write_bytes(b"")
    assert read_foreign_split(tmp_path / "tree") == [("train/good/a.jpg", "train")]


def test_unusable_files_say_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="has the columns a, b, expected one of"):
        read_foreign_split(tmp_path / "x.csv")
    with pytest.raises(MissingError):
        read_foreign_split(tmp_path / "nothing.csv")
