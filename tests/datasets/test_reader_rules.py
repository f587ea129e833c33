"""The rules that every reader of tables keeps: account, unknown is not good, identity, no odd value is a bug."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.datasets.dataset import read_dataset
from curate.datasets.truth import read_truth
from curate.errors import CurateError, InputError
from curate.imaging.images import is_image_name
from curate.imaging.maps import image_size
from curate.model.dataset import Dataset, Sample
from tests.datasets.sound_trees import AREA_PX, TREES, SoundTree
from tests.datasets.trees import mask
from tests.formats.test_rules import ODD, TEXTS

EACH = pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.layout)
LISTED = pytest.mark.parametrize("tree", TREES[:4], ids=lambda tree: tree.layout)


def samples(dataset: Dataset) -> dict[str, Sample]:
    return {sample.path: sample for category in dataset.categories for sample in category.samples}


def regions_of(root: Path, dataset: Dataset) -> dict[str, list[int]]:
    """Return the areas of the regions of every image, as far as they can be read."""
    found = {}
    for category in dataset.categories:
        for sample in category.samples:
            truths = read_truth(root, category, sample, image_size(root / sample.path))
            found[sample.path] = [int(np.count_nonzero(truth.mask)) for truth in truths]
    return found


def holds(root: Path, dataset: Dataset, sound: dict[str, Sample]) -> None:
    """Check what holds of everything that was read: files add up, and no image is good that is not known to be."""
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert dataset.files.total == len(files)
    read = samples(dataset)
    left = {out.place for out in dataset.files.left_out}
    for path, before in sound.items():
        if path in read:
            assert not (read[path].is_good and not before.is_good), path
        else:
            assert path in left or "!/" in path
    if len(read) < len(sound):
        assert dataset.findings


@EACH
def test_what_is_sound_is_used_to_the_last_entry(tmp_path: Path, tree: SoundTree) -> None:
    dataset = read_dataset(tree.write(tmp_path))
    assert dataset.layout == tree.layout
    assert [finding for finding in dataset.findings if finding.severity != "info"] == []
    assert dataset.entries.left_out == ()
    assert dataset.entries.used >= len(tree.rows)
    assert dataset.files.left_out == ()
    assert sorted(area for areas in regions_of(tmp_path, dataset).values() for area in areas) == [AREA_PX]
    assert tree.packed(tree.opened(tree.packed(tree.rows))) == tree.packed(tree.rows)


def _each_value_broken(rows: list[Any]) -> Iterator[list[Any]]:
    for place, row in enumerate(rows):
        for key in list(row) if isinstance(row, dict) else range(len(row)):
            for odd in ("?", ""):
                changed = dict(row) if isinstance(row, dict) else list(row)
                changed[key] = odd
                yield [*rows[:place], changed, *rows[place + 1 :]]


@EACH
def test_a_broken_value_never_makes_an_image_good(tmp_path: Path, tree: SoundTree) -> None:
    sound = samples(read_dataset(tree.write(tmp_path)))
    for rows in _each_value_broken(tree.rows):
        tree.put(tmp_path, tree.packed(rows))
        try:
            holds(tmp_path, read_dataset(tmp_path, tree.layout), sound)
        except CurateError as error:
            assert error.message  # noqa: PT017 - any refusal will do


@LISTED
def test_a_row_that_stands_twice_is_taken_once(tmp_path: Path, tree: SoundTree) -> None:
    dataset = read_dataset(tree.write(tmp_path, [*tree.rows, tree.rows[-1]]))
    assert len(samples(dataset)) == len(tree.rows)
    assert ("CUR307", "warning") in {(finding.code, finding.severity) for finding in dataset.findings}


@pytest.mark.parametrize(
    ("layout", "change"),
    [
        ("real-iad", {"anomaly_class": "dirt"}),
        ("anomalib-table", {"label": "dirt"}),
        ("visa", {"label": "normal", "mask": ""}),
        ("huggingface", {"label": "dirt", "defects": ["dirt"]}),
    ],
)
def test_two_rows_that_disagree_about_an_image_make_it_unknown(
    tmp_path: Path, layout: str, change: dict[str, Any]
) -> None:
    tree = next(tree for tree in TREES if tree.layout == layout)
    dataset = read_dataset(tree.write(tmp_path, [*tree.rows, tree.rows[-1] | change]))
    assert len(samples(dataset)) == len(tree.rows) - 1
    assert "described differently" in next(one.message for one in dataset.findings if one.code == "CUR307")
    assert any(out.reason == "nobody says whether it is good" for out in dataset.files.left_out)


@pytest.mark.parametrize(
    ("layout", "change"),
    [
        ("real-iad", {"anomaly_class": "OK"}),
        ("anomalib-table", {"label": "ok", "label_index": "0"}),
        ("visa", {"label": "normal"}),
    ],
)
def test_a_good_row_whose_mask_marks_something_is_not_good(tmp_path: Path, layout: str, change: dict[str, Any]) -> None:
    tree = next(tree for tree in TREES if tree.layout == layout)
    dataset = read_dataset(tree.write(tmp_path, [*tree.rows[:2], tree.rows[-1] | change]))
    assert len(samples(dataset)) == 2
    assert "is called good, and" in next(one.message for one in dataset.findings if one.code == "CUR197")


def test_a_row_of_nobody_knows_which_image_takes_good_from_all(tmp_path: Path) -> None:
    tree = TREES[1]
    dataset = read_dataset(tree.write(tmp_path, [*tree.rows, "stray"]), tree.layout)
    assert {sample.label for sample in samples(dataset).values()} == {"dent"}
    assert len(dataset.entries.left_out) == 1


def test_a_mask_that_is_listed_and_not_there_is_named(tmp_path: Path) -> None:
    tree = TREES[1]
    tree.write(tmp_path)
    (tmp_path / "masks/c.png").unlink()
    (finding,) = [one for one in read_dataset(tmp_path).findings if one.severity == "error"]
    assert (finding.code, finding.path) == ("CUR191", "masks/c.png")


def test_tables_may_be_utf16_and_have_semicolons(tmp_path: Path) -> None:
    tree = TREES[1]
    tree.write(tmp_path)
    lines = (tmp_path / tree.table).read_text().replace(",", ";")
    (tmp_path / tree.table).write_bytes(lines.encode("utf-16"))
    assert len(samples(read_dataset(tmp_path))) == 3


def _mutated(tree: SoundTree, seed: int) -> bytes:
    chance = random.Random(seed)
    content = tree.packed(tree.rows)
    way = chance.choice(("value", "value", "value", "cut", "bytes"))
    if way == "cut":
        return content[: chance.randrange(len(content))]
    if way == "bytes":
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        return bytes(damaged)
    rows = [dict(row) if isinstance(row, dict) else list(row) for row in tree.rows]
    for _ in range(chance.randint(1, 3)):
        row = chance.choice(rows)
        key = chance.choice(list(row) if isinstance(row, dict) else list(range(len(row))))
        row[key] = chance.choice((*ODD, *TEXTS) if tree.layout not in {"visa", "anomalib-table", "deep-pcb"} else TEXTS)
    if chance.random() < 0.2 and tree.layout != "webdataset":  # an archive names images by their places here
        rows.insert(chance.randrange(len(rows)), chance.choice(ODD))
    try:
        return tree.packed(rows)
    except (TypeError, AttributeError):
        return content[:-1]


@EACH
def test_no_odd_value_is_a_bug(tmp_path: Path, tree: SoundTree, fuzz_examples: int) -> None:
    """Every malformed table is read in part with findings, or refused by name; fixed seeds, within five seconds."""
    sound = samples(read_dataset(tree.write(tmp_path)))

    @settings(
        max_examples=fuzz_examples,
        deadline=5000,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32 - 1))
    def attempt(seed: int) -> None:
        tree.put(tmp_path, _mutated(tree, seed))
        try:
            holds(tmp_path, read_dataset(tmp_path, tree.layout), sound)
        except InputError as error:
            assert error.path  # noqa: PT017 - any refusal names the file

    with np.errstate(all="ignore"):
        attempt()


def test_a_mask_named_in_two_rows_keeps_both(tmp_path: Path) -> None:
    """Two views of one item may share a mask in a table: the table says so, nothing is inferred."""
    tree = TREES[1]
    rows = [
        *tree.rows[:1],
        {**tree.rows[1], "label": "dent", "label_index": "1", "mask_path": "masks/c.png"},
        tree.rows[2],
    ]
    mask(tmp_path / "masks/unused.png")
    dataset = read_dataset(tree.write(tmp_path, rows), tree.layout)
    assert [len(sample.masks) for sample in samples(dataset).values()] == [1, 1, 0]
    assert is_image_name(Path("masks/unused.png"))
