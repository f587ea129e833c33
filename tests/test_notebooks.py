"""The notebooks run from an empty folder and show what is stored in them."""

from __future__ import annotations

import os
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.handbook.notebooks import NOTEBOOKS, disagreements, read, run

REQUIRED = os.environ.get("CURATE_DOCS") == "required"


def test_each_kind_of_user_has_a_notebook() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["host", "plant-engineer", "researcher"]


@pytest.mark.skipif(not REQUIRED and find_spec("nbclient") is None, reason="needs the extra docs")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_computes(path: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Jupyter's own libraries; the notebook's kernel is another process
        done = run(path, tmp_path)
    assert disagreements(read(path), done) == []
