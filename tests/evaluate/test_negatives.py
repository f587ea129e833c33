"""Counts of negative pixels: their types grow, several threads count at once, and what was seen is known."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.evaluate.floats import edges, negatives
from curate.evaluate.floats.edges import EdgeIndex
from curate.evaluate.floats.lookup import ordered_bits
from curate.evaluate.floats.negatives import Counting, NegativeCounts
from curate.evaluate.floats.seen import SeenScores


def types(counts: NegativeCounts) -> list[str]:
    return [array.dtype.name for array in (counts.reached[()], counts.tied[()])]


def test_counts_take_the_smallest_type_that_holds_them() -> None:
    counts = NegativeCounts()
    counts.announce((), 2, 5)
    assert types(counts) == ["uint16", "uint8"]
    counts.add_tied((), slice(0, 1), np.array([200.0], np.float32))
    counts.add_tied((), np.array([0, 1]), np.array([100, 1]))
    counts.add_reached((), slice(None), np.array([1, 2, 65_535]))
    assert counts.tied[()].tolist() == [300, 1]
    assert types(counts) == ["uint16", "uint16"]
    other = NegativeCounts()
    other.announce((), 2, 9)
    other.add_reached((), slice(None), np.array([1 << 33, 0, 1]))
    counts.merge(other)
    assert counts.reached[()].tolist() == [(1 << 33) + 1, 2, 65_536]
    assert counts.totals[()] == 14
    again = pickle.loads(pickle.dumps(counts))  # noqa: S301
    assert again.reached[()].tolist() == counts.reached[()].tolist()


@pytest.mark.parametrize("grouped", [True, False])
def test_threads_count_together(monkeypatch: pytest.MonkeyPatch, grouped: bool) -> None:  # noqa: FBT001
    monkeypatch.setattr(edges, "_CONSECUTIVE", 4096 if grouped else 1)
    monkeypatch.setattr(edges, "_SCATTERED", 0)
    monkeypatch.setattr(edges, "_FEW", 20)
    monkeypatch.setattr(negatives, "_WAITING", 1000)
    monkeypatch.setattr(negatives, "_AT_ONCE", 600)
    monkeypatch.setattr(negatives, "_FLAT_BYTES", 9000)
    rng = np.random.default_rng(0)
    maps = [np.round(rng.uniform(1, 9, 700), 3).astype(np.float32) for _ in range(120)]
    scores = np.sort(np.concatenate(maps))
    among = np.unique(scores[::9])
    counting = Counting(EdgeIndex.of(among, scores[::50]))

    def add(part: np.ndarray) -> None:
        waiting = counting.take()
        waiting.add((), part)
        counting.give_back(waiting)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, maps))
    for waiting in counting.waiting:
        waiting.count()
    up_to = np.cumsum(counting.negatives.reached[()].astype(np.int64))
    assert (up_to[:-1] == np.searchsorted(scores, among, side="right")).all()
    assert (up_to[:-1] - counting.negatives.tied[()] == np.searchsorted(scores, among)).all()
    assert counting.negatives.totals[()] == up_to[-1] == scores.size
    seen = counting.negatives.seen
    assert seen.everything == grouped
    for place in range(1, among.size):
        wanted = float(scores[np.searchsorted(scores, among[place]) - 1])
        assert seen.largest_below(float(among[place])) == (wanted if grouped else None)


FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(FLOATS, min_size=1, max_size=30), FLOATS, st.lists(st.booleans(), min_size=30, max_size=30))
def test_the_largest_score_below(scores: list[float], cut: float, first: list[bool]) -> None:
    parts = SeenScores(known={(-(1 << 15), (1 << 15) - 1)}), SeenScores()
    for score, where in zip(scores, first, strict=False):
        bits = int(ordered_bits(np.array([score], np.float32))[0])
        flags = np.zeros(1 << 16, np.bool_)
        flags[bits & 0xFFFF] = True
        parts[where].add(bits >> 16, flags)
    parts[0].merge(parts[1])
    below = [score for score in scores if score < cut]
    assert parts[0].largest_below(cut) == (max(below) + 0.0 if below else None)


def test_a_score_below_what_was_noted_cannot_be_told() -> None:
    noted = SeenScores(known={(16256, 16256)})
    assert noted.largest_below(1.001) is None  # nothing was seen in the group, and what lies below was not noted
    noted.everything = False
    assert noted.largest_below(1.001) is None
