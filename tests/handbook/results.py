"""``docs/reference/results.md``: the keys of what ``curate evaluate`` writes, from its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curate.disk.schema import load_schema
from tests.handbook.shapes import allowed, cell, meaning, resolved

_HEAD = """\
# Results

`curate evaluate … --output result.json` writes one JSON document (`--json` prints it). Figures that the test set cannot
give are null. `A.B` is the key B inside A, `NAME` a name of yours. A result of several runs has the means under
`categories` and `mean`, the spread under `std` and each run's own result under `runs`.
"""

_COLUMNS = "| key | value | meaning |\n|---|---|---|\n"


def results_page() -> str:
    """Return the page: the document, and then a section for each table that it refers to."""
    schema = load_schema("result")
    due: list[str] = []
    sections = {"The document": "\n".join(_rows(schema, schema, "", due))}
    while due:
        name = due.pop(0)
        if name not in sections:
            sections[name] = "\n".join(_rows(schema, _inside(schema, schema["$defs"][name]), "", due))
    parts = [f"## {name}\n\n{_intro(schema, name)}{_COLUMNS}{rows}\n" for name, rows in sections.items()]
    return "\n".join([_HEAD, *parts])


def _intro(root: dict[str, Any], name: str) -> str:
    text = meaning(root["$defs"][name]) if name in root["$defs"] else ""
    return f"{text}\n\n" if text else ""


def _rows(root: dict[str, Any], table: dict[str, Any], path: str, due: list[str]) -> Iterator[str]:
    """Yield a row a key; names of tables that have sections of their own are added to ``due``."""
    properties = table.get("properties", {})
    if properties and all(name.replace(".", "").isdigit() for name in properties):
        name = " or ".join(f'"{name}"' for name in properties)
        properties = {name: next(iter(properties.values()))}
    for name, entry in properties.items():
        yield from _entry(root, entry, f"{path}{name}", due)
    rest = table.get("additionalProperties")
    if isinstance(rest, dict):
        yield from _entry(root, rest, f"{path}NAME", due)


def _entry(root: dict[str, Any], entry: dict[str, Any], key: str, due: list[str]) -> Iterator[str]:
    name = entry.get("$ref", "").removeprefix("#/$defs/")
    full = resolved(root, entry)
    if name and _inside(root, full).get("properties"):
        due.append(name)
        yield f"| `{key}` | [{name}](#{name}) | {cell(meaning(full))} |"
        return
    inside = _inside(root, full)
    yield f"| `{key}` | {cell(allowed(root, full))} | {cell(meaning(full) or meaning(inside))} |"
    if full.get("type") != "array":
        yield from _rows(root, inside, f"{key}.", due)


def _inside(root: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """Return the table that an entry is, may be, or is a list of."""
    if entry.get("type") == "array" and "items" in entry:
        return resolved(root, entry["items"])
    options = [resolved(root, option) for option in entry.get("oneOf", [])]
    return next((option for option in options if option.get("type") == "object"), entry)
