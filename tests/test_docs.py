"""The documents say what the program does: commands, codes, constants and columns are there, and the examples run."""

from __future__ import annotations

import difflib
import doctest
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from curate import __version__
from curate.cli.main import COMMANDS, cli
from curate.disk.schema import load_schema, schema_folder, schema_problems
from curate.disk.tables import columns_of
from curate.importing.order import POLICIES
from curate.importing.user_metadata import PATTERN_GROUPS
from curate.model.capture import Capture, Window
from curate.model.codes import ALL_CODES, Code
from curate.model.config import ScreenConfig
from curate.model.rows import MaskRow, SplitRow
from curate.model.screening import Screening
from curate.workspace.config_problems import WINDOW_KEYS
from tests.handbook.commands import walk
from tests.handbook.facts import DOCS, columns, constants, examples, sessions, text_of, value_of
from tests.handbook.pages import FOLDER, PAGES, UPDATE, page

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_names_every_command(name: str) -> None:
    assert f"| `{name}` | {COMMANDS[name][1]} |" in README


@pytest.mark.parametrize("marker", ["main-command", "test-command"])
def test_the_readme_has_the_two_commands_on_one_line_each(marker: str) -> None:
    block = re.search(rf"<!-- {marker} -->\n(.*?)<!-- /{marker} -->", README, re.DOTALL)
    assert block is not None
    assert [line[:4] for line in block[1].strip("\n").splitlines()] == ["    "]


def test_python_blocks_of_the_readme_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own document


def test_the_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {__version__}\n" in citation
    assert re.search(
        rf"^## (Unreleased|{re.escape(__version__)}\b)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )


def test_every_recipe_of_the_justfile_is_documented() -> None:
    recipes = re.findall(r"^([a-z]\w*)[^:=\n]*:$", (ROOT / "justfile").read_text("utf-8"), re.MULTILINE)
    assert recipes
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [name for name in recipes if f"`just {name}" not in text] == []


def test_continuous_integration_runs_recipes_that_are_there() -> None:
    recipes = re.findall(r"^([a-z]\w*)[^:=\n]*:$", (ROOT / "justfile").read_text("utf-8"), re.MULTILINE)
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    script = (ROOT / ".ci/run").read_text("utf-8")
    assert ".ci/run" in steps
    assert {name for text in (*steps, script) for name in re.findall(r"^just (\w+)", text, re.MULTILINE)} <= set(
        recipes
    )


@pytest.mark.parametrize(
    "path", [*sorted((ROOT / ".github").rglob("*.yml")), ROOT / "CITATION.cff"], ids=lambda path: path.name
)
def test_forms_and_citation_are_yaml(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict)


def test_the_recipes_name_files_that_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"`((?:curate|tests|schemas|docs)/[\w./-]+)`", text)
    assert len(named) > 10
    assert [path for path in named if "X" not in path and not (ROOT / path).exists()] == []


def test_codes_are_unique_and_in_their_hundred() -> None:
    codes = [entry.code for entry in ALL_CODES]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"CUR[1-7]\d\d", code) for code in codes)


@pytest.mark.parametrize("entry", ALL_CODES, ids=lambda entry: entry.code)
def test_every_code_explains_itself(entry: Code) -> None:
    assert entry.title
    assert entry.why.endswith(".")
    assert entry.example
    assert entry.fix


def test_every_package_folder_is_in_the_code_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {path.name for path in (ROOT / "curate").iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert sorted(room for room in rooms if room not in text) == []


def test_the_page_on_frames_names_every_order_measure_and_mode() -> None:
    text = (ROOT / "docs" / "frames.md").read_text(encoding="utf-8")
    measures = {field.name for field in fields(ScreenConfig)}
    named = set(POLICIES) - {"auto"} | measures | set(WINDOW_KEYS) | set(PATTERN_GROUPS)
    assert sorted(name for name in named if f"`{name}`" not in text) == []
    orders = {entry.code for entry in ALL_CODES if re.match(r"CUR70\d|CUR710", entry.code)}
    assert sorted(code for code in orders if code not in text) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_pages_are_what_the_program_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "57")  # the reader's terminal changes nothing
    stored = (FOLDER / name).read_text(encoding="utf-8") if (FOLDER / name).is_file() else ""
    if stored != page(name):
        changes = difflib.unified_diff(stored.splitlines(), page(name).splitlines(), "stored", "now", n=0, lineterm="")
        pytest.fail(f"docs/reference/{name} is stale: run `{UPDATE}` and commit it\n" + "\n".join([*changes][:20]))


def test_no_reference_page_is_left_over() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted([*PAGES, "commands.md", "library.md"])


@pytest.mark.parametrize("name", re.findall(r"(?m)^::: (curate\.\S+)$", (FOLDER / "library.md").read_text("utf-8")))
def test_the_page_on_the_library_names_what_is_there(name: str) -> None:
    assert value_of(name).__doc__


def test_the_site_names_every_page() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert sorted(page for page in pages if f": {page}\n" not in navigation) == []


@pytest.mark.parametrize("name", ["config.md", "results.md"])
def test_every_key_says_what_it_means(name: str) -> None:
    assert [line for line in page(name).splitlines() if line.startswith("| `") and line.endswith("|  |")] == []


def test_every_command_and_option_has_help_and_an_example() -> None:
    for context in walk(click.Context(cli, info_name="curate")):
        command = context.command
        assert command.help, context.command_path
        assert isinstance(command, click.Group) or (command.epilog or "").startswith("Example"), context.command_path
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, f"{context.command_path} {option.name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", document.read_text(encoding="utf-8"))
    local = [(document.parent / link if link else document, anchor) for link, anchor in links if ":" not in link]
    assert [str(target) for target, _ in local if not target.exists()] == []
    assert [f"{target.name}#{anchor}" for target, anchor in local if anchor and anchor not in anchors_of(target)] == []


def anchors_of(document: Path) -> set[str]:
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_the_readme_leads_to_every_page(name: str) -> None:
    assert f"](docs/{name})" in README


ELSEWHERE = {
    "curate-toml": "reference/config.md",
    "card": "reference/commands.md",
    "published": "baselines.md",
    "study": "baselines.md",
}
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
    absent = re.compile(r"\b(METRICS|FORMATS|LABELS|LIMITS|DESIGN)(\.md\b| section)")
    paths = [
        path for folder in ("curate", "tests", "docs", "examples") for path in sorted((ROOT / folder).rglob("*.*"))
    ]
    texts = [path for path in paths if path.suffix in {".py", ".md", ".sh", ".toml"} and path != Path(__file__)]
    assert [str(path) for path in texts if absent.search(path.read_text("utf-8", errors="replace"))] == []


def test_the_example_of_a_result_holds_the_figures_of_the_worked_example() -> None:
    result = dict(examples("formats.md"))["result"]
    shown = json.dumps(result["categories"]["clip"]["localization"]["au_spro"])
    assert all(figure in text_of("metrics.md") for figure in re.findall(r"\d\.\d+", shown))
