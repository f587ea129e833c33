"""The JSON Schemas of every file that curate reads or writes."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any


def schema_folder() -> Path:
    """Return the folder of the schemas: inside an installed package, else beside it in a checkout."""
    installed = Path(str(files("curate"))) / "_schemas"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "schemas"


@cache
def load_schema(name: str) -> dict[str, Any]:
    """Return a schema by its name without ``.schema.json``."""
    path = schema_folder() / f"{name}.schema.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def schema_problems(document: Any, name: str) -> list[tuple[tuple[str | int, ...], str]]:
    """Check a document and return ``(path inside the document, message)`` for each problem, in document order."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(load_schema(name))
    problems = [(tuple(error.absolute_path), error.message) for error in validator.iter_errors(document)]
    return sorted(problems, key=lambda problem: (tuple(map(str, problem[0])), problem[1]))
