"""The pages below ``docs/reference/`` that are made from schemas and the registry of findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.handbook.config import config_page
from tests.handbook.findings import findings_page
from tests.handbook.results import results_page
from tests.handbook.tables import tables_page

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
UPDATE = "python -m tests.handbook"
"""The command that writes all pages again."""

_MADE = f"<!-- Made by `{UPDATE}`; edit what it is made from: {{source}}. -->\n\n"

PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "config.md": ("schemas/curate-toml.schema.json and curate/model/config.py", config_page),
    "findings.md": ("curate/model/codes", findings_page),
    "results.md": ("schemas/result.schema.json", results_page),
    "tables.md": ("curate/datasets/tabular.py and curate/frames", tables_page),
}


def page(name: str) -> str:
    """Return a page as it must be."""
    source, make = PAGES[name]
    return _MADE.format(source=source) + make()
