"""``curate label import``: read what experts drew, pair it with frames, write the record of annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from curate.datasets.dataset import CONFIG_NAME, read_defects_config
from curate.disk.tables import read_table
from curate.errors import CurateError, InputError
from curate.formats.label_files import (
    NOT_ANNOTATIONS,
    LabelFile,
    class_names,
    first_pixels,
    image_files,
    label_files,
    read_document,
)
from curate.imaging.images import decode
from curate.label.agreement import Comparison, PairSummary, compare, summaries
from curate.label.formats import FORMATS, MASKS, format_of
from curate.label.pairing import Index, Target, frame_targets, window_targets
from curate.label.plan import LATEST, Choice, Plan, pair, plan_import
from curate.label.readers import label_studio, mask_images
from curate.label.reading import PLAIN, Reading, ReadOptions, Surroundings, joined, renamed
from curate.label.thresholds import with_thresholds
from curate.model.capture import Capture, Window
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.finding import Finding, ordered
from curate.model.region import Annotation
from curate.workspace.annotations import read_annotations, write_annotations
from curate.workspace.pipeline import stamp_stage
from curate.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What ``curate label import`` did.

    Attributes
    ----------
    category : str
    imported : int
        Frames whose annotation came from the files.
    good : int
        Of those, without a region and called good.
    regions : int
        In the imported frames.
    kept : int
        Frames that the files do not name; their annotations stayed as they were.
    findings : tuple of Finding
    unknown : dict of str to int
        Names in the files that are no defects in ``curate.toml``, and how many regions are called so.
    """

    category: str
    imported: int
    good: int
    regions: int
    kept: int
    findings: tuple[Finding, ...]
    unknown: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "imported": self.imported,
            "good": self.good,
            "regions": self.regions,
            "kept": self.kept,
            "unknown": self.unknown,
            "findings": [finding.to_json() for finding in self.findings],
        }


