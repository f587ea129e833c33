"""What results say of methods, as charts: curves, distributions of scores, regions. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from curate.report.charts import axis, colour, count, line, listed, number, plain, rounded, series, share, upright_line
from curate.report.page import Figure, Grid
from curate.report.result_tables import NamedRun, by_method, spread_cell
from curate.view.cases import RegionScore
from curate.view.curves import HEADLINE_LIMIT, LIMITS, Curve, Kind, curves_of, interpolated, score_histogram

_TITLES: dict[Kind, str] = {
    "spro": "Localization: sPRO",
    "roc": "Detection: ROC",
    "pr": "Detection: precision and recall",
    "pixel-roc": "Pixels: ROC",
}
_AXES: dict[Kind, tuple[str, str]] = {
    "spro": ("false positive rate of pixels", "sPRO: mean share of the required area that is found"),
    "roc": ("false positive rate of images", "true positive rate"),
    "pr": ("recall", "precision"),
    "pixel-roc": ("false positive rate of pixels", "true positive rate"),
}
_AREAS: dict[Kind, str] = {"spro": f"AU-sPRO@{HEADLINE_LIMIT:g}", "roc": "AUROC", "pr": "AP", "pixel-roc": "AUROC"}
_LOWEST_FPR = 1e-4


@dataclass(frozen=True, slots=True)
class _DrawnCurve:
    """A curve, whose run it is, the place of its method in the palette, and whether it is the method's first."""

    run: NamedRun
    curve: Curve
    place: int
    is_first: bool


def curve_figures(runs: Sequence[NamedRun], category: str, key: str) -> list[Figure]:
    """Draw a category's curves of all runs, one chart per kind, with the limits marked; one colour per method."""
    methods = list(by_method(runs))
    figures = []
    for kind in ("spro", "roc", "pr"):
        seen: set[str] = set()
        mine = []
        for run in runs:
            for curve in curves_of(run.result):
                if curve.category == category and curve.kind == kind:
                    mine.append(_DrawnCurve(run, curve, methods.index(run.method), run.method not in seen))
                    seen.add(run.method)
        if mine:
            figures.append(_curve_figure(kind, mine, category, f"{key}-{kind}"))
    return figures


def _curve_figure(kind: Kind, curves: Sequence[_DrawnCurve], category: str, key: str) -> Figure:
    logarithmic = kind == "spro"
    across, up = _AXES[kind]
    ticks = {"tickvals": [1e-4, 1e-3, 0.01, 0.1, 1], "ticktext": ["0.0001", "0.001", "0.01", "0.1", "1"]}
    xaxis = axis(across, type="log", range=[-4, 0.02], **ticks) if logarithmic else axis(across, range=[-0.01, 1.01])
    areas: dict[str, list[float | None]] = {}
    for drawn in curves:
        areas.setdefault(drawn.run.method, []).append(drawn.curve.area)
    layout: dict[str, Any] = {
        "xaxis": xaxis,
        "yaxis": axis(up.partition(":")[0], range=[-0.02, 1.03]),
        "height": 300,
        "showlegend": len(areas) > 1,
        "hovermode": "closest",
    }
    marks = [upright_line(limit, f"{limit:g}") for limit in LIMITS[kind]]
    layout["shapes"] = [shape for shape, _ in marks]
    if logarithmic:
        layout["annotations"] = [{**note, "x": round(math.log10(note["x"]), 6)} for _, note in marks]
    elif marks:  # they lie too close for a name each
        together = ", ".join(note["text"] for _, note in marks)
        layout["annotations"] = [{**marks[0][1], "text": together, "xanchor": "left"}]
    names = [f"{method} {spread_cell(values)} %" for method, values in areas.items()]
    says = f"{category}: {_AREAS[kind]} of {listed(names)}. {_READING[kind]}"
    grid = _curve_grid(kind, [(drawn.run.name, drawn.curve) for drawn in curves], category)
    return Figure(key, _TITLES[kind], says, grid, tuple(_curve_trace(kind, drawn) for drawn in curves), layout)


