"""``curate label import``: read what experts drew, pair it with frames, write the record of annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from curate.disk.reading import is_there
from curate.disk.tables import read_table
from curate.errors import InputError, RecordError
from curate.formats import label_studio
from curate.formats.documents import LabelFile, read_document
from curate.formats.pairing import PictureIndex, Unpaired
from curate.formats.records import PLAIN, Parsed, ReadOptions, Surroundings
from curate.label.agreement import Comparison, PairSummary, compare, summaries
from curate.label.plan import LATEST, OpinionChoice, in_order, pair, plan_import
from curate.label.report import LabelReport, failure_of, report_of
from curate.label.scope import EVERY_SERIES, LabelScope, good_rest, words_of
from curate.label.sources import SourceReading, read_sources
from curate.label.thresholds import with_thresholds
from curate.model.account import Account
from curate.model.capture import Capture
from curate.model.config import CategoryConfig
from curate.model.finding import Finding, ordered
from curate.model.region import Annotation
from curate.model.words import Shown
from curate.workspace.annotations import read_annotations, write_annotations
from curate.workspace.label_sources import LabelSource, seen_of, sources_in, with_sources
from curate.workspace.picture_index import read_picture_index
from curate.workspace.pipeline import stamp_stage
from curate.workspace.stamps import read_stamp
from curate.workspace.unfinished import carrying_out
from curate.workspace.workspace import Workspace


def import_labels(
    workspace: Workspace,
    category: CategoryConfig,
    files: Sequence[Path],
    *,
    format_name: str = "auto",
    options: ReadOptions = PLAIN,
    choice: OpinionChoice = LATEST,
    scope: LabelScope = EVERY_SERIES,
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
    scope : LabelScope
        Which series the files speak of, and whether the frames that they do not name are good.
    dry_run : bool
        Read and check only.

    Raises
    ------
    CurateError
        If a file does not exist or is not of a known format; all such files are listed together.
    """
    scope.check(workspace.series_of(category.name))
    with workspace.lock(on_wait), _stage(workspace, category, dry_run=dry_run):
        index = read_picture_index(workspace, category, scope.series)
        seen = [seen_of(workspace, path) for path in files] if all(path.exists() for path in files) else []
        reading = read_sources(files, index, tuple(category.defects), format_name, options, workspace.root)
        words = words_of([name for name, _, _ in seen], format_name, options, choice, scope)
        sources = [
            _source(category, index, LabelSource(name, words, content, glance), part)
            for (name, content, glance), part in zip(seen, reading.parts, strict=True)
        ]
        return _settle(workspace, category, reading, index, sources, choice, scope, dry_run=dry_run)


def _stage(workspace: Workspace, category: CategoryConfig, *, dry_run: bool) -> AbstractContextManager[None]:
    return nullcontext() if dry_run else carrying_out(workspace, "label", category.name)


def _source(category: CategoryConfig, index: PictureIndex, source: LabelSource, parsed: Parsed) -> LabelSource:
    """Remember with a source what of it could not be used yet."""
    unpaired = {drawn.image.name for drawn in parsed.drawn if isinstance(index.find(drawn.image), Unpaired)}
    return replace(source, unknown=_unknown(category, parsed), unpaired=tuple(sorted(unpaired)))


def _unknown(category: CategoryConfig, parsed: Parsed) -> dict[str, int]:
    """Count the regions by those names that ``curate.toml`` does not know."""
    called = Counter(region.defect for drawn in parsed.drawn for region in drawn.regions)
    return {name: count for name, count in sorted(called.items()) if name not in category.defects}


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
    with workspace.lock(on_wait), _stage(workspace, category, dry_run=dry_run):
        index = read_picture_index(workspace, category)
        reading = SourceReading(label_studio.read(list(tasks), name, Surroundings(index.size_of)), Account(1))
        words = ("label", "pull", "--project", name)
        source = _source(category, index, LabelSource(name, words), reading.parsed)
        return _settle(workspace, category, reading, index, [source], choice, EVERY_SERIES, dry_run=dry_run)


def _settle(
    workspace: Workspace,
    category: CategoryConfig,
    reading: SourceReading,
    index: PictureIndex,
    sources: Sequence[LabelSource],
    choice: OpinionChoice,
    scope: LabelScope,
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
    captures = _captures(workspace, category)
    order = [capture.frame for capture in captures]
    plan = plan_import(parsed, index, category.defects, before, order, choice)
    rest: dict[str, Annotation] = {}
    if scope.rest_is_good:
        named = ", ".join(source.name for source in sources)
        rest, said = good_rest(plan, filter(scope.covers, captures), before, named)
        plan = replace(
            plan,
            annotations=in_order({**plan.annotations, **rest}, order),
            imported=tuple(sorted({*plan.imported, *rest})),
            findings=(*plan.findings, *said),
        )
    report = report_of(category.name, plan, reading, before, captures)
    report = replace(report, rest=len(rest), unknown=_unknown(category, parsed))
    if not dry_run:
        write_annotations(path, plan.annotations.values())
        details = with_sources(_known_sources(workspace, category), sources)
        stamp_stage(workspace, "label", category, [path], failed=failure_of(plan, report), details=details)
    return report


def _known_sources(workspace: Workspace, category: CategoryConfig) -> list[LabelSource]:
    try:
        return sources_in(read_stamp(workspace, "label", category.name))
    except RecordError:
        return []  # a damaged stamp is written anew


def _captures(workspace: Workspace, category: CategoryConfig) -> list[Capture]:
    return [
        capture
        for series in workspace.series_of(category.name)
        for capture in read_table(workspace.captures_record(category.name, series), Capture)
    ]


def read_outlines(
    workspace: Workspace, category: CategoryConfig, files: Sequence[Path]
) -> tuple[dict[str, Annotation], tuple[Finding, ...]]:
    """Read what was outlined in frames, whatever it is called, without touching the record.

    Returns
    -------
    dict of Annotation by frame
    tuple of Finding
    """
    index = read_picture_index(workspace, category)
    order = [capture.frame for capture in _captures(workspace, category)]
    reading = read_sources(files, index, tuple(category.defects), root=workspace.root).parsed
    names = {region.defect for drawn in reading.drawn for region in drawn.regions}
    plan = plan_import(reading, index, sorted(names), {}, order)
    return plan.annotations, ordered(plan.findings)


@dataclass(frozen=True, slots=True, repr=False)
class AgreementReport(Shown):
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
    index = read_picture_index(workspace, category)
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
        details = with_sources(_known_sources(workspace, category), ())
        stamp_stage(workspace, "label", category, [record], details=details)
    return count, ordered(findings)
