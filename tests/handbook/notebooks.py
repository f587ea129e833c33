"""Run the notebooks of ``docs/notebooks`` and keep what they print: ``python -m tests.handbook.notebooks``.

Needs the extra ``docs``. Each notebook runs in an empty folder, as its reader's would.
"""

from __future__ import annotations

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

from tests.handbook.facts import DOCS
from tests.handbook.steps import Done, Step, disagreement

NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


def read(path: Path) -> Any:
    """Return a notebook as it is stored."""
    return import_module("nbformat").read(path, as_version=4)


def run(path: Path, folder: Path) -> Any:
    """Run a notebook in a folder, with the environment's own ``curate`` on the path, and return it with its outputs."""
    notebook = read(path)
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    place = {"metadata": {"path": str(folder)}}
    client = import_module("nbclient").NotebookClient(notebook, timeout=120, coalesce_streams=True, resources=place)
    with mock.patch.dict(os.environ, {"PATH": programs, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}):
        client.execute()
    return notebook


def printed(cell: Any) -> list[str]:
    """Return the lines that a cell shows as text; pictures and tables of HTML are left out."""
    texts = [
        "".join(output.get("text", "")) or "".join(output.get("data", {}).get("text/plain", ""))
        for output in cell.get("outputs", [])
    ]
    return [line.rstrip() for text in texts for line in text.splitlines() if not line.startswith("<")]


def disagreements(stored: Any, done: Any) -> list[str]:
    """Return a line for each cell that no longer shows what is stored; numbers may differ a little, as on pages."""
    pairs = zip(stored.cells, done.cells, strict=True)
    shown = [(one.source, printed(one), printed(other)) for one, other in pairs if one.cell_type == "code"]
    found = ((source, disagreement(Done(Step("", tuple(old)), 0, tuple(new) or ("",)))) for source, old, new in shown)
    return [f"{source.splitlines()[0]} …: {line}" for source, line in found if line]


def tidied(notebook: Any) -> Any:
    """Take away what differs from run to run: counts, times, ids."""
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {}
        cell.id = f"cell-{number}"
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/svg+xml", None)
            if "execution_count" in output:
                output.execution_count = None
        if cell.cell_type == "code":
            cell.execution_count = None
    return notebook


if __name__ == "__main__":
    for path in NOTEBOOKS:
        with tempfile.TemporaryDirectory() as scratch:
            import_module("nbformat").write(tidied(run(path, Path(scratch))), path)
