from __future__ import annotations

import threading

from curate.review.background import Background


def test_work_stops_between_two_items() -> None:
    background, begun, go_on = Background(), threading.Event(), threading.Event()
    done = []

    def look(item: int) -> int:
        begun.set()
        go_on.wait()
        done.append(item)
        return item

    background.start(lambda: list(background.execution.map(look, range(1000), "looking")), "work")
    begun.wait()
    assert background.stop(0.0) is False  # an item is not cut short
    go_on.set()
    assert background.stop(60.0) is True
    assert done == [0]


def test_work_that_is_told_late_does_not_begin() -> None:
    background = Background()
    assert background.stop(0.0) is True
    background.start(lambda: list(background.execution.map(print, [1], "looking")), "work")
    assert background.stop(60.0) is True
