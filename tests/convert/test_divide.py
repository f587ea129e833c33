from __future__ import annotations

import json
from pathlib import Path

from curate.convert.divide import with_training
from curate.model.dataset import Category, Dataset, Sample
from tests.conftest import Curate
from tests.datasets.trees import mask, picture


def dataset(*samples: Sample) -> Dataset:
    return Dataset("root", "d", "folders", (Category("c", "", samples),))


def good(name: str, specimen: str = "", shot_at: str = "", label: str = "good") -> Sample:
    return Sample("test", label, name, f"{label}/{name}.png", specimen=specimen, shot_at=shot_at)


def training(found: Dataset) -> list[str]:
    return [sample.name for sample in found.categories[0].of_split("train")]


def test_the_first_by_name_in_natural_order() -> None:
    source = dataset(good("10"), good("9"), good("1"), good("2"), good("7", label="dent"))
    assert sorted(training(with_training(source, 0.5))) == ["1", "2"]


def test_the_first_by_time_where_all_have_one() -> None:
    source = dataset(good("a", shot_at="2024-03"), good("b", shot_at="2024-01"), good("c", shot_at="2024-02"))
    assert sorted(training(with_training(source, 0.67))) == ["b", "c"]


def test_items_stay_whole_and_a_defective_one_never_trains() -> None:
    source = dataset(
        good("1", "s1"),
        good("2", "s1"),
        good("3", "s2"),
        good("4", "s2", label="dent"),
        good("5", "s3"),
        good("6", "s3"),
    )
    # Of five good images 0.9 would be four: s1 and s3; s2 has a dent.
    assert sorted(training(with_training(source, 0.9))) == ["1", "2", "5", "6"]
    assert sorted(training(with_training(source, 0.7))) == ["1", "2"]


def test_an_official_split_is_left_alone() -> None:
    source = dataset(Sample("train", "good", "0", "train/good/0.png"), good("1"), good("2"))
    assert with_training(source, 0.5).categories == source.categories


def test_convert_writes_the_training_set_and_says_how_it_was_made(tmp_path: Path, curate: Curate) -> None:
    for name in "abcd":
        picture(tmp_path / f"data/good/{name}.png")
    picture(tmp_path / "data/dent/e.png")
    mask(tmp_path / "data/masks/dent/e.png", (0, 0, 2, 2, 255))
    result = curate("convert", tmp_path / "data", tmp_path / "out", "--to", "mvtec-ad", "--train", "0.5", "--check")
    assert result.code == 0
    assert "CUR193" not in result.err
    base = tmp_path / "out/data"
    assert sorted(path.name for path in (base / "train/good").iterdir()) == ["a.png", "b.png"]
    assert json.loads((base / "dataset.json").read_text())["split"] == {"policy": "first good images", "train": 0.5}
