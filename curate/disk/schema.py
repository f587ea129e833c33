"""The JSON Schemas of every file that curate reads or writes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
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
    if surely_keeps(document, name):  # the checker takes longer to import than a small dataset to score
        return []
    return [(tuple(error.absolute_path), error.message) for error in schema_errors(document, name)]


def schema_errors(document: Any, name: str) -> list[ValidationError]:
    """Check a document and return the checker's own errors, in an order that depends on the document alone."""
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(load_schema(name)).iter_errors(document)
    return sorted(errors, key=lambda error: (tuple(map(str, error.absolute_path)), error.message))


def surely_keeps(document: Any, name: str) -> bool:
    """Whether a document keeps a schema, for all that a few lines can say; where False, the checker has to look."""
    return _keeps(document, load_schema(name), load_schema(name))


def _keeps(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if "$ref" in schema and not _keeps(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root):
        return False
    known = schema.get("properties", {})
    if isinstance(value, dict):
        inner = [(entry, known[key] if key in known else _others(schema)) for key, entry in value.items()]
    else:
        inner = [(entry, schema.get("items", {})) for entry in value] if isinstance(value, list) else []
    rules = schema.keys() - _NO_RULES
    return all(rule in _RULES and _RULES[rule](value, schema[rule]) for rule in rules) and all(
        rule is True or (rule is not False and _keeps(entry, rule, root)) for entry, rule in inner
    )


def _others(schema: dict[str, Any]) -> Any:
    return schema.get("additionalProperties", True)


def _is_one_of(value: Any, options: list[Any]) -> bool:
    return any(type(value) is type(option) and value == option for option in options)


_NO_RULES = {"$schema", "$id", "$defs", "$ref", "title", "description", "properties", "additionalProperties", "items"}
"""Words of JSON Schema that are notes, or say where rules for parts stand."""

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}

_RULES: dict[str, Callable[[Any, Any], bool]] = {
    "type": lambda value, kinds: any(
        type(value) in _TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)
    ),
    "required": lambda value, keys: isinstance(value, dict) and all(key in value for key in keys),
    "const": lambda value, option: _is_one_of(value, [option]),
    "enum": _is_one_of,
    "minimum": lambda value, least: type(value) in _TYPES["number"] and value >= least,
    "maximum": lambda value, most: type(value) in _TYPES["number"] and value <= most,
    "minLength": lambda value, least: isinstance(value, str) and len(value) >= least,
    "pattern": lambda value, pattern: isinstance(value, str) and re.search(pattern, value) is not None,
    "minItems": lambda value, least: isinstance(value, list) and len(value) >= least,
}
"""Stricter than the checker, which lets a rule for numbers pass what is no number; so True is never wrong."""
