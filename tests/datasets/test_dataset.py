from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.datasets.card import fingerprint_of, format_card, read_card
from curate.datasets.dataset import read_dataset
from curate.datasets.defects_config import _keeps_schema, format_defects_config, read_defects_config
from curate.datasets.layout import list_tree
from curate.datasets.recognition import category_trees
from curate.disk.schema import schema_problems
from curate.errors import ConfigError, InputError, MissingError
from curate.imaging.images import write_png
from curate.model.card import Card, SampleOrigin
from curate.model.defect import DefectEntry, Saturation

ENTRY = {"defect_name": "a", "pixel_value": 255, "saturation_threshold": 0.5, "relative_saturation": True}


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, np.zeros((4, 4), np.uint8))


def make(root: Path, *names: str) -> Path:
    for name in names:
        picture(root / name)
    return root


def test_samples_are_paired_with_their_masks_in_natural_order(tmp_path: Path) -> None:
    names = ["train/good/2.png", "train/good/10.png", "test/good/0.png", "test/a/0.png"]
    masks = ["ground_truth/a/0/10.png", "ground_truth/a/0/9.png"]
    root = make(tmp_path / "part", *names, *masks)
    (category,) = read_dataset(root).categories
    assert [sample.key for sample in category.samples] == ["train/good/2", "train/good/10", "test/a/0", "test/good/0"]
    assert category.samples[2].masks == ("ground_truth/a/0/9.png", "ground_truth/a/0/10.png")
    assert (category.name, category.prefix) == ("part", "")


def test_the_root_may_hold_categories_also_nested_ones(tmp_path: Path) -> None:
    make(tmp_path, "a/test/good/0.png", "b/b/test/good/0.png", ".hidden/test/good/0.png")
    assert [(entry.name, entry.prefix) for entry in read_dataset(tmp_path).categories] == [("a", "a"), ("b", "b/b")]


def test_masks_beside_each_other_are_mvtec_ad(tmp_path: Path) -> None:
    make(tmp_path, "test/good/0.png", "test/a/007.png", "ground_truth/a/007_mask.png")
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "mvtec-ad"
    masks = {sample.key: sample.masks for sample in dataset.categories[0].samples}
    assert masks["test/a/007"] == ("ground_truth/a/007_mask.png",)


def test_what_no_rule_explains_is_sorted_out(tmp_path: Path) -> None:
    make(tmp_path, "test/good/0.png", "test/good/good/0.png", "ground_truth/a/3/0.png", "readme.png")
    (tmp_path / "test/good/Thumbs.db").write_text("x")
    (tmp_path / "ground_truth/b").mkdir()
    (tree,) = category_trees(tmp_path, list_tree(tmp_path))
    assert tree.nested == ("test/good/good",)
    assert tree.unpaired == ("ground_truth/a/3/0.png",)
    assert tree.strays == ("test/good/Thumbs.db",)
    assert tree.beside == ("readme.png",)
    assert tree.empty == ("ground_truth/b",)


def test_unusable_roots_say_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no such folder"):
        read_dataset(tmp_path / "nowhere")
    with pytest.raises(InputError, match="expected <category>/test/<good or defect>"):
        read_dataset(tmp_path)
    make(tmp_path, "a/test/good/0.png")
    with pytest.raises(MissingError, match="has no category b; it has a"):
        read_dataset(tmp_path, categories=["b"])


def test_thresholds_are_read_with_either_number_type_and_written_with_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "defects_config.json"
    path.write_text(json.dumps([{**ENTRY, "saturation_threshold": 1}]))
    assert read_defects_config(path) == (DefectEntry("a", 255, Saturation(1.0)),)
    entries = (DefectEntry("a", 255, Saturation(1.0)), DefectEntry("b", 254, Saturation(800, relative=False)))
    text = format_defects_config(entries)
    assert '"saturation_threshold": 1.0,' in text
    assert '"saturation_threshold": 800,' in text


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([{**ENTRY, "saturation_threshold": 1.5}], "1.5 is greater than the maximum of 1"),
        ([{**ENTRY, "pixel_value": 0}], "0 is less than the minimum of 1"),
        ([ENTRY, {**ENTRY, "defect_name": "b"}], "255 is already the value of entry 0"),
        ([{"defect_name": "a"}], "'pixel_value' is a required property"),
        ({}, "is not of type 'array'"),
    ],
)
def test_a_broken_configuration_names_the_problem(tmp_path: Path, entries: object, problem: str) -> None:
    path = tmp_path / "defects_config.json"
    path.write_text(json.dumps(entries))
    with pytest.raises(ConfigError, match=problem):
        read_defects_config(path)


CARD = Card(
    category="part",
    name="set",
    version="1",
    license="CC0-1.0",
    description="",
    layout="autovi",
    fingerprint=fingerprint_of({"a": "1"}),
    supervision="none",
    split={"policy": "chronological"},
    statistics={"images": {"train": {"good": 1}}, "regions": {}},
    samples=(
        SampleOrigin("train/good/0000.png", "0" * 64, frame="main/a.jpg", order=0),
        SampleOrigin("test/a/0000.png", "1" * 64, masks={"ground_truth/a/0000/0000.png": "2" * 64}),
    ),
)


def test_a_card_reads_back_and_has_one_sample_a_line(tmp_path: Path) -> None:
    path = tmp_path / "dataset.json"
    path.write_text(format_card(CARD), encoding="utf-8")
    assert read_card(path) == CARD
    assert sum('"path": ' in line for line in path.read_text().splitlines()) == 2
    assert read_card(tmp_path / "none.json") is None


def test_a_broken_card_is_refused_with_every_problem(tmp_path: Path) -> None:
    path = tmp_path / "dataset.json"
    path.write_text('{"schema": "curate/dataset/1", "category": ""}')
    with pytest.raises(InputError, match=r"(?s)problem\(s\).*'fingerprint' is a required property"):
        read_card(path)
    path.write_text("{")
    with pytest.raises(InputError, match="is not valid JSON"):
        read_card(path)


def test_a_fingerprint_depends_on_names_and_bytes_only() -> None:
    assert fingerprint_of({"a": "1", "b": "2"}) == fingerprint_of({"b": "2", "a": "1"})
    assert fingerprint_of({"a": "1", "b": "2"}) != fingerprint_of({"a": "2", "b": "1"})


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 300),
    st.sampled_from([0.0, 0.5, 1.0, 1.5, 3.0, -0.5, 200.0]),
    st.sampled_from(["", "hole"]),
)


@given(
    st.lists(
        st.one_of(
            st.fixed_dictionaries(
                {"defect_name": st.sampled_from(["hole", ""]), "pixel_value": _SCALARS},
                optional={"saturation_threshold": _SCALARS, "relative_saturation": st.booleans(), "more": _SCALARS},
            ),
            _SCALARS,
        ),
        max_size=3,
    )
)
def test_what_is_taken_for_sound_without_looking_at_the_schema_keeps_it(document: list[Any]) -> None:
    if _keeps_schema(document):
        assert schema_problems(document, "defects-config") == []


def test_a_usual_configuration_is_taken_for_sound() -> None:
    entry = {"defect_name": "hole", "pixel_value": 255, "saturation_threshold": 1, "relative_saturation": True}
    absolute = {**entry, "saturation_threshold": 30, "relative_saturation": False}
    assert _keeps_schema([entry, absolute])
    assert not _keeps_schema([{**entry, "saturation_threshold": True}])
    assert not _keeps_schema({"a": entry})
