from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.disk.journal import Journal


@given(st.integers(min_value=0, max_value=60))
def test_a_torn_end_loses_at_most_the_last_entry(tmp_path_factory: pytest.TempPathFactory, kept_bytes: int) -> None:
    path = tmp_path_factory.mktemp("journal") / "j.jsonl"
    with Journal(path) as journal:
        for number in range(5):
            journal.append({"number": number})
    whole = path.read_bytes()
    path.write_bytes(whole[:kept_bytes])
    complete = whole[:kept_bytes].count(b"\n")
    assert Journal(path).read() == [{"number": number} for number in range(complete)]
    with Journal(path) as journal:
        journal.append({"number": "next"})
    assert [entry["number"] for entry in Journal(path).read()] == [*range(complete), "next"]


def test_no_journal_is_empty(tmp_path: Path) -> None:
    assert Journal(tmp_path / "none.jsonl").read() == []
    Journal(tmp_path / "none.jsonl").discard()
