from __future__ import annotations

import pytest

from curate.model.dataset import Category, Dataset, Sample
from curate.submission.matching import match


def dataset(*keys: str, prefix: str = "data") -> Dataset:
    by_category: dict[str, list[Sample]] = {}
    for key in keys:
        category, split, label, name = key.split("/")
        path = f"{prefix}/{category}/{split}/{label}/{name}.png"
        by_category.setdefault(category, []).append(Sample(split, label, name, path))
    return Dataset("root", "d", "autovi", tuple(Category(n, n, tuple(s)) for n, s in by_category.items()))


TWO = dataset("screw/test/good/000", "screw/test/bent/000", "nut/test/good/000", "nut/test/good/001")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("/home/else/data/screw/test/bent/000.png", "screw/test/bent/000"),
        ("C:\\data\\nut\\test\\good\\000.png", "nut/test/good/000"),
        ("screw/test/good/000", "screw/test/good/000"),
        ("bent/000_anomaly_map.tiff", "screw/test/bent/000"),
        ("001_heatmap.npy", "nut/test/good/001"),
        ("001.PNG", "nut/test/good/001"),
    ],
)
def test_the_longest_common_ending_wins(name: str, place: str) -> None:
    found = match([name], TWO)
    assert [f"{target.category.name}/{target.sample.key}" for target in found.by_name.values()] == [place]
    assert found.findings == ()


@pytest.mark.parametrize("name", ["good/000.png", "000"])
def test_two_that_fit_equally_well_are_no_match(name: str) -> None:
    found = match([name], TWO)
    assert found.by_name == {}
    assert [finding.code for finding in found.findings] == ["CUR602"]
    assert len(found.findings[0].related) > 1


def test_a_category_decides_between_two() -> None:
    found = match(["good/000.png"], TWO, ["nut"])
    assert [target.category.name for target in found.by_name.values()] == ["nut"]


def test_two_maps_of_one_image() -> None:
    found = match(["screw/test/bent/000.png", "bent/000_map.npy"], TWO)
    assert [(finding.code, finding.path) for finding in found.findings] == [("CUR608", "bent/000_map.npy")]


def test_a_stem_with_a_dot_is_kept_whole() -> None:
    found = match(["x/test/good/3.14"], dataset("x/test/good/3.14"))
    assert len(found.by_name) == 1
