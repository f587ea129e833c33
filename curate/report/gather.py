"""From what was read to the page's data: every part of the report, with its small pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from statistics import fmean

from curate import __version__
from curate.datasets.tabular import region_frame
from curate.drawing.pictures import Picture as Pixels
from curate.errors import CurateError
from curate.evaluate.compare import METRICS
from curate.execution import Execution
from curate.model.dataset import Dataset
from curate.model.finding import count_by_severity
from curate.report.capture import capture_part
from curate.report.card import category_part, totals
from curate.report.charts import count, listed, share
from curate.report.excluded import excluded_part
from curate.report.findings import codes_by_path, findings_part
from curate.report.frames import exclusion_reason, shots_of_frames, shots_of_table
from curate.report.gallery import (
    GalleryItem,
    KnownOfImages,
    anchored,
    draw_item,
    palette,
    readable,
    sample_items,
    window_items,
)
from curate.report.heats import maps_by_image, scores_by_image
from curate.report.page import (
    CapturePart,
    ExcludedPart,
    Fact,
    FindingsPart,
    GalleryEntry,
    GalleryPart,
    RegionsPart,
    ReportPage,
    ResultsPart,
    picture_bytes,
)
from curate.report.pictures import SIDES_PX, chosen_form, smaller, spread
from curate.report.regions import regions_parts
from curate.report.result_tables import by_method, named_runs
from curate.report.results_part import results_part, said_of_images, with_anchors
from curate.report.sources import Material

_TRIED = 12
"""Pictures that are encoded to find out how large all may be."""

SCRIPTS = 1_700_000
"""Bytes of scripts, style, tables and charts in a file with charts, roughly."""

FIXED = 400_000
"""The same in a file without charts."""

_AROUND = 1400
"""Bytes of the page around a picture of the gallery: its caption, its outlines, its row for the filters."""


def gather_page(material: Material, *, title: str, side_px: int, file_bytes: int, execution: Execution) -> ReportPage:
    """Make the whole page.

    Parameters
    ----------
    material : Material
    title : str
        ``""`` takes the dataset's name.
    side_px : int
        Of the gallery's pictures; 0 takes the largest that fits.
    file_bytes : int
        Most bytes of a file that pictures fill.
    execution : Execution
    """
    colours = palette(_defects(material))
    results = results_part(material, colours, execution)
    capture = tuple(_capture(material))
    aside = tuple(_excluded(material, execution))
    left = file_bytes - (SCRIPTS if capture or results else FIXED) - picture_bytes((results, aside))
    gallery = _gallery(material, colours, side_px, left, execution)
    results = with_anchors(results, gallery.entries) if results else None
    regions = _regions(material, execution)
    return ReportPage(
        title=title or material.about.name,
        subtitle=_subtitle(material),
        description=material.about.description,
        facts=tuple(_facts(material, results)),
        results=results,
        categories=tuple(category_part(entry, regions.get(entry.name)) for entry in material.descriptions),
        capture=capture,
        aside=aside,
        findings=_findings(material, gallery),
        gallery=gallery,
        provenance=_provenance(material),
        palette=tuple(sorted({(name, place) for (_, name), place in colours.items()})),
    )


def _defects(material: Material) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for entry in material.descriptions:
        found.setdefault(entry.name, set()).update(entry.defects)
    for recorded in material.recorded:
        names = found.setdefault(recorded.config.name, set())
        names |= set(recorded.config.defects) | {name for frame in recorded.frames for name in frame.defects}
    return {name: sorted(names) for name, names in found.items()}


def _regions(material: Material, execution: Execution) -> dict[str, RegionsPart]:
    """Measure the dataset's regions, and draw those of each category."""
    if material.dataset_root is None:
        return {}
    name, layout = material.about.name, material.layout
    dataset = Dataset(str(material.dataset_root), name, layout, material.dataset)
    measured = region_frame(
        dataset, lambda function, jobs: list(execution.map(function, list(jobs), "measure regions")), skip=True
    )
    return regions_parts(measured, [category.name for category in material.dataset])


def _capture(material: Material) -> Iterable[CapturePart]:
    """Draw the course of time: of a workspace's frames, else of the dataset's images where they say when."""
    if material.recorded:
        named = [(entry.config.name, shots_of_frames(entry.frames)) for entry in material.recorded]
    else:
        named = [(table.name, shots_of_table(table)) for table in material.tables]
    for place, (name, shots) in enumerate(named, start=1):
        if shots:
            yield capture_part(name, f"capture-{place}", shots)


def _excluded(material: Material, execution: Execution) -> Iterable[ExcludedPart]:
    if material.workspace is None:
        return
    for recorded in material.recorded:
        part = excluded_part(material.workspace, recorded.config.name, recorded.window, recorded.frames, execution)
        if part:
            yield part


def _gallery(
    material: Material, colours: Mapping[tuple[str, str], int], side_px: int, budget: int, execution: Execution
) -> GalleryPart:
    items, shows = _items(material)
    pictures = len(items) + sum(len(item.maps) for item in items)
    form = chosen_form(_tried(items), pictures, budget - _AROUND * len(items), side_px)
    drawn = execution.map(partial(draw_item, form=form, colours=colours), items, "gallery")
    return GalleryPart(shows, anchored(list(drawn)))


