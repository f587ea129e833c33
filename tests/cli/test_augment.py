from __future__ import annotations

import json
from pathlib import Path

from curate.augment.draws import TRANSFORMS
from curate.cli.augment import TRANSFORM_NAMES
from curate.imaging.images import write_png
from tests.conftest import Curate
from tests.crop.workspaces import texture


def dataset(root: Path) -> Path:
    for split in ("train", "test"):
        for name in "01":
            write_png(root / "part" / split / "good" / f"{name}.png", texture(40, 30, int(name)))
    return root


def test_augment_writes_a_dataset_and_says_what(tmp_path: Path, curate: Curate) -> None:
    result = curate("augment", dataset(tmp_path / "data"), tmp_path / "out", "--seed", 3, "--copies", 5)
    assert result.code == 0
    assert result.out.startswith("test: 10 copies (")
    assert result.out.endswith("0 masks; 2 images of other splits taken over\n")
    assert len((tmp_path / "out" / "augmentation.csv").read_text().splitlines()) == 11


def test_json_and_chosen_transforms(tmp_path: Path, curate: Curate) -> None:
    result = curate("augment", dataset(tmp_path / "data"), tmp_path / "out", "-t", "drift", "-t", "flip-x", "--json")
    document = json.loads(result.out)
    assert (document["copies"], document["unchanged"], document["kept"]) == (2, 0, 2)
    assert "drift=0.7000" in (tmp_path / "out" / "augmentation.csv").read_text()


def test_a_folder_that_holds_something_else_is_exit_2(tmp_path: Path, curate: Curate) -> None:
    result = curate("augment", dataset(tmp_path / "data"), tmp_path)
    assert result.code == 2
    assert "not written by curate" in result.err


def test_the_choices_are_the_transforms() -> None:
    # The list stands twice, so that --help does not import NumPy.
    assert tuple(TRANSFORMS) == TRANSFORM_NAMES


def test_the_destination_is_named_once(tmp_path: Path, curate: Curate) -> None:
    source = dataset(tmp_path / "data")
    assert curate("augment", source, "-o", tmp_path / "out").code == 0
    none, two = curate("augment", source), curate("augment", source, tmp_path / "a", "-o", tmp_path / "b")
    assert (none.code, two.code) == (2, 2)
    assert "Missing option '-o' / '--output'" in none.err
    assert "two destinations" in two.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]
