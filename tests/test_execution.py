from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import MissingError, ReadError
from curate.execution import Execution


@given(st.lists(st.integers(), max_size=50), st.integers(1, 5))
def test_results_come_in_the_order_of_the_items(items: list[int], jobs: int) -> None:
    assert list(Execution(jobs=jobs).map(lambda n: -n, items, "negate")) == [-n for n in items]


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_first_error_stops_the_rest(jobs: int) -> None:
    seen = []

    def fail_at_three(number: int) -> int:
        seen.append(number)
        if number == 3:
            raise ValueError("three")
        return number

    results = Execution(jobs=jobs).map(fail_at_three, list(range(1000)), "count")
    with pytest.raises(ValueError, match="three"):
        list(results)
    assert len(seen) < 100


def test_few_items_are_in_flight() -> None:
    started = 0
    lock = threading.Lock()

    def count(number: int) -> int:
        nonlocal started
        with lock:
            started += 1
        return number

    results = Execution(jobs=2).map(count, list(range(1000)), "count")
    next(results)
    assert started <= 16
    results.close()  # type: ignore[attr-defined]


class Recorder:
    def __init__(self) -> None:
        self.events: list[object] = []

    def start(self, title: str, total: int) -> None:
        self.events.append((title, total))

    def advance(self) -> None:
        self.events.append("item")

    def finish(self) -> None:
        self.events.append("end")


def test_progress_is_told_and_ended_also_after_an_error() -> None:
    recorder = Recorder()
    results = Execution(jobs=1, progress=recorder).map(lambda n: 1 // n, [1, 0], "divide")
    with pytest.raises(ZeroDivisionError):
        list(results)
    assert recorder.events == [("divide", 2), "item", "end"]


def test_a_file_that_cannot_be_read_stops_no_other_item_and_all_are_named() -> None:
    done: list[int] = []

    def look(number: int) -> int:
        if number in {1, 3}:
            raise ReadError("cannot be read: Stale file handle", path=f"f{number}", hint="mount it")
        done.append(number)
        return number

    for jobs in (1, 3):
        got: list[int] = []
        done.clear()
        with pytest.raises(ReadError) as caught:
            got.extend(Execution(jobs=jobs).map(look, range(5), "looking"))
        assert (got, sorted(done)) == ([0], [0, 2, 4])
        assert str(caught.value) == (
            "2 files could not be read, so nothing is known about them:\n"
            "  f1: cannot be read: Stale file handle\n"
            "  f3: cannot be read: Stale file handle\n"
            "  next: mount it"
        )


def test_what_all_items_need_and_is_missing_stops_at_once() -> None:
    def push(_: int) -> int:
        raise MissingError("no server answered")

    with pytest.raises(MissingError, match="no server answered"):
        list(Execution(jobs=1).map(push, range(5), "pushing"))