def _items(material: Material) -> tuple[Sequence[GalleryItem], str]:
    """List what the gallery shows, and say in words what that is."""
    if material.dataset_root is not None:
        prefix = _prefix(material)
        codes = {path.removeprefix(prefix): entry for path, entry in codes_by_path(material.findings).items()}
        said = said_of_images(named_runs(material.scoring.results))
        known = KnownOfImages(said, scores_by_image(material), maps_by_image(material))
        images = sample_items(material.dataset_root, material.dataset, codes, known)
        beside = " Beside it: the map of each method's first run." if known.maps else ""
        return images, f"Every image of the dataset, with the outlines of its regions.{beside}"
    if material.workspace is None:
        return [], ""
    windows = [
        item
        for entry in material.recorded
        for item in window_items(material.workspace, entry.config, entry.window, entry.frames)
    ]
    return windows, "Every window that was cut and accepted; nothing has been exported yet."


def _tried(items: Sequence[GalleryItem]) -> list[Pixels]:
    """Open some pictures, to find out how large all may be."""
    samples = []
    for place in spread(len(items), _TRIED):
        try:
            samples.append(items[place].look(SIDES_PX[0]).image)
        except CurateError:
            continue
    return samples


def _prefix(material: Material) -> str:
    """Return what stands before a dataset's paths in findings about a workspace."""
    if material.workspace is None or material.dataset_root is None:
        return ""
    return f"{material.workspace.relative(material.dataset_root)}/"


def _findings(material: Material, gallery: GalleryPart) -> FindingsPart | None:
    if not material.checked:
        return None
    prefix = _prefix(material)
    shown: dict[str, GalleryEntry] = {f"{prefix}{entry.key}": entry for entry in gallery.entries}
    for category in material.dataset:
        for sample in category.samples:
            for mask in sample.masks:
                shown.setdefault(f"{prefix}{readable(mask)}", shown[f"{prefix}{readable(sample.path)}"])
    return findings_part(material.findings, material.silenced, material.checked, material.account, shown, smaller)


def _subtitle(material: Material) -> str:
    names = [entry.name for entry in material.descriptions] or [entry.config.name for entry in material.recorded]
    names = names or sorted({name for result in material.scoring.results for name in result.categories})
    parts = [f"{count(len(names), 'category', 'categories')}: {listed(names)}" if len(names) > 1 else listed(names)]
    about = material.about
    parts += [f"version {about.version}"] if about.version else []
    parts += [f"licence {about.license}"] if about.license else []
    if material.dataset_root is None:
        parts.append("not exported yet" if material.workspace else "results alone")
    return " · ".join(parts)


def _facts(material: Material, results: ResultsPart | None) -> Iterable[Fact]:
    """Return the numbers that a reader wants first."""
    if material.descriptions:
        found = totals(material.descriptions)
        sides = ((found["train"], "training"), (found["val"], "validation"), (found["test"], "test"))
        split = ", ".join(f"{number:,} {name}" for number, name in sides if number)
        yield Fact("images", f"{found['images']:,}", split, "#dataset")
        regions = f"{count(found['regions'], 'region')} of {count(found['defects'], 'kind')} of defect"
        yield Fact("defective images", f"{found['defective']:,}", regions, "#dataset")
    if material.recorded:
        frames = [frame for entry in material.recorded for frame in entry.frames]
        aside = sum(bool(exclusion_reason(frame)) for frame in frames)
        yield Fact(
            "frames shot",
            f"{len(frames):,}",
            f"{aside:,} set aside" if aside else "none set aside",
            "#aside" if aside else "#capture",
        )
    if material.checked:
        yield _validation_fact(material)
    yield from _result_facts(material, results)


def _validation_fact(material: Material) -> Fact:
    counts = count_by_severity(material.findings)
    words = [count(counts[name], name) for name in ("error", "warning") if counts[name]]
    words += [count(counts["info"], "note")] if counts["info"] else []
    tone = "bad" if counts["error"] else "doubtful" if counts["warning"] else "good"
    if tone == "good" and not material.checked["images"]:
        return Fact("validation", "not yet", "nothing has been exported", "#findings")
    first, *others = words if tone != "good" else ["clean", *words]
    note = ", ".join(others) or f"{count(material.checked['images'], 'image')} checked"
    return Fact("validation", first, note, "#findings", tone)


def _result_facts(material: Material, results: ResultsPart | None) -> Iterable[Fact]:
    """Return the best method's numbers, by the mean over its categories."""
    if results is None:
        return
    methods = by_method(named_runs(material.scoring.results))
    for words, metric in (("AU-sPRO@0.05", METRICS["au_spro@0.05"]), ("image AUROC", METRICS["auroc"])):
        means = {
            method: [_mean(map(metric, run.result.categories.values())) for run in runs]
            for method, runs in methods.items()
        }
        known = {method: mean for method, values in means.items() if (mean := _mean(values)) is not None}
        if known:
            best = max(known, key=lambda method: known[method])
            note = f"{best}, best of {count(len(methods), 'method')}" if len(methods) > 1 else best
            note += f", mean of {len(means[best])} runs" if len(means[best]) > 1 else ""
            yield Fact(words, f"{share(known[best])} %", note, "#results")


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _provenance(material: Material) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return where everything comes from."""
    about = material.about
    rows = [("written by", f"curate {__version__}")]
    rows += [("dataset", f"{about.name} {about.version}".strip())] if material.workspace or material.tables else []
    if material.fingerprint:
        rows += [
            ("layout", material.layout),
            ("fingerprint", f"{material.fingerprint}, over names, images, masks and configuration"),
        ]
    parts = [("This report", tuple(rows))]
    for run in named_runs(material.scoring.results):
        submission = run.result.submission
        lines = (
            ("method", submission.method),
            ("run", submission.run),
            ("its maps", submission.files_fingerprint),
            ("scored on", run.result.dataset.fingerprint),
            ("scored by", f"curate {run.result.curate_version}"),
            ("every setting", run.result.signature.replace("|", " | ")),
        )
        parts.append((f"Result: {run.name}", lines))
    return tuple(parts)
