"""Write what a method found into a submission: float32 maps, tables, and what the submission says about itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from curate.baselines.trial import ScoredMap
from curate.disk.atomic import write_bytes, write_json, write_text
from curate.disk.journal import Journal
from curate.disk.json_text import parse_json
from curate.errors import InputError
from curate.model.dataset import Sample
from curate.model.natural import natural_sorted
from curate.submissions.submission import ABOUT_NAME, PREDICTIONS_NAME, SCORES_NAME

MADE_BY = "curate baseline"
STATE_NAME = ".curate"
"""Folder of a run that holds what lets it go on; it is there only while the run is not done."""

MAP_SUFFIX = ".npy"


class CategoryWriter:
    """Writes the maps and tables of one category; knows which maps a killed run has written already.

    Parameters
    ----------
    folder : Path
        The category's folder in the submission.
    state : Path
        Where the journal of written maps lies.
    """

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder = folder
        self._journal = Journal(state / "maps.jsonl")
        self._scores: dict[str, float | None] = {entry["key"]: entry["score"] for entry in self._journal.read()}

    def holds(self, key: str) -> bool:
        """Whether an image's map is written."""
        return key in self._scores and self._place(key).is_file()

    def put(self, sample: Sample, scored: ScoredMap) -> None:
        """Write one image's map, and note its score."""
        stream = io.BytesIO()
        np.save(stream, np.ascontiguousarray(scored.anomaly, np.float32), allow_pickle=False)
        write_bytes(self._place(sample.key), stream.getvalue())
        with self._journal as journal:
            journal.append({"key": sample.key, "score": scored.score})
        self._scores[sample.key] = scored.score

    def finish(self) -> None:
        """Write ``scores.csv`` where the method has scores of its own."""
        scores = {key: score for key, score in self._scores.items() if score is not None}
        if scores:
            rows = ((key, repr(scores[key])) for key in natural_sorted(scores))
            write_text(self.folder / SCORES_NAME, _table(("image", "score"), rows))

    def predictions(self, classes: tuple[str, ...], rows: dict[str, tuple[float, ...]]) -> None:
        """Write ``predictions.csv``: one probability a class."""
        lines = ((key, *map(repr, rows[key])) for key in natural_sorted(rows))
        write_text(self.folder / PREDICTIONS_NAME, _table(("image", *classes), lines))

    def _place(self, key: str) -> Path:
        place = self.folder / key
        return place.parent / f"{place.name}{MAP_SUFFIX}"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


def read_about(folder: Path) -> dict[str, Any]:
    """Return a run's ``submission.json``; an empty document where there is none.

    Raises
    ------
    InputError
        If it is no JSON object.
    """
    path = folder / ABOUT_NAME
    if not path.is_file():
        return {}
    try:
        document = parse_json(path.read_bytes())
    except ValueError as error:
        raise InputError(f"is not valid JSON: {error}", path=path) from error
    if not isinstance(document, dict):
        raise InputError("holds no JSON object", path=path)
    return document


def write_about(folder: Path, document: dict[str, Any]) -> None:
    """Write a run's ``submission.json``."""
    write_json(folder / ABOUT_NAME, document)


def is_own(folder: Path) -> bool:
    """Whether a folder is a submission, or one run of it, that ``curate baseline`` wrote or was writing."""
    try:
        runs = [folder, *(path for path in folder.iterdir() if path.is_dir())]
        return any((run / STATE_NAME).is_dir() or read_about(run).get("made_by") == MADE_BY for run in runs)
    except (OSError, InputError):
        return False
