"""The quick look at a document: it may be unsure, but what it lets pass, the checker lets pass."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from curate.disk.schema import load_schema, schema_folder, schema_problems, surely_keeps

NAMES = sorted(path.name.removesuffix(".schema.json") for path in schema_folder().glob("*.schema.json"))

REGIONS = {"count": 2, "min_area_px": 3, "median_area_px": 4.5, "max_area_px": 6}
IMAGE = {"path": "test/dent/0.png", "sha256": "0" * 64, "order": 0, "masks": {"ground_truth/dent/0/0.png": "1" * 64}}
DATASET: dict[str, Any] = {
    "schema": "curate/dataset/1",
    "category": "tank",
    "name": "line",
    "version": "1",
    "license": "CC-BY-4.0",
    "description": "",
    "layout": "autovi",
    "fingerprint": "sha256:" + "1f" * 32,
    "supervision": "none",
    "split": {"policy": {"policy": "chronological"}},
    "statistics": {"images": {"test": {"good": 1, "dent": 0}}, "regions": {"dent": REGIONS}},
    "samples": [IMAGE],
}
SUBMISSION: dict[str, Any] = {
    "method": "knn",
    "run": 3,
    "train_maps": "held-out",
    "held_out": {"tank": ["train/good/0"]},
    "categories": {"tank": {"training_s": 1.5}},
}
WHOLE = {"dataset": DATASET, "submission": SUBMISSION}

SCALARS = st.none() | st.booleans() | st.integers(-2, 300) | st.floats(allow_nan=False) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS | st.sampled_from(["curate/dataset/1", "sha256:" + "0" * 64, "good", "none", 1.0, 0, ""]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


def places(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below a document."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [place for key, value in inner for place in [(*at, key), *places(value, (*at, key))]]


@given(st.data(), st.sampled_from(sorted(WHOLE)))
def test_what_the_quick_look_passes_keeps_the_schema(data: st.DataObject, name: str) -> None:
    document = copy.deepcopy(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(places(document)))
        part: Any = document
        for key in above:
            part = part[key]
        if data.draw(st.booleans()):
            part[last] = data.draw(VALUES)
        elif isinstance(part, dict):
            del part[last]
        if not places(document):
            break
    problems = list(Draft202012Validator(load_schema(name)).iter_errors(document))
    assert not (surely_keeps(document, name) and problems)
    assert bool(schema_problems(document, name)) == bool(problems)


@given(VALUES, st.sampled_from(NAMES))
def test_no_other_value_slips_through(value: Any, name: str) -> None:
    assert not surely_keeps(value, name) or Draft202012Validator(load_schema(name)).is_valid(value)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_whole_document_needs_no_checker(name: str) -> None:
    assert surely_keeps(WHOLE[name], name)
    code = f"import sys; from curate.disk import schema; schema.schema_problems({WHOLE[name]!r}, {name!r})"
    code += "; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "jsonschema" not in done.stdout.split()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("submission", {"method": ""}),
        ("submission", {"run": True}),
        ("submission", {"run": 1.5}),
        ("submission", {"train_maps": "all"}),
        ("submission", {"held_out": {"tank": [0]}}),
        ("dataset", {"schema": "curate/dataset/2"}),
        ("dataset", {"fingerprint": "sha256:0"}),
        ("dataset", {"statistics": {"images": {"test": {"good": -1}}, "regions": {}}}),
        ("dataset", {"statistics": {"images": {}}}),
    ],
)
def test_what_breaks_a_rule_is_left_to_the_checker(name: str, change: dict[str, Any]) -> None:
    document = WHOLE[name] | change
    assert not surely_keeps(document, name)
    assert schema_problems(document, name)
