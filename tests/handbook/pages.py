"""The pages below ``docs/reference/``, and what each is made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.handbook.commands import commands_page
from tests.handbook.config import config_page
from tests.handbook.findings import findings_page
from tests.handbook.library import library_page
from tests.handbook.results import results_page

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
UPDATE = "python -m tests.handbook"
"""The command that writes all pages again."""

_MADE = f"<!-- Made by `{UPDATE}`; edit what it is made from: {{source}}. -->\n\n"

PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "commands.md": ("the commands in curate/cli", commands_page),
    "config.md": ("schemas/curate-toml.schema.json and curate/model/config.py", config_page),
    "findings.md": ("curate/model/codes", findings_page),
    "library.md": ("the docstrings", library_page),
    "results.md": ("schemas/result.schema.json", results_page),
}


def page(name: str) -> str:
    """Return a page as it must be."""
    source, make = PAGES[name]
    return _MADE.format(source=source) + make()
