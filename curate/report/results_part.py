"""The results' part of the page: tables, charts and mistakes of every method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from curate.errors import CurateError
from curate.execution import Execution
from curate.model.dataset import Category
from curate.model.result import CategoryResult
from curate.report.charts import count, number
from curate.report.page import CaseGroup, CasePicture, Figure, GalleryEntry, Grid, ResultsPart
from curate.report.pictures import encode, outlines
from curate.report.result_charts import curve_figures, histogram_figure, region_figure
from curate.report.result_tables import (
    NamedRun,
    comparison_grids,
    defect_grid,
    deployed_grid,
    first_runs,
    headline_grid,
    named_runs,
    notes_of,
    runs_grid,
    tnr_grid,
)
from curate.report.scoring import Maps
from curate.report.sources import Material
from curate.view.cases import Case, region_scores, worst_cases
from curate.view.curves import OLD_RESULT, threshold_at
from curate.view.pictures import Scale, case_pictures, heat_scale

_SIDE_PX = 256
_CASES = 6
_FEWEST_CASES = 3
_MOST_CASE_PICTURES = 160
"""Pictures of mistakes in a report, two a mistake; with many methods and categories each shows fewer."""


def results_part(
    material: Material, colours: Mapping[tuple[str, str], int], execution: Execution
) -> ResultsPart | None:
    """Make the part; None without results and submissions."""
    scoring = material.scoring
    if not scoring.results and not scoring.refused and not scoring.of_other_datasets:
        return None
    runs = named_runs(scoring.results)
    comparison, warnings = comparison_grids(scoring.results, runs)
    notes = [*(f"{name} was refused: nothing was scored; {_first(found)}" for name, found in scoring.refused)]
    notes += [f"{name} is not shown: it {reason}" for name, reason in scoring.of_other_datasets]
    notes += [scoring.left_out] if scoring.left_out else []
    notes += [*warnings, *notes_of(runs), *_old(runs), *scoring.unchecked]
    grids: list[Grid | None] = (
        [headline_grid(runs), runs_grid(runs), tnr_grid(runs), deployed_grid(runs), defect_grid(runs)] if runs else []
    )
    names = sorted({name for run in runs for name in run.result.categories})
    figures = [(name, tuple(_figures(runs, name, f"results-{place}"))) for place, name in enumerate(names, start=1)]
    regions, cases = _mistakes(material, runs, colours, execution, notes)
    return ResultsPart(
        says=_says(runs),
        notes=tuple(notes),
        grids=tuple(grid for grid in grids if grid and grid.rows),
        comparison=comparison,
        figures=tuple((name, drawn) for name, drawn in figures if drawn),
        regions=tuple((name, tuple(drawn)) for name, drawn in regions.items()),
        cases=tuple(cases),
    )


def _first(found: Sequence[Any]) -> str:
    more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
    return f"{found[0].code} {found[0].path}: {found[0].message}{more}" if found else "no reason was given"


def _says(runs: Sequence[NamedRun]) -> str:
    methods = len({run.method for run in runs})
    more = f" in {count(len(runs), 'run')}" if len(runs) > methods else ""
    says = f"{count(methods, 'method')}{more}, scored on the test images by the rules of the AutoVI and MVTec papers."
    return says + (" Scores, regions and worst cases are those of each method's first run." if more else "")


def _old(runs: Sequence[NamedRun]) -> list[str]:
    lacking = [run.name for run in runs if not any(entry.curves for entry in run.result.categories.values())]
    return [f"{name} {OLD_RESULT}" for name in lacking]


def _figures(runs: Sequence[NamedRun], category: str, key: str) -> list[Figure]:
    figures = curve_figures(runs, category, key)
    for place, run in enumerate(first_runs(runs), start=1):
        figure = histogram_figure(run, category, f"{key}-scores-{place}")
        if figure:
            figures.append(figure)
    return figures


def _mistakes(
    material: Material,
    runs: Sequence[NamedRun],
    colours: Mapping[tuple[str, str], int],
    execution: Execution,
    notes: list[str],
) -> tuple[dict[str, list[Figure]], list[CaseGroup]]:
    """Draw what runs got wrong whose maps are at hand; what cannot be read is named in the notes."""
    work = [
        (run, category, maps)
        for run in first_runs(runs)
        for category in material.dataset
        if (maps := (material.scoring.maps or {}).get(run.result.submission.files_fingerprint))
        and category.name in run.result.categories
        and category.name in maps.categories
    ]
    cases = max(_FEWEST_CASES, min(_CASES, _MOST_CASE_PICTURES // max(1, 4 * len(work))))
    regions: dict[str, list[Figure]] = {}
    groups: list[CaseGroup] = []
    for place, (run, category, maps) in enumerate(work, start=1):
        root = material.dataset_root or Path()
        try:
            figure = _regions(root, run, category, maps, f"regions-{place}", execution)
        except CurateError as error:
            notes.append(f"{run.name}, {category.name}: regions cannot be shown: {error.message}")
        else:
            if figure:
                regions.setdefault(category.name, []).append(figure)
        groups += _groups(root, run, category, maps, cases, colours, execution)
    return regions, groups


def _regions(
    root: Path, run: NamedRun, category: Category, maps: Maps, key: str, execution: Execution
) -> Figure | None:
    threshold = threshold_at(run.result.categories[category.name])
    if threshold is None:
        return None
    scores = region_scores(
        root,
        category,
        maps.root,
        maps.categories[category.name],
        threshold,
        resize=run.result.settings.resize if run.result.settings else "",
        execution=execution,
    )
    return region_figure(run, category.name, scores, key) if scores else None


def _groups(
    root: Path,
    run: NamedRun,
    category: Category,
    maps: Maps,
    most: int,
    colours: Mapping[tuple[str, str], int],
    execution: Execution,
) -> list[CaseGroup]:
    entry = run.result.categories[category.name]
    submission = maps.categories[category.name]
    mine = {defect: colour for (name, defect), colour in colours.items() if name == category.name}
    limit, words = _limit(entry)
    draw = partial(_draw, root, maps.root, category, heat_scale(entry), mine, limit)
    groups = []
    for kind, says in (("false positive", _POSITIVES), ("false negative", _NEGATIVES)):
        chosen = [case for case in worst_cases(entry, category, submission, count=most) if case.kind == kind]
        drawn = execution.map(draw, chosen, f"{kind}s of {category.name}")
        pictures = tuple(picture for picture in drawn if picture)
        if pictures:
            groups.append(CaseGroup(run.name, category.name, kind, f"{says} {words}", pictures))
    return groups


def _limit(entry: CategoryResult) -> tuple[float | None, str]:
    """Return the score above which an image is called defective, and what that limit is."""
    deployed = (entry.detection.deployed or {}).get(_DEPLOYED_AT)
    if deployed is not None and deployed.threshold is not None:
        return float(deployed.threshold), "The limit is the deployed threshold: 1 % of training images may exceed it."
    return (
        entry.detection.f1_max_threshold,
        "The limit is the threshold of the highest F1: nothing says what to deploy.",
    )


_DEPLOYED_AT = "0.01"
"""Of the training false positive rates that thresholds are deployed for, the one that images are judged by."""


def with_anchors(part: ResultsPart, entries: Sequence[GalleryEntry]) -> ResultsPart:
    """Lead each of the worst cases to its picture in the gallery."""
    anchors = {(entry.category, entry.image): entry.anchor for entry in entries}
    groups = [
        replace(
            group,
            cases=tuple(replace(case, anchor=anchors.get((group.category, case.key), "")) for case in group.cases),
        )
        for group in part.cases
    ]
    return replace(part, cases=tuple(groups))


_POSITIVES = "Good images with the highest scores: the false alarms, or those nearest to one."
_NEGATIVES = "Defective images with the lowest scores: the misses, or those nearest to one."


def _draw(
    root: Path,
    maps_root: Path,
    category: Category,
    scale: Scale | None,
    colours: dict[str, int],
    limit: float | None,
    case: Case,
) -> CasePicture | None:
    sample = next(entry for entry in category.samples if entry.path == case.image)
    try:
        found = case_pictures(
            root, category, sample, maps_root / case.map if case.map else None, scale=scale, side_px=_SIDE_PX
        )
    except CurateError:
        return None  # a damaged image is a finding, and the gallery says so
    verdict, wrong = _verdict(case, limit)
    return CasePicture(
        key=case.key,
        label=case.label,
        verdict=verdict,
        is_wrong=wrong,
        says=f"score {number(case.score, 5)}" + (f" (limit {number(limit, 5)})" if limit is not None else ""),
        image=encode(found.image),
        outlines=outlines(found.regions, colours),
        heat=encode(found.heat) if found.heat is not None else None,
    )


def _verdict(case: Case, limit: float | None) -> tuple[str, bool]:
    """Say what the threshold with the highest F1 makes of an image, and whether that is wrong."""
    if limit is None:
        return "", False
    called = case.score > limit
    if case.kind == "false positive":
        return ("false alarm", True) if called else ("passed", False)
    return ("found", False) if called else ("missed", True)


def said_of_images(runs: Sequence[NamedRun]) -> dict[tuple[str, str], str]:
    """Return each image's scores in words, by category and key."""
    said: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        for name, entry in run.result.categories.items():
            for row in entry.images or ():
                said.setdefault((name, row.image), []).append(f"{run.name} scores {number(row.score, 5)}")
    return {place: "; ".join(words) for place, words in said.items()}