_READING: dict[Kind, str] = {
    "spro": "The further up on the left, the more of each defect is found before good pixels are called defective; "
    "dotted lines mark the limits up to which the area is taken.",
    "roc": "The closer to the upper left corner, the better good and defective images are separated.",
    "pr": "The closer to the upper right corner, the fewer false alarms among what is reported.",
    "pixel-roc": "The closer to the upper left corner, the better.",
}


def _curve_trace(kind: Kind, drawn: _DrawnCurve) -> dict[str, Any]:
    curve = drawn.curve
    pairs = [
        (x, y, t)
        for x, y, t in zip(curve.x, curve.y, curve.threshold, strict=True)
        if kind != "spro" or x >= _LOWEST_FPR
    ]
    look = line(drawn.place, **({"shape": "hv"} if kind == "roc" else {}))
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(drawn.run.method),
        "legendgroup": plain(drawn.run.method),
        "showlegend": drawn.is_first,
        "x": series(x for x, _, _ in pairs),
        "y": series(y for _, y, _ in pairs),
        "text": ["" if t is None else f"threshold {number(t, 5)}" for _, _, t in pairs],
        "hovertemplate": f"{plain(drawn.run.name)}<br>%{{x:.4f}}, %{{y:.4f}}<br>%{{text}}<extra></extra>",
        "line": look if drawn.is_first else {**look, "width": 1},
    }


