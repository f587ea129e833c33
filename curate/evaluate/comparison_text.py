"""Render comparisons: a terminal's table, Markdown, LaTeX, CSV. JSON is :meth:`MethodComparison.to_json`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from curate.evaluate.compare import MethodComparison, MethodScore, MetricTable

if TYPE_CHECKING:
    import pandas as pd

_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    sign: f"\\{sign}" for sign in "&%$#_{}"
}


def terminal(comparison: MethodComparison) -> str:
    """Render for a terminal; ``*`` marks the best."""
    return _markdown(comparison, "simple", lambda text, best: f"{text}{' *' if best else '  '}")


def markdown(comparison: MethodComparison) -> str:
    """Render as Markdown tables; the best in bold."""
    return _markdown(comparison, "github", lambda text, best: f"**{text}**" if best else text, "### ")


def latex(comparison: MethodComparison) -> str:
    """Render as LaTeX tables for the booktabs package; the best in bold."""
    parts = []
    for table in comparison.tables:
        head = [_escaped(name) for name in _head(table)]
        shown = _texts(table, _latex_cell, _escaped)
        body = shown.to_latex(header=head, index=False, escape=False, column_format="l" + "r" * (len(head) - 1))
        parts.append(f"% {table.metric}, percent; {_legend(comparison)}\n{body.rstrip()}")
    return "\n\n".join(parts)


def as_csv(comparison: MethodComparison) -> str:
    """Render one line per metric, method and column; fractions, not percent."""
    import pandas as pd

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


FORMATS: dict[str, Callable[[MethodComparison], str]] = {
    "terminal": terminal,
    "markdown": markdown,
    "latex": latex,
    "csv": as_csv,
}
"""Name on the command line to its renderer."""


def _markdown(comparison: MethodComparison, style: str, cell: Callable[[str, bool], str], heading: str = "") -> str:
    parts = []
    for table in comparison.tables:
        head = _head(table)
        shown = _texts(table, lambda score: cell(_text(score), score.best))
        align = ("left", *("right" for _ in head[1:]))
        body = shown.to_markdown(index=False, headers=head, tablefmt=style, colalign=align, disable_numparse=True)
        parts.append(f"{heading}{table.metric}, percent\n\n{body}")
    return "\n\n".join([*parts, _legend(comparison)])


def _head(table: MetricTable) -> list[str]:
    return ["method", *table.columns, "rank"]


def _texts(table: MetricTable, cell: Callable[[MethodScore], str], name: Callable[[str], str] = str) -> pd.DataFrame:
    """Return what a table shows: a row per method, a column per category."""
    import pandas as pd

    return pd.DataFrame(
        [name(row.method), *(cell(row.cells[column]) for column in table.columns), _rank(row.mean_rank)]
        for row in table.rows
    )


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