def import_labels(
    workspace: Workspace,
    category: CategoryConfig,
    files: Sequence[Path],
    *,
    format_name: str = "auto",
    options: ReadOptions = PLAIN,
    choice: Choice = LATEST,
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> LabelReport:
    """Read annotation files and write ``records/annotations/<category>.jsonl``.

    Frames that the files name get the new annotation; all others keep theirs.

    Parameters
    ----------
    workspace : Workspace
    category : CategoryConfig
    files : sequence of Path
        Exports, or folders of them, or folders of masks.
    format_name : str
        ``auto``, or one of :data:`curate.label.formats.NAMES`.
    options : ReadOptions
    choice : Choice
        Whose opinion counts when several people annotated a picture.
    dry_run : bool
        Read and check only.

    Raises
    ------
    CurateError
        If a file does not exist or is not of a known format; all such files are listed together.
    """
    with workspace.lock(on_wait):
        index, order = load_index(workspace, category)
        reading = read_sources(files, index, tuple(category.defects), format_name, options)
        return _settle(workspace, category, reading, index, order, choice, dry_run=dry_run)


def import_export(
    workspace: Workspace,
    category: CategoryConfig,
    tasks: Sequence[dict[str, Any]],
    name: str,
    *,
    choice: Choice = LATEST,
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> LabelReport:
    """Take in a Label Studio export that is in memory; else as :func:`import_labels`. ``name`` is for findings."""
    with workspace.lock(on_wait):
        index, order = load_index(workspace, category)
        reading = label_studio.read(list(tasks), name, Surroundings(index.size_of))
        return _settle(workspace, category, reading, index, order, choice, dry_run=dry_run)


def _settle(
    workspace: Workspace,
    category: CategoryConfig,
    reading: Reading,
    index: Index,
    order: list[str],
    choice: Choice,
    *,
    dry_run: bool,
) -> LabelReport:
    people = {drawn.annotator for drawn in reading.drawn}
    if choice.annotator and choice.annotator not in people:
        names = ", ".join(sorted(filter(None, people))) or "nobody by name"
        raise InputError(
            f"{choice.annotator!r} annotated nothing here; the files name {names}", hint="check --annotator"
        )
    path = workspace.annotations(category.name)
    before = read_annotations(path) if path.is_file() else {}
    plan = plan_import(reading, index, category.defects, before, order, choice)
    if not dry_run:
        write_annotations(path, plan.annotations.values())
        stamp_stage(workspace, "label", category, [path])
    called = Counter(region.defect for drawn in reading.drawn for region in drawn.regions)
    unknown = {name: count for name, count in sorted(called.items()) if name not in category.defects}
    return _report(category.name, plan, unknown)


def read_outlines(
    workspace: Workspace, category: CategoryConfig, files: Sequence[Path]
) -> tuple[dict[str, Annotation], tuple[Finding, ...]]:
    """Read what was outlined in frames, whatever it is called, without touching the record.

    Returns
    -------
    dict of Annotation by frame
    tuple of Finding
    """
    index, order = load_index(workspace, category)
    reading = read_sources(files, index, tuple(category.defects))
    names = {region.defect for drawn in reading.drawn for region in drawn.regions}
    plan = plan_import(reading, index, sorted(names), {}, order)
    return plan.annotations, ordered(plan.findings)


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """How well annotators agree.

    Attributes
    ----------
    category : str
    pairs : tuple of PairSummary
    comparisons : tuple of Comparison
        What to discuss first stands first.
    findings : tuple of Finding
    """

    category: str
    pairs: tuple[PairSummary, ...]
    comparisons: tuple[Comparison, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "pairs": [pair.to_json() for pair in self.pairs],
            "comparisons": [asdict(comparison) for comparison in self.comparisons],
            "findings": [finding.to_json() for finding in self.findings],
        }


def agreement(workspace: Workspace, category: CategoryConfig, files: Sequence[Path]) -> AgreementReport:
    """Compare what several annotators drew on the same pictures; nothing is written."""
    index, _ = load_index(workspace, category)
    paired = pair(read_sources(files, index, tuple(category.defects)), index, category.defects)
    sizes = {key: target.frame_size_px for key, target in paired.targets.items()}
    comparisons = compare(paired.opinions, sizes)
    pairs = tuple(summaries(comparisons))
    return AgreementReport(category.name, pairs, tuple(comparisons), ordered(paired.findings))


def set_thresholds(workspace: Workspace, category: CategoryConfig, path: Path) -> tuple[int, tuple[Finding, ...]]:
    """Give single regions of the record the thresholds of a table with the columns frame, region and saturation.

    Returns
    -------
    int
        How many regions got one.
    tuple of Finding
        Rows that name no region, or hold no threshold; the others count all the same.
    """
    with workspace.lock():
        record = workspace.annotations(category.name)
        annotations = read_annotations(record)
        header, *rows = read_document(LabelFile(path, path.name, "csv")) or [[]]
        changed, count, findings = with_thresholds(annotations, header, rows, path.name)
        write_annotations(record, changed.values())
        stamp_stage(workspace, "label", category, [record])
    return count, ordered(findings)


def _report(category: str, plan: Plan, unknown: dict[str, int]) -> LabelReport:
    new = [plan.annotations[frame] for frame in plan.imported]
    return LabelReport(
        category=category,
        imported=len(new),
        good=sum(annotation.label == "good" for annotation in new),
        regions=sum(len(annotation.regions) for annotation in new),
        kept=len(plan.annotations) - len(new),
        findings=ordered(plan.findings),
        unknown=unknown,
    )


def load_index(workspace: Workspace, category: CategoryConfig) -> tuple[Index, list[str]]:
    """Return all pictures of a category that may have been annotated, and its frames in shooting order."""
    captures = [
        capture
        for series in workspace.series_of(category.name)
        for capture in read_table(workspace.captures_record(category.name, series), Capture)
    ]
    frames = frame_targets(captures, category.name)
    by_frame = {target.frame: target for target in frames}
    targets: list[Target] = list(frames)
    for window in category.windows:
        for series in workspace.series_of(category.name):
            path = workspace.windows_record(window, category.name, series)
            rows = read_table(path, Window) if path.is_file() else []
            targets += window_targets(rows, by_frame, window, category.name)
    return Index(targets), [capture.frame for capture in captures]


def read_sources(
    files: Sequence[Path],
    index: Index,
    defects: tuple[str, ...],
    format_name: str = "auto",
    options: ReadOptions = PLAIN,
) -> Reading:
    """Read every file or folder; the errors of all are raised together."""
    readings, errors = [], []
    for source in files:
        around = Surroundings(
            index.size_of, defect=options.defect, angle_unit=options.angle_unit, split_masks=options.split_masks
        )
        try:
            readings.append(_read_source(source, index, defects, format_name, around))
        except CurateError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise InputError(f"{len(errors)} files cannot be read:\n" + "\n".join(str(error) for error in errors))
    return renamed(joined(readings), options.renames)


def _read_source(
    source: Path, index: Index, defects: tuple[str, ...], format_name: str, around: Surroundings
) -> Reading:
    listed = [] if format_name == MASKS else label_files(source)
    readings, strangers = [], []
    for file in listed:
        if file.path.name in NOT_ANNOTATIONS:
            continue
        reading = _read_file(file, format_name, around)
        if reading is None:
            strangers.append(file)
        else:
            readings.append(reading)
    if readings:
        notes = [
            found(codes.UNUSED_VALUE, "is of no annotation format that curate knows", file.name) for file in strangers
        ]
        return joined([*readings, Reading((), tuple(notes))])
    if source.is_dir() and format_name in {"auto", MASKS}:
        return _read_masks(source, index, defects, around)
    known = ", ".join(entry.title for entry in FORMATS)
    raise InputError(
        f"is not of a known annotation format ({known})" if format_name == "auto" else f"is not {format_name}",
        path=source,
        hint="name the format with --format, or export another one from the annotation tool",
    )


def _read_file(file: LabelFile, format_name: str, around: Surroundings) -> Reading | None:
    document = read_document(file)
    entry = format_of(file.kind, document, format_name)
    if entry is None:
        return None
    folder = file.path.parent
    beside = replace(
        around,
        # Manifests name their masks relative to the folder above them.
        pixels_of=lambda name: first_pixels(folder / name, folder.parent / name),
        classes=class_names(folder) if entry.needs_classes else {},
        decode=lambda content: decode(content, file.path),
    )
    return entry.read(document, file.name, beside)


def _read_masks(source: Path, index: Index, defects: tuple[str, ...], around: Surroundings) -> Reading:
    pictures = image_files(source)
    if not pictures:
        raise InputError(
            "holds neither annotation files nor masks", path=source, hint="point to the folder of the masks"
        )
    masks = mask_images.mask_files(pictures, defects, index.stems(), source.resolve().name)
    others = len(pictures) - len(masks)
    said = f"{others} of its {len(pictures)} pictures are taken for images, not for masks, by their names"
    left_out = [found(codes.UNUSED_VALUE, said, source.name)] if others else []
    entries = read_defects_config(_config_beside(source))
    beside = replace(around, pixels_of=lambda name: first_pixels(source / PurePosixPath(name)))
    reading = mask_images.read(masks, source.name, defects, entries, beside)
    return joined([reading, Reading((), tuple(left_out))])


def _config_beside(source: Path) -> Path:
    """Return the ``defects_config.json`` of a folder of masks: in it, or above it as in a published dataset."""
    candidates = [folder / CONFIG_NAME for folder in (source, source.parent, source.parent.parent)]
    return next((path for path in candidates if path.is_file()), candidates[0])
