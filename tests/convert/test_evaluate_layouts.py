"""The same maps on the same images give the same figures, whatever the dataset's layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Curate
from tests.convert.sources import rich_dataset


def random_maps(root: Path) -> Path:
    """Write a submission for :func:`rich_dataset`."""
    generator = np.random.default_rng(8)
    for key in ("test/good/0000", "test/multiple/0000", "test/scratch/0000"):
        path = root / f"part/{key}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, generator.random((12, 16)).astype(np.float32))
    return root


@pytest.mark.parametrize("to", ["coco", "huggingface", "webdataset"])
def test_layouts_that_hold_everything_give_the_same_figures(tmp_path: Path, curate: Curate, to: str) -> None:
    source = rich_dataset(tmp_path / "data")
    random_maps(tmp_path / "maps")
    assert curate("convert", source, tmp_path / "out", "--to", to, "--no-card", "-q").code == 0
    figures = []
    for root, layout in ((source, "autovi"), (tmp_path / "out", to)):
        result = curate("evaluate", tmp_path / "maps", "--dataset", root, "--layout", layout, "--no-validate", "--json")
        assert result.code == 0
        document = json.loads(result.out)
        assert document["dataset"]["layout"] == layout
        figures.append(document["categories"])
    assert figures[0] == figures[1]
    assert figures[0]["part"]["counts"]["regions"] == 4


def test_insisting_on_a_layout_that_does_not_fit(tmp_path: Path, curate: Curate) -> None:
    source = rich_dataset(tmp_path / "data")
    (tmp_path / "maps/part").mkdir(parents=True)
    result = curate("evaluate", tmp_path / "maps", "--dataset", source, "--layout", "coco")
    assert result.code == 2


@pytest.fixture
def flat(tmp_path: Path, curate: Curate) -> Path:
    """A dataset that is recognised as MVTec AD and can be read as plain folders, too."""
    rich_dataset(tmp_path / "data")
    assert curate("convert", tmp_path / "data", tmp_path / "flat", "--to", "mvtec-ad", "--no-card", "-q").code == 0
    return tmp_path / "flat"


COMMANDS = [
    ("validate", "DATA"),
    ("card", "DATA"),
    ("convert", "DATA", "OUT", "--to", "coco"),
    ("submission", "check", "MAPS", "--dataset", "DATA"),
    ("submission", "pack", "MAPS", "OUT", "--dataset", "DATA"),
    ("submission", "from-folder", "MAPS", "OUT", "--dataset", "DATA"),
    ("evaluate", "MAPS", "--dataset", "DATA"),
    ("evaluate", "MAPS", "--dataset", "DATA", "--no-validate"),
    ("evaluate", "MAPS", "--dataset", "DATA", "--verify", "RESULT"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_takes_a_layout_alike(
    tmp_path: Path, curate: Curate, flat: Path, command: tuple[str, ...]
) -> None:
    random_maps(tmp_path / "maps")
    places = {
        "DATA": flat / "part",
        "MAPS": tmp_path / "maps",
        "OUT": tmp_path / "made",
        "RESULT": tmp_path / "result.json",
    }
    insisted = ("--dataset", flat / "part", "--layout", "folders", "-o", places["RESULT"])
    assert curate("evaluate", tmp_path / "maps", *insisted).code == 0
    words = [places.get(word, word) for word in command]
    # Specimen s1 lies in training and validation: that is for validation to say, whatever the layout.
    assert curate(*words, "--layout", "folders").code == (command[0] in {"validate", "card"})
    unknown = curate(*words, "--layout", "nonsense")
    assert (unknown.code, unknown.out) == (2, "")
    assert "unknown layout 'nonsense', expected one of autovi, " in unknown.err
    misfit = curate(*words, "--layout", "coco")
    assert (misfit.code, misfit.out) == (2, "")
    assert "error: " in misfit.err


def test_a_result_is_verified_in_the_layout_that_it_was_made_with(tmp_path: Path, curate: Curate, flat: Path) -> None:
    maps, data, recorded = random_maps(tmp_path / "maps"), flat / "part", tmp_path / "result.json"
    assert curate("evaluate", maps, "--dataset", data, "--layout", "folders", "-o", recorded).code == 0
    document = json.loads(recorded.read_text())
    assert (document["dataset"]["layout"], document["settings"]["layout"]) == ("folders", "folders")
    again = curate("evaluate", maps, "--dataset", data, "--verify", recorded)
    assert (again.code, again.out) == (0, f"{recorded}: the same numbers come out\n")
    other = curate("evaluate", maps, "--dataset", data, "--verify", recorded, "--layout", "mvtec-ad")
    assert other.code == 1
    assert "dataset.layout: recorded folders, computed mvtec-ad" in other.out


def test_a_result_of_another_layout_does_not_come_out_again(tmp_path: Path, curate: Curate, flat: Path) -> None:
    maps, recorded = random_maps(tmp_path / "maps"), tmp_path / "result.json"
    assert curate("evaluate", maps, "--dataset", flat, "-o", recorded).code == 0
    assert "layout" not in json.loads(recorded.read_text())["settings"]
    assert curate("evaluate", maps, "--dataset", flat, "--verify", recorded, "--layout", "mvtec-ad").code == 0
    assert curate("convert", flat, tmp_path / "coco", "--to", "coco", "--no-card", "-q").code == 0
    result = curate("evaluate", maps, "--dataset", tmp_path / "coco", "--verify", recorded)
    assert result.code == 1
    assert "dataset.layout: recorded mvtec-ad, computed coco" in result.out


def test_a_check_is_remembered_for_its_own_layout(tmp_path: Path, curate: Curate, flat: Path) -> None:
    maps, data = random_maps(tmp_path / "maps"), flat / "part"
    (data / "ground_truth/scratch/0000_mask.png").unlink()
    by_looking = curate("evaluate", maps, "--dataset", data)
    insisted = curate("evaluate", maps, "--dataset", data, "--layout", "mvtec-ad")
    assert (by_looking.code, insisted.code) == (1, 1)
    assert insisted.err == by_looking.err.replace(str(data), f"{data} --layout mvtec-ad")
    assert "CUR402" in insisted.err


def test_a_workspace_has_its_own_layout(tmp_path: Path, curate: Curate) -> None:
    assert curate("init", tmp_path / "line", "-c", "clip").code == 0
    result = curate("validate", tmp_path / "line", "--layout", "coco")
    assert result.code == 2
    assert "--layout needs the PATH of a dataset" in result.err
