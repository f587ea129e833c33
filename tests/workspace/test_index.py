"""The index says what the records say, also after each of them has changed, and reads only what changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import curate.workspace.index as index_module
from curate.disk.hashing import sha256_file
from curate.disk.tables import write_table
from curate.model.capture import Capture
from curate.workspace.index import RecordIndex, count_rows, record_hashes, rows_where
from curate.workspace.workspace import Workspace
from tests.workspaces import capture


@pytest.fixture
def line(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    for day in ("d1", "d2"):
        rows = [capture(f"{day}/{number}.jpg", label="good" if number else "") for number in range(3)]
        write_table(workspace.captures_record("part", day), rows, Capture)
        (workspace.captures("part") / day).mkdir(parents=True)
        for row in rows:
            (workspace.captures("part") / row.frame).write_bytes(b"frame")
    return workspace


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the records that were opened, for a hash or for their rows."""
    opened: list[str] = []

    def noting(function: Callable[..., object]) -> Callable[..., object]:
        def call(path: Path, *arguments: object) -> object:
            opened.append(path.stem)
            return function(path, *arguments)

        return call

    for name in ("sha256_file", "read_columns"):
        monkeypatch.setattr(index_module, name, noting(getattr(index_module, name)))
    return opened


def records(line: Workspace) -> list[Path]:
    return [line.captures_record("part", series) for series in line.series_of("part")]


def missing(line: Workspace) -> list[tuple[int, int, str]]:
    index = RecordIndex(line, settled_ns=0)
    found = [index.missing(record, "frame", line.captures("part")) for record in records(line)]
    index.save()
    return found


def labels(line: Workspace) -> list[dict[str, int]]:
    index = RecordIndex(line, settled_ns=0)
    found = [index.summary(record, "labels", ["label"], count_rows) for record in records(line)]
    index.save()
    return found


def test_a_second_question_opens_nothing_and_a_day_that_changed_alone_is_read(line: Workspace, read: list[str]) -> None:
    assert labels(line) == [{"": 1, "good": 2}] * 2
    assert missing(line) == [(3, 0, "")] * 2
    read.clear()
    assert labels(line) == [{"": 1, "good": 2}] * 2
    assert missing(line) == [(3, 0, "")] * 2
    assert read == []
    write_table(records(line)[1], [capture("d2/0.jpg", label="dent"), capture("d2/9.jpg", label="dent")], Capture)
    assert labels(line) == [{"": 1, "good": 2}, {"dent": 2}]
    assert missing(line) == [(3, 0, ""), (2, 1, "d2/9.jpg")]
    assert set(read) == {"d2"}


def test_files_that_go_and_come_back_are_noticed(line: Workspace) -> None:
    assert missing(line) == [(3, 0, "")] * 2
    gone = line.captures("part") / "d1/1.jpg"
    gone.rename(line.root / "elsewhere.jpg")
    assert missing(line) == [(3, 1, "d1/1.jpg"), (3, 0, "")]
    (line.captures("part") / "d2").rename(line.root / "away")
    assert missing(line) == [(3, 1, "d1/1.jpg"), (3, 3, "d2/0.jpg")]
    (line.root / "away").rename(line.captures("part") / "d2")
    (line.root / "elsewhere.jpg").rename(gone)
    assert missing(line) == [(3, 0, "")] * 2


def test_hashes_are_those_of_the_files_also_after_an_edit_in_place_that_sets_the_time_back(line: Workspace) -> None:
    path = records(line)[0]
    before = RecordIndex(line, settled_ns=0)
    assert before.sha256(path) == sha256_file(path)
    before.save()
    about = path.stat()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"good", b"bads"))
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert RecordIndex(line, settled_ns=0).sha256(path) == sha256_file(path)


def test_what_changed_just_now_is_not_remembered(line: Workspace, read: list[str]) -> None:
    for _ in range(2):
        index = RecordIndex(line, settled_ns=1 << 62)
        assert [index.sha256(path) for path in records(line)] == [sha256_file(path) for path in records(line)]
        index.save()
    assert read == ["d1", "d2"] * 2
    assert record_hashes(line, [*records(line), line.root / "none.csv"]) == {
        line.relative(path): sha256_file(path) for path in records(line)
    }


def test_a_damaged_index_is_an_empty_one(line: Workspace) -> None:
    labels(line)
    missing(line)
    for path in (line.scratch / "index").iterdir():
        path.write_bytes(b'{"version": 1}')
    assert labels(line) == [{"": 1, "good": 2}] * 2
    assert missing(line) == [(3, 0, "")] * 2


def test_rows_are_kept_by_a_column(line: Workspace) -> None:
    index = RecordIndex(line)
    kept = index.summary(records(line)[0], "x", ["frame", "label"], rows_where(1, lambda label: not label))
    assert kept == {"rows": [["d1/0.jpg", ""]]}
