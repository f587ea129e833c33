"""What docs/metrics.md and docs/formats.md state is what the program does: constants, columns, examples, figures."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path
from typing import Any

import pytest

from curate.disk.schema import load_schema, schema_folder, schema_problems
from curate.disk.tables import columns_of
from curate.model.capture import Capture, Window
from curate.model.rows import MaskRow, SplitRow
from curate.model.screening import Screening
from tests.handbook.facts import DOCS, columns, constants, examples, sessions, text_of, value_of

ELSEWHERE = {"curate-toml": "reference/config.md", "card": "reference/commands.md"}
"""Schemas whose files have no example in formats.md: their keys stand on a page of their own, or in the schema."""


@pytest.mark.parametrize(("name", "stated"), constants("metrics.md"), ids=lambda text: text.rpartition(".")[2])
def test_a_stated_constant_is_the_programs(name: str, stated: str) -> None:
    value = value_of(name)
    values = value if isinstance(value, tuple) else (value,)
    assert stated.split(", ") == [text if isinstance(text, str) else repr(text) for text in values]


def test_the_table_of_constants_is_not_empty() -> None:
    assert len(constants("metrics.md")) >= 10


@pytest.mark.parametrize(
    "page", sorted(path.name for path in DOCS.glob("*.md") if "```pycon" in path.read_text("utf-8"))
)
def test_sessions_print_what_the_page_shows(page: str) -> None:
    runner = doctest.DocTestRunner(verbose=False)
    for number, session in enumerate(sessions(page)):
        failed, tried = runner.run(doctest.DocTestParser().get_doctest(session, {}, f"{page} {number}", page, 0))
        assert tried
        assert failed == 0


def test_every_file_format_has_an_example() -> None:
    schemas = {path.name.removesuffix(".schema.json") for path in schema_folder().glob("*.json")}
    assert {name for name, _ in examples("formats.md")} == schemas - set(ELSEWHERE)


@pytest.mark.parametrize(
    ("schema", "document"), examples("formats.md"), ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_example_is_what_its_schema_allows(schema: str, document: Any) -> None:
    assert schema_problems(document, schema) == []


@pytest.mark.parametrize("schema", sorted({name for name, _ in examples("formats.md")}))
def test_every_key_of_a_format_is_documented(schema: str) -> None:
    text = text_of("formats.md") + (text_of("reference/results.md") if schema == "result" else "")
    known = {word for name in re.findall(r"[\w.-]+", text) for word in (name, *name.split("."))}
    assert sorted(keys_of(load_schema(schema)) - known) == []


def keys_of(schema: Any) -> set[str]:
    """Return every name of a property in a schema, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema))
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else set()
    return own.union(*map(keys_of, schema.values()))


def test_the_columns_of_records_are_the_programs() -> None:
    records = {"captures": Capture, "screening": Screening, "windows": Window, "masks": MaskRow, "splits": SplitRow}
    assert columns("formats.md") == {name: list(columns_of(row)) for name, row in records.items()}


def test_nothing_refers_to_documents_that_are_not_here() -> None:
    root = DOCS.parent
    absent = re.compile(r"\b(METRICS|FORMATS|LABELS|LIMITS|DESIGN)(\.md\b| section)")
    paths = [
        path for folder in ("curate", "tests", "docs", "examples") for path in sorted((root / folder).rglob("*.*"))
    ]
    texts = [path for path in paths if path.suffix in {".py", ".md", ".sh", ".toml"} and path != Path(__file__)]
    assert [str(path) for path in texts if absent.search(path.read_text("utf-8", errors="replace"))] == []


def test_the_example_of_a_result_holds_the_figures_of_the_worked_example() -> None:
    result = dict(examples("formats.md"))["result"]
    shown = json.dumps(result["categories"]["clip"]["localization"]["au_spro"])
    assert all(figure in text_of("metrics.md") for figure in re.findall(r"\d\.\d+", shown))
