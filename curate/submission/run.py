"""Check, pack and make submissions."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from curate.disk.atomic import write_bytes, write_json, write_text
from curate.disk.destination import replacing
from curate.disk.json_text import parse_json
from curate.disk.publish import publish_folder
from curate.errors import ImageError, MissingError
from curate.execution import Execution
from curate.imaging.images import read_file
from curate.imaging.maps import INTEGER_BINS, MapError, decode_map, image_size
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Category, Dataset
from curate.model.finding import Finding, has_errors, ordered
from curate.model.natural import natural_key
from curate.model.submission import CategorySubmission, SubmissionRun
from curate.model.words import Shown
from curate.submission.matching import MatchedImage, match
from curate.submission.options import MADE_BY, SubmissionAbout, SubmissionOptions
from curate.submission.placing import has_map, place_map
from curate.submissions.archive import submission_folder
from curate.submissions.predictions import Prediction
from curate.submissions.submission import ABOUT_NAME, PREDICTIONS_NAME, SCORES_NAME, read_submission

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP file can hold: the same submission gives the same bytes."""


@dataclass(frozen=True, slots=True, repr=False)
class SubmissionReport(Shown):
    """What was found or made.

    Attributes
    ----------
    root : str
    maps : dict
        By category: how many maps.
    scores : dict
        By category: how many image scores.
    findings : tuple of Finding
    written : bool
        Whether the submission was written; not when a finding is an error.
    """

    root: str
    maps: dict[str, int]
    scores: dict[str, int]
    findings: tuple[Finding, ...]
    written: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "root": self.root,
            "categories": {name: {"maps": count, "scores": self.scores[name]} for name, count in self.maps.items()},
            "written": self.written,
            "findings": [finding.to_json() for finding in self.findings],
        }


def check_submission(
    root: Path, dataset: Dataset, *, categories: Iterable[str] = (), execution: Execution = Execution()
) -> SubmissionReport:
    """Check that a submission can be evaluated: every test image has one readable map of its size and kind.

    Raises
    ------
    MissingError, InputError
        If there is no such folder, or nothing in it looks like a submission.
    """
    with submission_folder(root) as folder:
        report = _checked(folder, dataset, tuple(categories), execution)
    return replace(report, root=str(root))


def _checked(root: Path, dataset: Dataset, categories: Sequence[str], execution: Execution) -> SubmissionReport:
    submission = read_submission(root, dataset, categories)
    findings = list(submission.findings)
    maps: Counter[str] = Counter()
    scores: Counter[str] = Counter()
    for run in submission.runs:
        for part in run.categories:
            category = dataset.category(part.category)
            findings += _check_category(root, Path(dataset.root), category, part, run, execution)
            maps[category.name] += len(part.maps)
            scores[category.name] += len(part.scores or ())
        held = {part.category for part in run.categories}
        wanted = list(categories) or [category.name for category in dataset.categories]
        findings += [
            found(codes.MISSING_CATEGORY, "is not in the submission", run.below(name))
            for name in wanted
            if name not in held
        ]
    return SubmissionReport(str(root), dict(maps), {name: scores[name] for name in maps}, ordered(findings))


def _check_category(
    root: Path,
    dataset_root: Path,
    category: Category,
    part: CategorySubmission,
    run: SubmissionRun,
    execution: Execution,
) -> Iterator[Finding]:
    by_key = {sample.key: sample for sample in category.samples}
    for sample in category.of_split("test"):
        if sample.key not in part.maps:
            yield found(codes.MISSING_MAP, "has no anomaly map", run.below(f"{category.name}/{sample.key}"))
    for key, path in part.maps.items():
        if key not in by_key:
            yield found(codes.MAP_WITHOUT_IMAGE, f"belongs to no image: the dataset has no {category.name}/{key}", path)
    for key in part.scores or ():
        if key not in by_key:
            where = run.below(f"{category.name}/{SCORES_NAME}")
            yield found(codes.SCORES_DO_NOT_FIT, f"has a row for {key}, which is no image", where)
    jobs = [(dataset_root / by_key[key].path, path) for key, path in part.maps.items() if key in by_key]
    kinds: dict[str, list[str]] = {}
    for (_, path), (kind, finding) in zip(
        jobs, execution.map(partial(_check_map, root), jobs, f"check {category.name}"), strict=True
    ):
        if finding:
            yield finding
        else:
            kinds.setdefault(kind, []).append(path)
    if len(kinds) > 1:
        said = ", ".join(f"{len(paths)} {kind}" for kind, paths in sorted(kinds.items()))
        fewest = min(kinds.values(), key=len)
        yield found(codes.MAP_RANGES_DIFFER, f"{category.name} holds maps of several kinds: {said}", fewest[0])


def _check_map(root: Path, job: tuple[Path, str]) -> tuple[str, Finding | None]:
    image, shown = job
    try:
        size = image_size(image)
        scores = decode_map(read_file(root / shown), root / shown)
    except MapError as error:
        return "", found(error.code, error.message, shown)
    except (ImageError, MissingError) as error:
        return "", found(codes.UNREADABLE_IMAGE_SIZE, error.message, shown)
    if scores.shape != (size[1], size[0]):
        message = f"is {scores.shape[1]}×{scores.shape[0]} (width × height), its image is {size[0]}×{size[1]}"
        return "", found(codes.MAP_SIZE_DIFFERS, message, shown)
    return (scores.dtype.name if scores.dtype in INTEGER_BINS else "float"), None


