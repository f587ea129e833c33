"""Say in words what a JSON Schema allows."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_LIMITS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}


def resolved(root: Schema, entry: Schema) -> Schema:
    """Follow ``$ref``; what stands beside it wins."""
    while "$ref" in entry:
        reference = entry["$ref"]
        target = root
        for part in reference.removeprefix("#").strip("/").split("/"):
            target = target[part] if part else target
        entry = {**target, **{key: value for key, value in entry.items() if key != "$ref"}}
    return entry


def described(root: Schema, entry: Schema) -> tuple[str, str]:
    """Return the allowed values and the meaning of an entry, each as a cell of a Markdown table."""
    entry = resolved(root, entry)
    return cell(allowed(root, entry)), cell(meaning(entry))


def meaning(entry: Schema) -> str:
    """Return what an entry says about itself: ``title`` where ``description`` would spoil the checker's messages."""
    return str(entry.get("title") or entry.get("description") or "")


def allowed(root: Schema, entry: Schema) -> str:
    """Say which values an entry of a schema allows."""
    entry = resolved(root, entry)
    if "const" in entry:
        return f"`{entry['const']}`"
    if "enum" in entry:
        return " or ".join("null" if value is None else f"`{value}`" if value else '`""`' for value in entry["enum"])
    for several in ("anyOf", "oneOf"):
        if several in entry:
            return " or ".join(dict.fromkeys(allowed(root, option) for option in entry[several]))
    kinds = entry.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_kind(root, kind, entry) for kind in kinds)


def _kind(root: Schema, kind: str, entry: Schema) -> str:
    if kind == "array":
        items = allowed(root, entry["items"]) if "items" in entry else "anything"
        exact = entry.get("minItems") == entry.get("maxItems")
        return f"list of {entry['minItems']} × {items}" if exact and "minItems" in entry else f"list of {items}"
    if kind in {"number", "integer"}:
        limits = [f"{words} {entry[key]:g}" for key, words in _LIMITS.items() if key in entry]
        return " ".join([{"number": "number", "integer": "whole number"}[kind], " and ".join(limits)]).strip()
    if kind == "boolean":
        return "`true` or `false`"
    return {"string": "text", "object": "table"}.get(kind, kind)


def cell(text: str) -> str:
    """Escape a text for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
