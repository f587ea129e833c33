"""Read a published table of results, and set it beside ours: facts with their source, never computed with."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from curate.disk.schema import schema_problems
from curate.errors import ConfigError, MissingError
from curate.evaluate.compare import MethodComparison, MethodRow, MethodScore, MetricTable


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """One metric of a published table.

    Attributes
    ----------
    metric : str
        As `curate compare` calls it.
    source : str
        Paper and table.
    rows : dict
        Method to category to mean and standard deviation, as fractions; None where none is stated.
    """

    metric: str
    source: str
    rows: dict[str, dict[str, tuple[float, float | None]]]


def read_published(path: Path) -> tuple[PublishedTable, ...]:
    """Read a file of published tables.

    Raises
    ------
    MissingError, ConfigError
        If there is no such file, or it does not have the shape of ``schemas/published.schema.json``.
    """
    if not path.is_file():
        raise MissingError("there is no such file", path=path, hint="examples/studies/published holds some")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is no TOML: {error}", path=path) from error
    problems = [
        f"{'.'.join(map(str, place)) or 'the file'}: {text}" for place, text in schema_problems(document, "published")
    ]
    for number, table in enumerate(document.get("tables", []) if not problems else []):
        width = len(table["columns"])
        lists = {**table["mean"], **{f"{name} (std)": row for name, row in table.get("std", {}).items()}}
        problems += [
            f"tables.{number}.{name}: has {len(row)} values, expected {width}: one a column"
            for name, row in lists.items()
            if len(row) != width
        ]
    if problems:
        raise ConfigError("\n  ".join([f"has {len(problems)} problem(s):", *problems]), path=path)
    return tuple(_table(table, document["source"]) for table in document["tables"])


def _table(table: dict[str, object], source: str) -> PublishedTable:
    columns, means, spreads = table["columns"], table["mean"], table.get("std", {})
    assert isinstance(columns, list)  # noqa: S101 - the schema says so
    assert isinstance(means, dict)  # noqa: S101
    assert isinstance(spreads, dict)  # noqa: S101
    rows = {
        method: {
            column: (mean / 100.0, spreads[method][place] / 100.0 if method in spreads else None)
            for place, (column, mean) in enumerate(zip(columns, values, strict=True))
        }
        for method, values in means.items()
    }
    return PublishedTable(str(table["metric"]), f"{source}, {table['name']}", rows)


def with_published(comparison: MethodComparison, published: tuple[PublishedTable, ...]) -> MethodComparison:
    """Return a comparison with the rows of published tables of the same metrics below ours, unranked and unmarked."""
    tables = tuple(_beside(table, published) for table in comparison.tables)
    return replace(comparison, tables=tables)


def _beside(table: MetricTable, published: tuple[PublishedTable, ...]) -> MetricTable:
    rows = [
        MethodRow(f"{method}, published", {column: _score(values.get(column)) for column in table.columns}, None)
        for entry in published
        if entry.metric == table.metric
        for method, values in entry.rows.items()
        if values.keys() & set(table.columns)
    ]
    return replace(table, rows=(*table.rows, *rows))


def _score(value: tuple[float, float | None] | None) -> MethodScore:
    mean, std = value or (None, None)
    return MethodScore(mean, std, 0, None, best=False)
