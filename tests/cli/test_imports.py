"""What a command may load: its start is most of the time that a small work takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.evaluate.samples import random_items, write_dataset, write_submission

HEAVY = {
    *("cv2", "dask", "jinja2", "jsonschema", "label_studio_sdk", "matplotlib", "numpy", "numpy.ma", "pandas", "PIL"),
    *("plotly", "scipy", "shapely", "skimage", "starlette", "ssl", "statistics", "tabulate", "uvicorn", "yaml"),
}
"""Libraries, and parts of libraries, that take ten milliseconds or more to load."""

DECODERS = {"cv2", "numpy"}


def loaded(*arguments: str | Path) -> set[str]:
    """Return what of the heavy libraries a command has loaded, in a process of its own."""
    code = "import sys; from curate.cli.main import run; print(run(sys.argv[1:]), *sys.modules)"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    exit_code, *names = done.stdout.splitlines()[-1].split()
    assert exit_code in {"0", "1"}, done.stderr
    return HEAVY & set(names)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data", "part", random_items(np.random.default_rng(0)))


@pytest.mark.parametrize("command", [[], ["evaluate"], ["validate"], ["status"], ["crop"]])
def test_help_loads_no_library_but_click(command: list[str]) -> None:
    assert loaded(*command, "--help") == set()


@pytest.mark.parametrize(
    ("dtype", "suffix", "more"),
    [(np.uint8, ".png", set()), (np.uint16, ".png", set()), (np.float32, ".tiff", {"numpy.ma", "scipy"})],
)
def test_evaluate_loads_the_decoder_and_for_float_maps_a_counting_sort(
    tmp_path: Path, dataset: Path, dtype: type, suffix: str, more: set[str]
) -> None:
    items = random_items(np.random.default_rng(0))
    submission = write_submission(tmp_path / "maps", "part", items, dtype=dtype, suffix=suffix)
    used = loaded("evaluate", submission, "--dataset", dataset, "--no-validate", "--json")
    assert used - DECODERS == more
    loaded("evaluate", submission, "--dataset", dataset, "--json")  # remembers what validation finds
    assert loaded("evaluate", submission, "--dataset", dataset, "--json") == used


def test_validate_loads_the_decoder(dataset: Path) -> None:
    assert loaded("validate", dataset) <= DECODERS | {"numpy.ma", "statistics"}


def test_status_decodes_nothing(tmp_path: Path) -> None:
    assert loaded("init", tmp_path / "line", "-c", "part") <= {"jsonschema", "numpy"}
    assert loaded("status", "--workspace", tmp_path / "line") <= {"jsonschema", "numpy"}