def pack_submission(
    root: Path,
    dataset: Dataset,
    archive: Path,
    *,
    categories: Iterable[str] = (),
    about: SubmissionAbout = SubmissionAbout(),
    execution: Execution = Execution(),
) -> SubmissionReport:
    """Check a submission and put it into one ZIP file, each map where docs/formats.md wants it.

    The same submission gives the same bytes. Several runs keep their folders.
    """
    chosen = tuple(categories)
    with submission_folder(root) as folder:
        report = _checked(folder, dataset, chosen, execution)
        if has_errors(report.findings):
            return replace(report, root=str(root))
        write_bytes(archive, _zipped(_entries(folder, dataset, chosen, about)))
    return replace(report, root=str(archive), written=True)


def _entries(root: Path, dataset: Dataset, chosen: Sequence[str], about: SubmissionAbout) -> dict[str, bytes | Path]:
    """Return what a packed submission holds, by its name in the archive."""
    submission = read_submission(root, dataset, chosen)
    entries: dict[str, bytes | Path] = {}
    for run in submission.runs:
        start = f"{run.run}/" if len(submission.runs) > 1 else ""
        known = {**run.about, **about.to_json()}
        if known:
            entries[f"{start}{ABOUT_NAME}"] = (json.dumps(known, indent=2, ensure_ascii=False) + "\n").encode()
        for part in run.categories:
            base = f"{start}{part.category}"
            entries |= {f"{base}/{key}{Path(path).suffix.lower()}": root / path for key, path in part.maps.items()}
            tables = {Path(path).name: root / path for path in part.tables}
            entries |= {
                f"{base}/{name}": path for name, path in tables.items() if name in {SCORES_NAME, PREDICTIONS_NAME}
            }
    return entries


def _zipped(entries: dict[str, bytes | Path]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries, key=natural_key):
            source = entries[name]
            content = source if isinstance(source, bytes) else read_file(source)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            # PNG and compressed arrays do not shrink further.
            entry.compress_type = zipfile.ZIP_STORED if name.endswith((".png", ".npz")) else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return stream.getvalue()


def make_submission(
    predictions: Sequence[Prediction],
    dataset: Dataset,
    destination: Path,
    *,
    categories: Iterable[str] = (),
    options: SubmissionOptions = SubmissionOptions(),
    execution: Execution = Execution(),
    on_wait: Callable[[str], None] | None = None,
) -> SubmissionReport:
    """Write a submission from predictions.

    Parameters
    ----------
    predictions : sequence of Prediction
    dataset : Dataset
        Says which images there are and how large.
    destination : Path
        Written whole, or not at all when a finding is an error.
    categories : iterable of str
        Only these; by default those that a prediction was made for.
    options : SubmissionOptions
    execution : Execution
    on_wait : callable, optional
        Called once, with a sentence, when another command is writing to the destination.

    Raises
    ------
    InputError
        If the destination holds something that this command did not write.
    """
    chosen = tuple(categories)
    matches = match([prediction.name for prediction in predictions], dataset, chosen)
    work = [(entry, matches.by_name[entry.name]) for entry in predictions if entry.name in matches.by_name]
    tables, said = _scores(work, options.scores, dataset, chosen)
    held = chosen or sorted({target.category.name for _, target in work})
    findings = [*matches.findings, *said, *_absent(work, dataset, held)]
    with (
        replacing(destination, on_wait),
        publish_folder(destination, is_own=_is_made, without=f"no {ABOUT_NAME} in it says so") as draft,
    ):
        place = partial(place_map, Path(dataset.root), draft.folder, options)
        findings += [wrong for wrong in execution.map(place, work, "write maps") if wrong]
        for category, rows in tables.items():
            write_text(draft.folder / category / SCORES_NAME, _score_table(rows))
        write_json(draft.folder / ABOUT_NAME, options.to_json())
        draft.published = not has_errors(findings)
    counted = Counter(target.category.name for entry, target in work if has_map(entry))
    return SubmissionReport(
        str(destination),
        {name: counted[name] for name in held},
        {name: len(tables.get(name, ())) for name in held},
        ordered(findings),
        written=not has_errors(findings),
    )


def _scores(
    work: Sequence[tuple[Prediction, MatchedImage]],
    table: dict[str, float],
    dataset: Dataset,
    categories: Sequence[str],
) -> tuple[dict[str, dict[str, float]], list[Finding]]:
    """Return image scores by category and image key: of the table, else of the predictions."""
    by_category: dict[str, dict[str, float]] = {}
    findings: list[Finding] = []
    for entry, target in work:
        if entry.image_score is not None and not table:
            by_category.setdefault(target.category.name, {})[target.sample.key] = entry.image_score
            if not math.isfinite(entry.image_score):
                message = f"has the image score {entry.image_score}, expected a finite number"
                findings.append(found(codes.BROKEN_SCORES, message, entry.name))
    if not table:
        return by_category, findings
    matches = match(list(table), dataset, categories)
    for name, target in matches.by_name.items():
        by_category.setdefault(target.category.name, {})[target.sample.key] = table[name]
    return by_category, list(matches.findings)


def _score_table(rows: dict[str, float]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("image", "score"))
    writer.writerows((key, repr(rows[key])) for key in sorted(rows, key=natural_key))
    return stream.getvalue()


def _absent(work: Sequence[tuple[Prediction, MatchedImage]], dataset: Dataset, names: Iterable[str]) -> list[Finding]:
    mapped = {(target.category.name, target.sample.key) for entry, target in work if has_map(entry)}
    return [
        found(codes.MISSING_MAP, "has no anomaly map", f"{category.name}/{sample.key}")
        for category in dataset.categories
        if category.name in set(names)
        for sample in category.of_split("test")
        if (category.name, sample.key) not in mapped
    ]


def _is_made(folder: Path) -> bool:
    try:
        document = parse_json((folder / ABOUT_NAME).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("made_by") == MADE_BY
