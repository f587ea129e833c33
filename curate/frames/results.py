"""Results as tables: a row per category, defect, image or run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from curate.datasets.tabular import framed
from curate.errors import InputError
from curate.evaluate.compare import METRICS
from curate.evaluate.consistency import read_checked_result
from curate.evaluate.images import defects_of_folder
from curate.frames.metrics import means_of, numbers_of
from curate.model.result import CategoryResult, Result

if TYPE_CHECKING:
    import pandas as pd

What: TypeAlias = Literal["categories", "defects", "images", "runs"]
Columns: TypeAlias = Mapping[str, tuple[str, str]]

_SHARE = "share from 0 to 1; see docs/metrics.md"
_RUN: Columns = {
    "method": ("string", "method"),
    "run": ("string", "run of the method"),
    "dataset": ("string", "name of the dataset"),
}
_CATEGORY: Columns = {**_RUN, "category": ("string", "category")}
_NUMBERS: Columns = dict.fromkeys(METRICS, ("Float64", _SHARE))
_LIMITS = ("0.01", "0.05", "0.1", "0.3", "1.0")
_TNRS = ("0.99", "0.95", "0.90")

COLUMNS: Mapping[What, Columns] = {
    "categories": {
        **_CATEGORY,
        "train_images": ("int64", "training images"),
        "test_good_images": ("int64", "good test images"),
        "test_defective_images": ("int64", "defective test images"),
        "regions": ("int64", "regions of the test set"),
        "negative_pixels": ("int64", "pixels outside all regions"),
        **_NUMBERS,
        "f1_max_threshold": ("Float64", "score, on the detector's scale"),
        "pixel_f1_max_threshold": ("Float64", "score, on the detector's scale"),
        "segmentation_threshold": ("Float64", "score, on the detector's scale"),
        "notes": ("string", "what the category says about itself, joined by a semicolon"),
    },
    "defects": {
        **_CATEGORY,
        "defect": ("string", "kind of defect"),
        "regions": ("Int64", "regions of it"),
        **{f"au_spro@{limit}": ("Float64", _SHARE) for limit in _LIMITS},
        **dict.fromkeys(("auroc", "ap", "f1_max"), ("Float64", _SHARE)),
        **{f"tpr@tnr{tnr}": ("Float64", _SHARE) for tnr in _TNRS},
        "correct_class_recall": ("Float64", "share of its images that are called so"),
        "defect_recall": ("Float64", "share of its images that are called any defect"),
        "aql_percent": ("Float64", "100 minus the defect recall in percent"),
    },
    "images": {
        **_CATEGORY,
        "split": ("string", "train or test"),
        "label": ("string", "good, or the defect that the image's folder names"),
        "image": ("string", "split/label/name"),
        "defects": ("string", "defects that it shows, joined by a semicolon"),
        "score": ("float64", "image score, on the detector's scale"),
    },
    "runs": {
        **_RUN,
        "layout": ("string", "of the dataset"),
        "dataset_fingerprint": ("string", "sha256 of what was scored on"),
        "submission_fingerprint": ("string", "sha256 of what was scored"),
        "curate_version": ("string", "version that computed it"),
        "signature": ("string", "every setting that can change a number"),
        "categories": ("int64", "number of categories"),
        **_NUMBERS,
    },
}
"""Name, type and meaning of the columns of each table; metrics have the names of ``curate compare --metric``. Those of
``runs`` are means over the categories, where all have a value."""


@dataclass(frozen=True, repr=False)
class ResultFrames:
    """Results that were read, as tables.

    Attributes
    ----------
    results : tuple of Result
    unchecked : tuple of str
        What of the files could not be checked.
    """

    results: tuple[Result, ...]
    unchecked: tuple[str, ...] = ()

    def __repr__(self) -> str:
        runs = [run for result in self.results for run in result.single_runs]
        methods = ", ".join(dict.fromkeys(run.submission.method for run in runs))
        return f"ResultFrames({len(runs)} runs of {methods})"

    def frame(self, what: What = "categories") -> pd.DataFrame:
        """Return a table with a row per category, defect, image or run; columns as in :data:`COLUMNS`.

        Raises
        ------
        InputError
            If there is no such table.
        """
        if what not in get_args(What):
            raise InputError(f"there is no table {what!r}", hint=f"one of {', '.join(get_args(What))}")
        runs = [run for result in self.results for run in result.single_runs]
        if what == "runs":
            return framed(map(_run_row, runs), COLUMNS[what])
        rows = {"categories": _category_rows, "defects": _defect_rows, "images": _image_rows}[what]
        return framed((row for run in runs for row in rows(run)), COLUMNS[what])


def load_results(files: str | PathLike[str] | Sequence[str | PathLike[str] | Result] | Result) -> ResultFrames:
    """Read results of ``curate evaluate``, and check each against itself.

    Parameters
    ----------
    files : path, Result, or a sequence of them

    Raises
    ------
    CurateError
        If a file does not exist or is no result.
    """
    listed = [files] if isinstance(files, (str, PathLike, Result)) else list(files)
    results, unchecked = [], []
    for entry in listed:
        if isinstance(entry, Result):
            results.append(entry)
            continue
        result, sentences = read_checked_result(Path(entry))
        results.append(result)
        unchecked += [f"{entry}: {sentence}" for sentence in sentences]
    return ResultFrames(tuple(results), tuple(unchecked))


def _head(run: Result) -> tuple[str, str, str]:
    return run.submission.method, run.submission.run, run.dataset.name


def _run_row(run: Result) -> tuple[Any, ...]:
    prints = (run.dataset.layout, run.dataset.fingerprint, run.submission.fingerprint)
    about = (*prints, run.curate_version, run.signature, len(run.categories))
    return (*_head(run), *about, *means_of(run).values())


def _category_rows(run: Result) -> Iterator[tuple[Any, ...]]:
    for name, entry in run.categories.items():
        counts = entry.counts
        numbers = (counts.train, counts.test_good, counts.test_defective, counts.regions, counts.negative_pixels)
        places, images, outline = entry.localization, entry.detection, entry.segmentation
        thresholds = (images.f1_max_threshold, places.pixel_f1_max_threshold, outline.threshold)
        yield (*_head(run), name, *numbers, *numbers_of(entry).values(), *thresholds, "; ".join(entry.all_notes))


def _defect_rows(run: Result) -> Iterator[tuple[Any, ...]]:
    for name, entry in run.categories.items():
        for defect in _defects(entry):
            yield (*_head(run), name, defect, *_of_defect(entry, defect))


def _defects(entry: CategoryResult) -> Iterable[str]:
    recalls = entry.classification.defect_recall if entry.classification else {}
    return sorted({*entry.localization.by_defect, *entry.detection.by_defect, *recalls})


def _of_defect(entry: CategoryResult, defect: str) -> tuple[float | None, ...]:
    places = entry.localization.by_defect.get(defect)
    images = entry.detection.by_defect.get(defect)
    classes = entry.classification
    recalls = (classes.correct_class_recall, classes.defect_recall, classes.aql) if classes else ({}, {}, {})
    return (
        places.regions if places else None,
        *(places.au_spro[limit] if places else None for limit in _LIMITS),
        *((images.auroc, images.ap, images.f1_max) if images else (None, None, None)),
        *(images.tpr_at_tnr[tnr] if images else None for tnr in _TNRS),
        *(table.get(defect) for table in recalls),
    )


def _image_rows(run: Result) -> Iterator[tuple[Any, ...]]:
    for name, entry in run.categories.items():
        for image in entry.images or ():
            defects = defects_of_folder(image.label) if image.defects is None else image.defects
            split = image.image.partition("/")[0]
            yield (*_head(run), name, split, image.label, image.image, ";".join(defects), image.score)
