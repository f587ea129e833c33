"""The JSON Schemas of every file that curate reads or writes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import ValidationError


def schema_folder() -> Path:
    """Return the folder of the schemas: inside an installed package, else beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "_schemas"
    return installed if installed.is_dir() else package.parent / "schemas"


@cache
def load_schema(name: str) -> dict[str, Any]:
    """Return a schema by its name without ``.schema.json``."""
    path = schema_folder() / f"{name}.schema.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def schema_problems(document: Any, name: str) -> list[tuple[tuple[str | int, ...], str]]:
    """Check a document and return ``(path inside the document, message)`` for each problem, in document order."""
    return [(tuple(error.absolute_path), error.message) for error in schema_errors(document, name)]


def schema_errors(document: Any, name: str) -> list[ValidationError]:
    """Check a document and return the checker's own errors, in an order that depends on the document alone."""
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(load_schema(name)).iter_errors(document)
    return sorted(errors, key=lambda error: (tuple(map(str, error.absolute_path)), error.message))
