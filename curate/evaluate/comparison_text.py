"""Render comparisons: a terminal's table, Markdown, LaTeX, CSV. JSON is :meth:`MethodComparison.to_json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from curate.evaluate.compare import MethodComparison, MethodRow, MethodScore

if TYPE_CHECKING:
    import pandas as pd

TableLayout: TypeAlias = Literal["methods", "categories", "metrics"]
"""What a row is: a method, in a table per metric; a category (and metric), with a column per method; a method, with a
column per metric, in a table per category."""

LAYOUTS: tuple[str, ...] = get_args(TableLayout)

_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    sign: f"\\{sign}" for sign in "&%$#_{}"
}


def terminal(comparison: MethodComparison, layout: TableLayout = "methods") -> str:
    """Render for a terminal; ``*`` marks the best."""
    return _markdown(comparison, layout, "simple", lambda text, best: f"{text}{' *' if best else '  '}")


def markdown(comparison: MethodComparison, layout: TableLayout = "methods") -> str:
    """Render as Markdown tables; the best in bold."""
    return _markdown(comparison, layout, "github", lambda text, best: f"**{text}**" if best else text, "### ")


def latex(comparison: MethodComparison, layout: TableLayout = "methods") -> str:
    """Render as LaTeX tables for the booktabs package; the best in bold."""
    parts = []
    for grid in _grids(comparison, layout):
        shown = _frame(grid, _latex_cell, _escaped)
        body = shown.to_latex(
            header=[_escaped(name) for name in grid.head],
            index=False,
            escape=False,
            column_format="l" * grid.names + "r" * (len(grid.head) - grid.names),
        )
        parts.append(f"% {grid.title}; {_legend(comparison)}\n{body.rstrip()}")
    return "\n\n".join(parts)


def as_csv(comparison: MethodComparison, layout: TableLayout = "methods") -> str:
    """Render one line per metric, method and column, whatever the layout; fractions, not percent."""
    import pandas as pd

    del layout

    cells = [
        (table.metric, row.method, column, cell.mean, cell.std, cell.runs, cell.rank, cell.best)
        for table in comparison.tables
        for row in table.rows
        for column, cell in row.cells.items()
    ]
    shown = pd.DataFrame(cells, columns=["metric", "method", "category", "mean", "std", "runs", "rank", "best"])
    shown["rank"] = [f"{rank:g}" if rank == rank else "" for rank in shown["rank"].astype(float)]  # noqa: PLR0124 - NaN
    shown["best"] = shown["best"].map({True: "true", False: "false"})
    return str(shown.to_csv(index=False, lineterminator="\n")).rstrip("\n")


FORMATS: dict[str, Callable[..., str]] = {
    "terminal": terminal,
    "markdown": markdown,
    "latex": latex,
    "csv": as_csv,
}
"""Name on the command line to its renderer, of a comparison and a layout."""


@dataclass(frozen=True, slots=True)
class TextGrid:
    """One table as it is shown: its first ``names`` columns are texts, the others scores or ranks."""

    title: str
    head: list[str]
    names: int
    rows: list[list[str | MethodScore]]


def _grids(comparison: MethodComparison, layout: TableLayout) -> list[TextGrid]:
    return {"methods": _by_method, "categories": _by_category, "metrics": _by_metric}[layout](comparison)


def _by_method(comparison: MethodComparison) -> list[TextGrid]:
    return [
        TextGrid(
            f"{table.metric}, percent",
            ["method", *table.columns, "rank"],
            1,
            [[row.method, *(row.cells[name] for name in table.columns), _rank(row.mean_rank)] for row in table.rows],
        )
        for table in comparison.tables
    ]


def _by_category(comparison: MethodComparison) -> list[TextGrid]:
    """Lay out one table: a row per category, and per metric where there are several; a column per method."""
    tables = [(table, {row.method: row for row in table.rows}) for table in comparison.tables]
    methods = list(dict.fromkeys(method for _, rows in tables for method in rows))
    columns = list(dict.fromkeys(column for table, _ in tables for column in table.columns))
    several = len(tables) > 1
    rows = [
        [column, *([table.metric] if several else []), *(_cell_of(by_name, method, column) for method in methods)]
        for column in columns
        for table, by_name in tables
    ]
    metrics = ", ".join(table.metric for table, _ in tables)
    head = ["category", *(["metric"] if several else []), *methods]
    return [TextGrid(f"{metrics}, percent", head, 1 + several, rows)]


def _by_metric(comparison: MethodComparison) -> list[TextGrid]:
    """Lay out a table per category: a row per method, a column per metric."""
    tables = [(table, {row.method: row for row in table.rows}) for table in comparison.tables]
    methods = list(dict.fromkeys(method for _, rows in tables for method in rows))
    columns = list(dict.fromkeys(column for table, _ in tables for column in table.columns))
    return [
        TextGrid(
            f"{column}, percent",
            ["method", *(table.metric for table, _ in tables)],
            1,
            [[method, *(_cell_of(by_name, method, column) for _, by_name in tables)] for method in methods],
        )
        for column in columns
    ]


def _cell_of(rows: Mapping[str, MethodRow], method: str, column: str) -> str | MethodScore:
    return rows[method].cells.get(column, "n/a") if method in rows else "n/a"


def _frame(grid: TextGrid, cell: Callable[[MethodScore], str], name: Callable[[str], str] = str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [[name(entry) if isinstance(entry, str) else cell(entry) for entry in row] for row in grid.rows],
        columns=range(len(grid.head)),
    )


def _markdown(
    comparison: MethodComparison,
    layout: TableLayout,
    style: str,
    cell: Callable[[str, bool], str],
    heading: str = "",
) -> str:
    parts = []
    for grid in _grids(comparison, layout):
        shown = _frame(grid, lambda score: cell(_text(score), score.best))
        align = ("left",) * grid.names + ("right",) * (len(grid.head) - grid.names)
        body = shown.to_markdown(index=False, headers=grid.head, tablefmt=style, colalign=align, disable_numparse=True)
        parts.append(f"{heading}{grid.title}\n\n{body}")
    return "\n\n".join([*parts, _legend(comparison) + (f"\n{_RANK}" if layout == "methods" else "")])


_RANK = "rank: the mean over the categories of the place that a method's mean gives it there; 1 is the best, ties share"


def _text(cell: MethodScore) -> str:
    if cell.mean is None:
        return "n/a"
    return f"{100 * cell.mean:.2f}" + (f" ± {100 * cell.std:.2f}" if cell.std is not None else "")


def _latex_cell(cell: MethodScore) -> str:
    text = _text(cell).replace("±", r"$\pm$").replace("n/a", "--")
    return rf"\textbf{{{text}}}" if cell.best else text


def _rank(rank: float | None) -> str:
    return "n/a" if rank is None else f"{rank:.2f}"


def _legend(comparison: MethodComparison) -> str:
    name = {"welch": "Welch's t-test", "wilcoxon": "the Wilcoxon signed-rank test"}[comparison.test]
    return (
        f"marked: the best mean and all that {name} (two-sided, level {comparison.level:g}) cannot tell from it; "
        "one run alone gets no mark"
    )


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text)
