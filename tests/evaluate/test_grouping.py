"""Counting sorts against NumPy's stable sort, also where SciPy's routine is not what it was."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from curate.evaluate.floats import grouping


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Choose the routine anew before and after each test."""
    grouping._gather.cache_clear()
    yield
    grouping._gather.cache_clear()


def assert_sorts() -> None:
    rng = np.random.default_rng(0)
    for size, count in ((0, 1), (1, 1), (1000, 7), (1000, 4000)):
        groups = rng.integers(0, count, size).astype(np.int32)
        lower = rng.integers(0, 1 << 16, 2 * size).astype(np.uint16)[::2]
        begins, out = np.full(count + 1, -1, np.int32), np.zeros(size, np.uint16)
        grouping.bring_together(groups, lower, begins, out, np.zeros(size, np.int32))
        assert (out == lower[np.argsort(groups, kind="stable")]).all()
        assert (begins == np.searchsorted(np.sort(groups), np.arange(count + 1))).all()


def test_scores_come_together_in_their_order() -> None:
    assert_sorts()
    assert grouping._gather() is not grouping._publicly


def moved() -> Any:
    raise ImportError("moved")


def other_arguments(*_: Any) -> None:
    raise TypeError("takes other arguments")


def does_nothing(*_: Any) -> None:
    """Stand for a routine of the same name that does something else."""


@pytest.mark.parametrize(
    "compiled",
    [
        moved,
        SimpleNamespace,
        lambda: SimpleNamespace(csr_tocsc=other_arguments),
        lambda: SimpleNamespace(csr_tocsc=does_nothing),
    ],
)
def test_a_routine_that_changed_is_not_trusted(compiled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "_compiled", compiled)
    assert grouping._gather() is grouping._publicly
    assert_sorts()


def test_without_the_compiled_module_the_public_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "EXTENSION_SUFFIXES", [".absent"])
    assert grouping._gather() is grouping._publicly
