"""Small multiples of what regions look like: per defect, how area, contrast and distance to the border spread. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curate.card.measured import HEAD, summaries, summary_rows
from curate.report.charts import count, number
from curate.report.page import Grid, Histogram, RegionsPart

if TYPE_CHECKING:
    import pandas as pd

_BINS = 12
_MEASURES = {
    "area_px": ("area", "px"),
    "contrast_grey": ("contrast against the surround", "grey levels"),
    "border_distance_px": ("distance to the border", "px"),
}
"""Columns of the regions' table that are drawn: what they are called, and their units."""
_BY_FACTORS = frozenset({"area_px"})
"""Bins of these grow by a factor: areas differ by orders of magnitude."""

Edges = NDArray[np.float64]


def regions_parts(regions: pd.DataFrame, categories: Iterable[str]) -> dict[str, RegionsPart]:
    """Draw the measured regions of each category.

    Parameters
    ----------
    regions : DataFrame
        A row per region, as :func:`curate.datasets.tabular.region_frame` measures them; images that could not be read
        stand in its ``attrs["unread"]`` and are counted in the note.
    categories : iterable of str
        All of the dataset: one of which nothing was measured has a part only if images could not be read.
    """
    unread: list[str] = regions.attrs.get("unread", [])
    note = f"{count(len(unread), 'image')} of the dataset could not be read and {'is' if len(unread) == 1 else 'are'}"
    note = f"{note} not measured." if unread else ""
    tables = summaries(regions)
    parts = {name: RegionsPart((), None, note) for name in categories} if unread else {}
    measured = {
        str(name): RegionsPart(
            charts=_charts(part),
            grid=Grid(
                f"{name}: regions measured",
                HEAD,
                tuple(summary_rows(tables[str(name)])),
                note="The median, and in brackets the quantiles 0.1 and 0.9.",
            ),
            note=note,
        )
        for name, part in regions.groupby("category", sort=True)
    }
    return parts | measured


def _charts(part: pd.DataFrame) -> tuple[tuple[str, tuple[Histogram, ...]], ...]:
    """Return a row per defect; a column has the same bins in all rows, so that they can be compared."""
    edges = {column: _edges(part[column].dropna().to_numpy(np.float64), column in _BY_FACTORS) for column in _MEASURES}
    return tuple(
        (str(defect), tuple(_histogram(mine[column], column, edges[column]) for column in _MEASURES))
        for defect, mine in part.groupby("defect", sort=True)
    )


def _edges(values: Edges, by_factors: bool) -> Edges:  # noqa: FBT001 - which of two scales
    """Return the edges of 12 bins over all values; of one bin where all are alike, of none where there are none."""
    if values.size == 0:
        return np.empty(0)
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low, high])
    edges = np.geomspace(low, high, _BINS + 1) if by_factors else np.linspace(low, high, _BINS + 1)
    edges[0], edges[-1] = low, high  # rounding leaves no value out
    return edges


def _histogram(column: pd.Series[float], name: str, edges: Edges) -> Histogram:
    title, unit = _MEASURES[name]
    values = column.dropna().to_numpy(np.float64)
    without = len(column) - len(values)
    rest = f"; {count(without, 'region')} without a surround" if without else ""
    if values.size == 0:
        return Histogram(title, (), "", "", f"{title}: not measured{rest}")
    alike = edges[0] == edges[-1]
    counts = (len(values),) if alike else tuple(int(n) for n in np.histogram(values, edges)[0])
    middle = number(float(np.median(values)), 3)
    says = f"{title}: {count(len(values), 'region')}, median {middle} {unit}{rest}"
    ends = ["" if alike else number(float(edges[0]), 3), f"{number(float(edges[-1]), 3)} {unit}"]
    return Histogram(title, counts, ends[0], ends[1], says)
