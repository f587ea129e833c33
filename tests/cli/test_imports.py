"""What a command may load: its start is most of the time that a small work takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.disk.test_schema import DATASET
from tests.evaluate.samples import random_items, write_dataset, write_submission

HEAVY = {
    *("cv2", "dask", "jinja2", "jsonschema", "label_studio_sdk", "matplotlib", "numpy", "numpy.ma", "pandas", "PIL"),
    *("plotly", "scipy", "shapely", "skimage", "starlette", "ssl", "statistics", "tabulate", "uvicorn", "yaml"),
}
"""Libraries, and parts of libraries, that take ten milliseconds or more to load."""

DECODERS = {"cv2", "numpy"}

FOREIGN = {"click", "cv2", "numpy", "platformdirs"}
"""All that ``curate evaluate`` may load beside Python's own library."""

ROOMS = """
    __main__ cli cli.complete cli.evaluate cli.exit_codes cli.main cli.options cli.render errors execution
    datasets datasets.card datasets.dataset datasets.defects_config datasets.findings_cache datasets.layout
    datasets.recognition datasets.silence datasets.truth
    disk disk.atomic disk.cache_folder disk.hashing disk.json_text disk.litter disk.members disk.reading disk.schema
    disk.unread
    geometry geometry.binarise geometry.patch
    evaluate evaluate.bootstrap evaluate.classification evaluate.curve_points evaluate.dataset_errors
    evaluate.declared evaluate.detection evaluate.image_digests evaluate.images evaluate.localization
    evaluate.metrics evaluate.plan evaluate.provenance evaluate.result evaluate.run evaluate.runs evaluate.scoring
    evaluate.segmentation
    imaging imaging.budget imaging.containers imaging.exif imaging.images imaging.integrity imaging.maps
    imaging.masks imaging.tags imaging.tiff
    model model.account model.codes model.dataset model.defect model.evaluation_options model.finding
    model.natural model.result model.result_curves model.submission model.typed_json model.words
    submissions submissions.archive submissions.cells submissions.leftovers submissions.results submissions.submission
"""
"""All of curate that it may load once the dataset was checked: no other layout, no annotation format, no workspace."""

MOST_MODULES = 113


def modules(*arguments: str | Path) -> set[str]:
    """Return what a command has loaded, in a process of its own."""
    code = "import sys; from curate.cli.main import run; print(run(sys.argv[1:]), *sys.modules)"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    exit_code, *names = done.stdout.splitlines()[-1].split()
    assert exit_code in {"0", "1"}, done.stderr
    return set(names)


def loaded(*arguments: str | Path) -> set[str]:
    """Return what of the heavy libraries a command has loaded."""
    return HEAVY & modules(*arguments)


def foreign(name: str) -> bool:
    """Whether a module is neither Python's nor curate's, nor a part of another."""
    own = {*sys.stdlib_module_names, "curate", "sitecustomize", "usercustomize"}
    return "." not in name and name not in own and not name.startswith(("_", "cython"))


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data", "part", random_items(np.random.default_rng(0)))


@pytest.mark.parametrize("command", [[], ["evaluate"], ["validate"], ["status"], ["crop"]])
def test_help_loads_no_library_but_click(command: list[str]) -> None:
    assert loaded(*command, "--help") == set()


@pytest.mark.parametrize(
    ("dtype", "suffix"), [(np.uint8, ".png"), (np.uint16, ".png"), (np.float32, ".tiff"), (np.float64, ".npy")]
)
def test_evaluate_loads_the_decoder_and_little_of_curate(
    tmp_path: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch, dtype: type, suffix: str
) -> None:
    monkeypatch.setenv("CURATE_CACHE", str(tmp_path / "cache"))
    items = random_items(np.random.default_rng(0))
    submission = write_submission(tmp_path / "maps", "part", items, dtype=dtype, suffix=suffix)
    (submission / "submission.json").write_text('{"method": "knn", "run": 1}', encoding="utf-8")
    first = modules("evaluate", submission, "--dataset", dataset, "--json")
    again = modules("evaluate", submission, "--dataset", dataset, "--json")
    assert {name for name in first if foreign(name)} <= FOREIGN
    assert HEAVY & first <= DECODERS | {"statistics"}
    assert HEAVY & again <= DECODERS
    own = {name for name in again if name.startswith("curate.")}
    assert {".".join(name.split(".")[1:3]) for name in own} <= set(ROOMS.split())
    assert len(own) <= MOST_MODULES


def test_a_dataset_that_describes_itself_needs_no_schema_checker(tmp_path: Path, dataset: Path) -> None:
    (dataset / "part" / "dataset.json").write_text(json.dumps(DATASET), encoding="utf-8")
    submission = write_submission(tmp_path / "maps", "part", random_items(np.random.default_rng(0)))
    assert loaded("evaluate", submission, "--dataset", dataset, "--no-validate", "--json") <= DECODERS


def test_validate_loads_the_decoder(dataset: Path) -> None:
    assert loaded("validate", dataset) <= DECODERS | {"numpy.ma", "statistics"}


def test_status_decodes_nothing(tmp_path: Path) -> None:
    assert loaded("init", tmp_path / "line", "-c", "part") <= {"jsonschema", "numpy"}
    assert loaded("status", "--workspace", tmp_path / "line") <= {"jsonschema", "numpy"}
