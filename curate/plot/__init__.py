"""Static pictures for papers and talks: curves, timelines, contact sheets, overlays; PNG, SVG or PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.plot.run import (
        plot_curves,
        plot_dataset_sheet,
        plot_overlay,
        plot_timeline,
        plot_workspace_sheet,
        plot_worst_sheet,
    )

__all__ = [
    "plot_curves",
    "plot_dataset_sheet",
    "plot_overlay",
    "plot_timeline",
    "plot_workspace_sheet",
    "plot_worst_sheet",
]

__getattr__ = lazily(
    __name__,
    {
        "plot_curves": "run",
        "plot_dataset_sheet": "run",
        "plot_overlay": "run",
        "plot_timeline": "run",
        "plot_workspace_sheet": "run",
        "plot_worst_sheet": "run",
    },
)