def _curve_grid(kind: Kind, curves: Sequence[tuple[str, Curve]], category: str) -> Grid:
    across, up = _AXES[kind]
    points = LIMITS[kind] or (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
    points = (*points, 1.0) if points[-1] < 1 else points
    rows = tuple(
        (name, share(curve.area, 2), *(share(rounded(interpolated(curve, point)), 1) for point in points))
        for name, curve in curves
    )
    head = ("method", f"{_AREAS[kind]}, %", *(f"at {point:g}" for point in points))
    return Grid(f"{category}: {up.partition(':')[0]} by {across}, in percent", head, rows)


def histogram_figure(run: NamedRun, category: str, key: str) -> Figure | None:
    """Draw the image scores of good and defective images with the thresholds that could be deployed."""
    entry = run.result.categories.get(category)
    found = score_histogram(entry) if entry else None
    if found is None:
        return None
    middles = [(low + high) / 2 for low, high in pairwise(found.edges)]
    groups = (("good", found.good), ("defective", found.defective), ("training", found.train))
    traces = [
        {
            "name": f"{name} ({sum(counts):,})",
            "x": series(middles),
            "y": series(100 * value / sum(counts) for value in counts),
            "customdata": list(counts),
            "hovertemplate": "score %{x:.4g}: %{customdata} images, %{y:.1f} %<extra></extra>",
            **_BARS[name],
        }
        for name, counts in groups
        if sum(counts)
    ]
    marks = _marks(found.deployed, found.edges)
    layout = {
        "xaxis": axis("score of the image"),
        "yaxis": axis("% of the group"),
        "height": 300,
        "barmode": "overlay",
        "bargap": 0.04,
        "shapes": [shape for shape, _ in marks],
        "annotations": [note for _, note in marks if note["text"]],
    }
    sides = f"{count(sum(found.good), 'good image')} against {count(sum(found.defective), 'defective one')}"
    says = f"{category}, {run.name}: {sides}"
    says += ". The less they overlap, the better; dotted lines are the deployed thresholds" if marks else ""
    says += ", which allow so many false alarms in training" if marks else ""
    says += ". A click on a bar shows its images in the gallery."
    leads = {"method": run.method, "category": category, "edges": series(found.edges)}
    grid = _score_grid(f"{category}, {run.name}: images by score", found.edges, groups)
    return Figure(key, f"Scores of images: {run.name}", says, grid, tuple(traces), layout, leads)


def _score_grid(caption: str, edges: Sequence[float], groups: Sequence[tuple[str, tuple[int, ...]]]) -> Grid:
    """Return how many images have a score between two others; ranges without any are left out."""
    rows = tuple(
        (f"{number(low)} … {number(high)}", *(f"{counts[place]:,}" for _, counts in groups))
        for place, (low, high) in enumerate(pairwise(edges))
        if any(counts[place] for _, counts in groups)
    )
    return Grid(caption, ("score", *(name for name, _ in groups)), rows)


_BARS: dict[str, dict[str, Any]] = {
    "good": {"type": "bar", "marker": {"color": f"{colour(0)}/65"}},
    "defective": {
        "type": "bar",
        "marker": {
            "color": f"{colour(1)}/65",
            "pattern": {"shape": "/", "fillmode": "overlay", "size": 7, "solidity": 0.25},
        },
    },
    "training": {"type": "scatter", "mode": "lines", "line": {"color": colour(2), "shape": "hvh", "width": 1.6}},
}
"""How each group of scores is drawn: distinguished by colour, by hatching, and by a line instead of bars."""

_CLOSE = 0.25
"""Marks that are nearer to each other than this share of the axis are named together."""


def _marks(deployed: Mapping[str, float], edges: Sequence[float]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the thresholds as upright lines; those that lie close together share one name."""
    near = _CLOSE * (edges[-1] - edges[0])
    marks: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for rate, value in sorted(deployed.items(), key=lambda item: item[1]):
        shape, note = upright_line(rounded(value) or 0.0, f"{100 * float(rate):g} %")
        named = next((entry for _, entry in reversed(marks) if entry["text"]), None)
        if named and value - named["x"] < near:
            named["text"] += f", {note['text']}"
            note["text"] = ""
        marks.append((shape, note))
    if marks:
        marks[0][1].update(text=f"deployed: {marks[0][1]['text']}", xanchor="left")
    return marks


def region_figure(run: NamedRun, category: str, scores: Sequence[RegionScore], key: str) -> Figure:
    """Draw a bar per region: the share of its required area that is found at a false positive rate of 0.05."""
    names = sorted({score.defect for score in scores})
    ordered = sorted(scores, key=lambda score: (score.defect, -score.share, score.mask))
    places = {id(score): place for place, score in enumerate(ordered, start=1)}
    traces = [
        _region_trace(place, name, [score for score in ordered if score.defect == name], places)
        for place, name in enumerate(names)
    ]
    layout = {
        "xaxis": axis("regions, grouped by defect", showticklabels=False, showgrid=False),
        "yaxis": axis("% of the required area found", range=[0, 104]),
        "height": 280,
        "bargap": 0.15,
        "showlegend": True,
    }
    whole = sum(score.share >= 1 for score in scores)
    missed = sum(score.found_px == 0 for score in scores)
    says = (
        f"{category}, {run.name}: of {count(len(scores), 'region')}, {whole:,} are found in full and {missed:,} not at "
        f"all, at the threshold where {HEADLINE_LIMIT:g} of the good pixels are called defective."
    )
    return Figure(
        key,
        f"How much of each region is found: {category}, {run.name}",
        says,
        _region_grid(run, category, ordered),
        tuple(traces),
        layout,
        {
            "category": category,
            "images": [[score.key for score in ordered if score.defect == name] for name in names],
        },
    )


_LEAST_BAR = 0.6
"""Percent that a bar shows at least: one of nothing could not be pointed at."""


def _region_trace(place: int, name: str, scores: Sequence[RegionScore], places: Mapping[int, int]) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": f"{plain(name)} ({len(scores):,})",
        "x": [places[id(score)] for score in scores],
        "y": series(max(100 * score.share, _LEAST_BAR) for score in scores),
        "text": [plain(f"{score.key}: {score.found_px:,} of {score.required_px:,} px required") for score in scores],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": colour(place)},
    }


def _region_grid(run: NamedRun, category: str, scores: Sequence[RegionScore]) -> Grid:
    rows = tuple(
        (
            score.mask,
            score.defect,
            f"{score.area_px:,}",
            f"{score.required_px:,}",
            f"{score.found_px:,}",
            share(score.share),
        )
        for score in scores
    )
    head = ("region", "defect", "area, px", "required, px", "found, px", "share, %")
    return Grid(f"{category}, {run.name}: every region", head, rows, texts=frozenset({1}))
