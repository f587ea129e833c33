"""``curate label import``: read what experts drew, pair it with frames, write the record of annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from curate.disk.reading import is_there
from curate.disk.tables import read_table
from curate.errors import InputError
from curate.formats import label_studio
from curate.formats.documents import LabelFile, read_document
from curate.formats.pairing import KnownPicture, PictureIndex, frame_targets, window_targets
from curate.formats.records import PLAIN, ReadOptions, Surroundings
from curate.label.agreement import Comparison, PairSummary, compare, summaries
from curate.label.plan import LATEST, LabelPlan, OpinionChoice, pair, plan_import
from curate.label.sources import SourceReading, read_sources
from curate.label.thresholds import with_thresholds
from curate.model.account import Account
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig
from curate.model.finding import Finding, ordered
from curate.model.region import Annotation
from curate.workspace.annotations import read_annotations, write_annotations
from curate.workspace.pipeline import stamp_stage
from curate.workspace.unfinished import carrying_out
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
    account : dict of str to Account
        Of the ``files`` below the sources, the ``entries`` of documents (images and shapes), and the ``images`` that a
        frame was found for: used and left out, together all there is.
    """

    category: str
    imported: int
    good: int
    regions: int
    kept: int
    findings: tuple[Finding, ...]
    unknown: dict[str, int]
    account: dict[str, Account] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "imported": self.imported,
            "good": self.good,
            "regions": self.regions,
            "kept": self.kept,
            "unknown": self.unknown,
            "account": {name: account.to_json() for name, account in self.account.items()},
            "findings": [finding.to_json() for finding in self.findings],
        }


def import_labels(
    workspace: Workspace,
    category: CategoryConfig,
    files: Sequence[Path],
    *,
    format_name: str = "auto",
    options: ReadOptions = PLAIN,
    choice: OpinionChoice = LATEST,
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
        ``auto``, or one of :data:`curate.formats.registry.NAMES`.
    options : ReadOptions
    choice : OpinionChoice
        Whose opinion counts when several people annotated a picture.
    dry_run : bool
        Read and check only.

    Raises
    ------
    CurateError
        If a file does not exist or is not of a known format; all such files are listed together.
    """
    with workspace.lock(on_wait), carrying_out(workspace, "label", category.name):
        index, order = load_index(workspace, category)
        reading = read_sources(files, index, tuple(category.defects), format_name, options, workspace.root)
        return _settle(workspace, category, reading, index, order, choice, dry_run=dry_run)


def import_export(
    workspace: Workspace,
    category: CategoryConfig,
    tasks: Sequence[dict[str, Any]],
    name: str,
    *,
    choice: OpinionChoice = LATEST,
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> LabelReport:
    """Take in a Label Studio export that is in memory; else as :func:`import_labels`. ``name`` is for findings."""
    with workspace.lock(on_wait), carrying_out(workspace, "label", category.name):
        index, order = load_index(workspace, category)
        reading = SourceReading(label_studio.read(list(tasks), name, Surroundings(index.size_of)), Account(1))
        return _settle(workspace, category, reading, index, order, choice, dry_run=dry_run)


def _settle(
    workspace: Workspace,
    category: CategoryConfig,
    reading: SourceReading,
    index: PictureIndex,
    order: list[str],
    choice: OpinionChoice,
    *,
    dry_run: bool,
) -> LabelReport:
    parsed = reading.parsed
    people = {drawn.annotator for drawn in parsed.drawn}
    if choice.annotator and choice.annotator not in people:
        names = ", ".join(sorted(filter(None, people))) or "nobody by name"
        raise InputError(
            f"{choice.annotator!r} annotated nothing here; the files name {names}", hint="check --annotator"
        )
    path = workspace.annotations(category.name)
    before = read_annotations(path) if is_there(path) else {}
    plan = plan_import(parsed, index, category.defects, before, order, choice)
    if not dry_run:
        write_annotations(path, plan.annotations.values())
        stamp_stage(workspace, "label", category, [path])
    called = Counter(region.defect for drawn in parsed.drawn for region in drawn.regions)
    unknown = {name: count for name, count in sorted(called.items()) if name not in category.defects}
    return _report(category.name, plan, unknown, reading)


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
    reading = read_sources(files, index, tuple(category.defects), root=workspace.root).parsed
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
    parsed = read_sources(files, index, tuple(category.defects), root=workspace.root).parsed
    paired = pair(parsed, index, category.defects)
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
    with workspace.lock(), carrying_out(workspace, "label", category.name):
        record = workspace.annotations(category.name)
        annotations = read_annotations(record)
        header, *rows = read_document(LabelFile(path, path.name, "csv")) or [[]]
        changed, count, findings = with_thresholds(annotations, header, rows, path.name)
        write_annotations(record, changed.values())
        stamp_stage(workspace, "label", category, [record])
    return count, ordered(findings)


def _report(category: str, plan: LabelPlan, unknown: dict[str, int], reading: SourceReading) -> LabelReport:
    new = [plan.annotations[frame] for frame in plan.imported]
    return LabelReport(
        category=category,
        imported=len(new),
        good=sum(annotation.label == "good" for annotation in new),
        regions=sum(len(annotation.regions) for annotation in new),
        kept=len(plan.annotations) - len(new),
        findings=ordered(plan.findings),
        unknown=unknown,
        account={"files": reading.files, "entries": reading.parsed.account, "images": plan.images},
    )


def load_index(workspace: Workspace, category: CategoryConfig) -> tuple[PictureIndex, list[str]]:
    """Return all pictures of a category that may have been annotated, and its frames in shooting order."""
    captures = [
        capture
        for series in workspace.series_of(category.name)
        for capture in read_table(workspace.captures_record(category.name, series), Capture)
    ]
    frames = frame_targets(captures, category.name)
    by_frame = {target.frame: target for target in frames}
    targets: list[KnownPicture] = list(frames)
    for window in category.windows:
        for series in workspace.series_of(category.name):
            path = workspace.windows_record(window, category.name, series)
            rows = read_table(path, Window) if is_there(path) else []
            targets += window_targets(rows, by_frame, window, category.name)
    others = sorted((workspace.root / "records" / "captures").glob("*"))
    foreign = [folder.name for folder in others if folder.name != category.name]
    return PictureIndex(targets, foreign), [capture.frame for capture in captures]
