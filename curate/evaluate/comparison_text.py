"""Render comparisons: a terminal's table, Markdown, LaTeX, CSV. JSON is :meth:`Comparison.to_json`."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial

from curate.evaluate.compare import Cell, Comparison, Table

_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    sign: f"\\{sign}" for sign in "&%$#_{}"
}


def terminal(comparison: Comparison) -> str:
    """Render for a terminal; ``*`` marks the best."""
    return _all(
        comparison, partial(_with_tabulate, style="simple", cell=lambda text, best: f"{text}{' *' if best else '  '}")
    )


def markdown(comparison: Comparison) -> str:
    """Render as Markdown tables; the best in bold."""
    return _all(
        comparison,
        partial(
            _with_tabulate, style="github", cell=lambda text, best: f"**{text}**" if best else text, heading="### "
        ),
    )


def latex(comparison: Comparison) -> str:
    """Render as LaTeX tables for the booktabs package; the best in bold."""
    parts = []
    for table in comparison.tables:
        columns = [_escaped(name) for name in (*table.columns, "rank")]
        lines = [
            f"% {table.metric}, per cent; {_legend(comparison)}",
            f"\\begin{{tabular}}{{l{'r' * len(columns)}}}",
            r"\toprule",
            " & ".join(["method", *columns]) + r" \\",
            r"\midrule",
        ]
        for row in table.rows:
            texts = [_latex_cell(row.cells[column]) for column in table.columns]
            lines.append(" & ".join([_escaped(row.method), *texts, _rank(row.mean_rank)]) + r" \\")
        parts.append("\n".join([*lines, r"\bottomrule", r"\end{tabular}"]))
    return "\n\n".join(parts)


def as_csv(comparison: Comparison) -> str:
    """Render one line a metric, method and column; fractions, not per cent."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["metric", "method", "category", "mean", "std", "runs", "rank", "best"])
    for table in comparison.tables:
        for row in table.rows:
            for column, cell in row.cells.items():
                numbers = ["" if value is None else repr(value) for value in (cell.mean, cell.std)]
                rank = "" if cell.rank is None else f"{cell.rank:g}"
                writer.writerow([table.metric, row.method, column, *numbers, cell.runs, rank, str(cell.best).lower()])
    return stream.getvalue().rstrip("\n")


FORMATS: dict[str, Callable[[Comparison], str]] = {
    "terminal": terminal,
    "markdown": markdown,
    "latex": latex,
    "csv": as_csv,
}
"""Name on the command line to its renderer."""


def _all(comparison: Comparison, render: Callable[[Table], str]) -> str:
    return "\n\n".join([*(render(table) for table in comparison.tables), _legend(comparison)])


def _with_tabulate(table: Table, *, style: str, cell: Callable[[str, bool], str], heading: str = "") -> str:
    from tabulate import tabulate

    rows = [
        [
            row.method,
            *(cell(_text(row.cells[column]), row.cells[column].best) for column in table.columns),
            _rank(row.mean_rank),
        ]
        for row in table.rows
    ]
    align = ("left", *("right" for _ in table.columns), "right")
    body = tabulate(rows, ["method", *table.columns, "rank"], tablefmt=style, colalign=align, disable_numparse=True)
    return f"{heading}{table.metric}, per cent\n\n{body}"


def _text(cell: Cell) -> str:
    if cell.mean is None:
        return "n/a"
    return f"{100 * cell.mean:.2f}" + (f" ± {100 * cell.std:.2f}" if cell.std is not None else "")


def _latex_cell(cell: Cell) -> str:
    text = _text(cell).replace("±", r"$\pm$").replace("n/a", "--")
    return rf"\textbf{{{text}}}" if cell.best else text


def _rank(rank: float | None) -> str:
    return "n/a" if rank is None else f"{rank:.2f}"


def _legend(comparison: Comparison) -> str:
    name = {"welch": "Welch's t-test", "wilcoxon": "the Wilcoxon signed-rank test"}[comparison.test]
    return (
        f"marked: the best mean and all that {name} (two-sided, level {comparison.level:g}) cannot tell from it; "
        "one run alone gets no mark"
    )


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text)
