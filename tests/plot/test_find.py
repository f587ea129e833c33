from __future__ import annotations

import pytest

from curate.errors import InputError, MissingError
from curate.model.dataset import Category, Dataset, Sample
from curate.model.submission import Submission, SubmissionRun
from curate.plot.find import find_images, find_run
from curate.plot.tiles import evenly


def _sample(category: str, split: str, label: str, name: str) -> Sample:
    return Sample(split, label, name, f"{category}/{split}/{label}/{name}.png")


DATASET = Dataset(
    "data/",
    "data",
    "autovi",
    tuple(
        Category(
            name,
            name,
            (
                _sample(name, "train", "good", "0"),
                _sample(name, "test", "good", "0"),
                _sample(name, "test", "dent", "7"),
            ),
        )
        for name in ("bolt", "nut")
    ),
)


@pytest.mark.parametrize(
    "name",
    ["bolt/test/dent/7", "bolt/test/dent/7.png", "data/bolt/test/dent/7.png", "./bolt/test/dent/7.png", "bolt/dent/7"],
)
def test_an_image_has_many_names(name: str) -> None:
    ((category, sample),) = find_images(DATASET, [name])
    assert (category.name, sample.key) == ("bolt", "test/dent/7")


def test_images_come_in_the_order_asked_for() -> None:
    found = find_images(DATASET, ["nut/dent/7", "bolt/train/good/0"])
    assert [(category.name, sample.key) for category, sample in found] == [
        ("nut", "test/dent/7"),
        ("bolt", "train/good/0"),
    ]


def test_a_name_of_several_images_is_refused() -> None:
    with pytest.raises(InputError, match="dent/7 fits 2 images: bolt/test/dent/7, nut/test/dent/7"):
        find_images(DATASET, ["dent/7"])
    with pytest.raises(InputError, match="0 fits 4 images"):
        find_images(DATASET, ["0"])


def test_every_absent_image_is_told_with_what_comes_near() -> None:
    with pytest.raises(MissingError, match=r"bolt/test/dent/8 \(did you mean bolt/test/dent/7.*, nonsense"):
        find_images(DATASET, ["bolt/test/dent/8", "bolt/test/dent/7", "nonsense"])


def test_a_run_is_found_by_its_name_or_folder() -> None:
    runs = (SubmissionRun("pca", "one", {}, (), "run1"), SubmissionRun("pca", "two", {}, (), "run2"))
    submission = Submission("maps", runs)
    assert find_run(submission, "").run == "one"
    assert find_run(submission, "two").run == find_run(submission, "run2").run == "two"
    with pytest.raises(MissingError, match="no run three; it has one, two"):
        find_run(submission, "three")


def test_an_even_choice_starts_at_the_first_and_spreads() -> None:
    assert evenly(list(range(10)), 5) == [0, 2, 4, 6, 8]
    assert evenly([1, 2], 5) == [1, 2]
    assert evenly([], 5) == []
