"""Say what is wrong with a ``curate.toml`` in the words of the person who wrote it: line, key, found, expected."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from typing import Any

from curate.disk.schema import schema_errors

_SCHEMA = "curate-toml"
_TYPES = {
    "object": "a table",
    "array": "a list",
    "string": "text in quotes",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}
WINDOW_KEYS = {
    "match": {
        *("size", "template", "mask", "offset", "rotation", "pad_value", "min_score", "max_ambiguity"),
        *("reject_ambiguity", "min_agreement", "max_deviation"),
    },
    "crop": {"box", "pad_value"},
    "resize": {"size"},
    "letterbox": {"size", "pad_value"},
    "tile": {"size", "overlap", "border", "background", "pad_value"},
    "full": set(),
}
"""Which keys of a window mean something in which mode."""

Place = tuple[str | int, ...]


def config_problems(document: dict[str, Any], text: str) -> list[str]:
    """Return every problem of a parsed ``curate.toml`` as a line for people; an empty list when there is none.

    Parameters
    ----------
    document : dict
        What ``tomllib`` read.
    text : str
        What it read it from, for the line numbers.
    """
    problems = list(_not_finite(document, ()))
    for error in schema_errors(document, _SCHEMA):
        place: Place = tuple(error.absolute_path)
        problems += _unknown_keys(error, place) if error.validator == "additionalProperties" else [_wrong(error, place)]
    if not problems:
        problems = list(_idle_keys(document))
    return [f"line {_line_of(text, place)}: {words}" for place, words in dict.fromkeys(problems)]


def _wrong(error: Any, place: Place) -> tuple[Place, str]:
    where = ".".join(map(str, place)) or "the file"
    if error.validator == "required":
        return place, f"{where}: {error.message}"
    found = f"found {_short(error.instance)}"
    if "propertyNames" in error.absolute_schema_path:
        return (*place, str(error.instance)), f"{where}: {found} as a name; expected {_expected(error)}"
    return place, f"{where}: {found}; expected {_expected(error)}"


def _expected(error: Any) -> str:
    """Return the schema's own words for what it wants, or the checker's where it has none."""
    description = str(error.schema.get("description", "")) if isinstance(error.schema, dict) else ""
    if error.validator == "type":
        names = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
        return " or ".join(_TYPES.get(name, name) for name in names)
    if description:
        return description[0].lower() + description[1:].rstrip(".")
    if error.validator == "enum":
        return " or ".join(repr(value) for value in error.validator_value)
    limits = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
    }
    if error.validator in limits:
        return f"{limits[error.validator]} {error.validator_value}"
    if error.validator in {"minItems", "maxItems"}:
        return f"{error.validator_value} values"
    return f"something else ({error.message})"


def _unknown_keys(error: Any, place: Place) -> list[tuple[Place, str]]:
    known = list(error.schema.get("properties", {}))
    problems = []
    for key in sorted(set(error.instance) - set(known)):
        near = difflib.get_close_matches(key, known, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(known))}"
        problems.append(((*place, key), f"unknown key {key!r}; {advice}"))
    return problems


def _not_finite(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Yield numbers that no limit of a schema can catch: ``nan`` is neither below nor above anything."""
    if isinstance(value, float) and not math.isfinite(value):
        yield place, f"{'.'.join(map(str, place))}: found {value}; expected a finite number"
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield from _not_finite(child, (*place, key))


def _idle_keys(document: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    for name, category in document.get("categories", {}).items():
        windows: dict[tuple[str, ...], Any] = {("window",): category["window"]} if "window" in category else {}
        windows |= {("windows", key): window for key, window in category.get("windows", {}).items()}
        for path, window in windows.items():
            for key in window:
                if key not in WINDOW_KEYS[window["mode"]] and key != "mode":
                    place = ("categories", name, *path, key)
                    meant = sorted(WINDOW_KEYS[window["mode"]])
                    listing = f"it takes {', '.join(meant)}" if meant else "it takes no other key"
                    yield place, f"{key!r} means nothing in mode {window['mode']!r}; {listing}"


def _short(value: Any) -> str:
    text = "a table" if isinstance(value, dict) else repr(value) if not hasattr(value, "isoformat") else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - a line of a terminal holds no more


def _line_of(text: str, place: Place) -> int:
    """Return the line where the last key of a path is written; 1 when it cannot be told.

    ``tomllib`` keeps no positions, so the keys are looked for one after the other, each below the one before.
    """
    lines = text.splitlines()
    line = 0
    for step in place:
        pattern = re.compile(rf"(?<![\w-])[\"']?{re.escape(str(step))}[\"']?(?![\w-])")
        for number in range(line, len(lines)):
            if pattern.search(lines[number].partition("#")[0]):
                line = number
                break
    return line + 1
