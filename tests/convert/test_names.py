"""Names of a written dataset: distinct, none lost, whatever characters they hold, in every layout."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.datasets.dataset import read_dataset
from curate.datasets.layouts.building import LayoutPicture, categories_of
from curate.datasets.writers.names import distinct
from curate.datasets.writers.plan import Opened
from curate.datasets.writers.registry import WRITERS
from tests.conftest import Curate
from tests.datasets.trees import mask, picture

LAYOUTS = [writer.layout for writer in WRITERS]
WORDS = st.text(st.sampled_from("aAbé_. -ß한/\\\n"), min_size=1, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(["train", "val", "test"]), WORDS, WORDS), min_size=1, max_size=12))
def test_no_two_images_get_one_path_and_none_is_lost(rows: list[tuple[str, str, str]]) -> None:
    pictures = [LayoutPicture("part", split, label, name, f"{n}/x.png") for n, (split, label, name) in enumerate(rows)]
    (category,) = categories_of(pictures)
    for writer in WRITERS:
        named = distinct(category, writer.image)
        paths = [writer.image(Opened(category, sample, (0, 0), ())) for sample in named]
        assert len({normalize("NFC", path).casefold() for path in paths}) == len(rows)
        assert [sample.path for sample in named] == [sample.path for sample in category.samples]
        assert not any(part in {"", ".", ".."} or part.startswith(".") for path in paths for part in path.split("/"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_names_that_a_layout_joins_stay_apart(tmp_path: Path, curate: Curate, layout: str) -> None:
    """Labels and names are joined by underscores, and shards turn dots into them."""
    source = tmp_path / "source"
    for label, name in (("a_b", "c.1"), ("a", "b_c.1"), ("a", "B_C_1"), ("good", "x y.é"), ("good", "x y.e")):
        picture(source / f"part/test/{label}/{name}.png")
        if label != "good":
            mask(source / f"part/ground_truth/{label}/{name}_mask.png", (0, 0, 2, 2, 255))
    done = curate("convert", source, "-o", tmp_path / "out", "--to", layout, "--check", "--no-card")
    assert (done.code, done.err) == (0, done.err)
    assert done.out.splitlines() == ["part: 5 images, 3 regions", "read back and compared: 5 images"]
    assert sum(len(one.samples) for one in read_dataset(tmp_path / "out").categories) == 5
