"""What the regions of each defect look like, in quantiles: the table that a typology of defects needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SUMMARISED = {
    "area_px": "area, px",
    "equivalent_diameter_px": "diameter, px",
    "major_axis_px": "major axis, px",
    "minor_axis_px": "minor axis, px",
    "eccentricity": "eccentricity",
    "solidity": "solidity",
    "contrast_grey": "contrast, grey levels",
    "border_distance_px": "to the border, px",
}
"""Columns of :data:`curate.datasets.tabular.REGION_COLUMNS` that are summarised, and their headings."""

QUANTILES = (0.1, 0.5, 0.9)


def summaries(regions: pd.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """Return by category and defect how many regions there are, and the quantiles 0.1, 0.5 and 0.9 of each measure."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for (category, defect), part in regions.groupby(["category", "defect"], sort=True):
        quantiles = part[list(SUMMARISED)].quantile(list(QUANTILES))
        measures = {name: [_rounded(value) for value in quantiles[name]] for name in SUMMARISED}
        found.setdefault(str(category), {})[str(defect)] = {"regions": len(part), **measures}
    return found


def _rounded(value: float) -> float | None:
    return None if value != value else float(f"{value:.4g}")  # noqa: PLR0124 - NaN where nothing surrounds a region


def summary_rows(defects: dict[str, dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield a row of cells per defect: median, and in brackets the quantiles 0.1 and 0.9."""
    for name, known in defects.items():
        yield (name, str(known["regions"]), *(_cell(*known[column]) for column in SUMMARISED))


def _cell(low: float | None, middle: float | None, high: float | None) -> str:
    if low is None or middle is None or high is None:
        return "–"
    return f"{middle:g} ({low:g} to {high:g})"


HEAD = ("defect", "regions", *SUMMARISED.values())
