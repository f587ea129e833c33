from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curate.validate.checks.order import good_before_training_ends
from curate.validate.run import validate_dataset
from curate.validate.table import CategoryTable
from tests.validate.test_cases import CASES, build


@pytest.fixture
def table(tmp_path: Path) -> CategoryTable:
    """A category with a card, one of whose good test images is older than a training image."""
    build(CASES / "CUR750/fires", tmp_path / "data")
    (table,) = validate_dataset(tmp_path / "data").tables
    assert table.card is not None
    return table


def with_policy(table: CategoryTable, **policy: Any) -> CategoryTable:
    assert table.card is not None
    return replace(table, card=replace(table.card, split={"policy": policy}))


@pytest.mark.parametrize(
    ("policy", "severity"),
    [
        ({"policy": "chronological"}, "warning"),
        ({"policy": "k-fold"}, "info"),
        ({"policy": "grouped", "by": "specimen"}, "info"),
        ({"policy": "few-shot", "by": "specimen"}, "info"),
        ({"policy": "few-shot", "by": ""}, "warning"),
    ],
)
def test_sides_that_overlap_on_purpose_are_no_warning(
    table: CategoryTable, policy: dict[str, Any], severity: str
) -> None:
    (finding,) = good_before_training_ends(with_policy(table, **policy))
    assert finding.severity == severity


def test_series_that_were_divided_each_are_compared_inside(table: CategoryTable) -> None:
    apart = {
        path: replace(origin, series="early" if "/test/" in path else "late") for path, origin in table.origins.items()
    }
    assert list(good_before_training_ends(with_policy(replace(table, origins=apart), each="series"))) == []
    assert len(list(good_before_training_ends(with_policy(replace(table, origins=apart), each="category")))) == 1
    together = {path: replace(origin, series="one") for path, origin in table.origins.items()}
    assert len(list(good_before_training_ends(with_policy(replace(table, origins=together), each="series")))) == 1
