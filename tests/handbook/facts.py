"""Read the facts out of the pages that tests compare with the program: examples, constants, columns."""

from __future__ import annotations

import json
import re
import tomllib
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"

_EXAMPLE = re.compile(r"<!-- schema: (\S+) -->\n```(json|toml)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CONSTANT = re.compile(r"^\| [^|]+ \| ([^|`]+) \| `(curate\.[\w.]+)` \|$", re.MULTILINE)
_SESSION = re.compile(r"^ *```pycon\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def text_of(page: str) -> str:
    """Return a page's text."""
    return (DOCS / page).read_text(encoding="utf-8")


def examples(page: str) -> list[tuple[str, Any]]:
    """Return ``(schema, document)`` of each example of a file."""
    read = {"json": json.loads, "toml": tomllib.loads}
    return [(schema, read[language](body)) for schema, language, body in _EXAMPLE.findall(text_of(page))]


def constants(page: str) -> list[tuple[str, str]]:
    """Return ``(dotted name, stated value)`` of each constant of a table."""
    return [(name, stated.strip()) for stated, name in _CONSTANT.findall(text_of(page))]


def value_of(name: str) -> Any:
    """Return what stands under a dotted name: an attribute of a module, or a key of such an attribute.

    >>> value_of("curate.evaluate.significance.LEVELS.welch")
    0.05
    """
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return reduce(
            lambda inside, key: inside[key] if isinstance(inside, dict) else getattr(inside, key), parts[length:], found
        )
    raise ModuleNotFoundError(name)


def sessions(page: str) -> list[str]:
    """Return the interactive sessions of a page."""
    return _SESSION.findall(text_of(page))


def columns(page: str) -> dict[str, list[str]]:
    """Return the columns of each record that the table of records names."""
    rows = re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", text_of(page), re.MULTILINE)
    return {record: re.findall(r"`(\w+)`", listed) for record, listed in rows}
