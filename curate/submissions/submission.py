"""Read the shape of a submission: which folder is which category, which file is which image's map.

Recognised by looking (docs/formats.md): ``<category>/test/<label>/<image>.png``, the same of a single category directly
under the root (with or without ``test/``), several runs side by side, ``<run>/<category>/…``, and what the server of
MVTec AD 2 takes, ``anomaly_images/<category>/test_public/…``.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from curate.disk.hashing import sha256_bytes
from curate.disk.json_text import parse_json
from curate.disk.reading import MAX_CELL_CHARACTERS, may_be_there, read_plain
from curate.disk.schema import schema_problems
from curate.errors import InputError, MissingError
from curate.imaging.images import IMAGE_SUFFIXES
from curate.imaging.maps import is_map_name
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Category, Dataset
from curate.model.defect import GOOD, is_good_word
from curate.model.finding import Finding
from curate.model.natural import natural_key, natural_sorted
from curate.model.submission import CategorySubmission, Predictions, Submission, SubmissionRun
from curate.submissions.cells import decode_table, number_of, other_separator, wrong_width
from curate.submissions.leftovers import files_account, kinds, pictures_for_maps

ABOUT_NAME = "submission.json"
SCORES_NAME = "scores.csv"
PREDICTIONS_NAME = "predictions.csv"

_SPLITS = ("train", "val", "test")
_SERVER_MAPS, _SERVER_MASKS = "anomaly_images", "anomaly_images_thresholded"
_PUBLIC_TEST, _PRIVATE_TESTS = "test_public", ("test_private", "test_private_mixed")
"""How MVTec AD 2 names folders of maps, masks made of them, and test sets with and without published truth."""
_KEY_PARTS = 3
_SHOWN = 10
_DEPTH = 4
"""How far below a category maps are looked for: a forgotten folder level is named, a whole disk is not searched."""

Row = TypeVar("Row")


def read_submission(root: Path | str, dataset: Dataset, categories: Iterable[str] = ()) -> Submission:
    """Read the shape of a submission.

    Parameters
    ----------
    root : Path
    dataset : Dataset
        Says which categories and labels exist.
    categories : iterable of str
        Only these; all of the dataset when empty.

    Returns
    -------
    Submission
        Its findings name folders that belong to nothing and tables that cannot be read; whether every image has its map
        is for the evaluation to check.

    Raises
    ------
    MissingError
        If there is no such folder.
    InputError
        If nothing in it looks like a submission for this dataset.
    """
    root = Path(root)
    if root.is_file():
        hint = "give a folder, or a .zip or .tar file"
        raise InputError("is a file, expected the folder of a submission", path=root, hint=hint)
    if not root.is_dir():
        raise MissingError("there is no such folder", path=root, hint="check the path of the submission")
    chosen = set(categories)
    reader = _SubmissionReader(
        root, dataset, chosen or {category.name for category in dataset.categories}, named=bool(chosen)
    )
    if reader.holds_submission(root):
        runs = [reader.run(root, "")]
    else:
        folders = [folder for folder in _folders(root) if reader.holds_run(folder)]
        runs = [reader.run(folder, folder.name) for folder in folders]
        reader.findings += [
            reader.foreign_folder(folder) for folder in _folders(root) if folder not in folders and _any_map(folder)
        ]
    if not runs:
        names = ", ".join(natural_sorted(category.name for category in dataset.categories))
        others = [f"{folder.name}/" for folder in _folders(root) if _any_map(folder)][:_SHOWN]
        listed = [path.name for path in root.iterdir() if path.is_file()]
        seen = f"; found {kinds(listed)}" if listed else ""
        seen = f"; {', '.join(others)} with maps, but no category of it" if others else seen
        raise InputError(
            "holds no submission for this dataset: expected <category>/test/<defect or good>/<image>.png, "
            f"with a category among {names}{seen}",
            path=root,
            hint="check both paths; `curate evaluate --help` shows the accepted forms",
        )
    return Submission(str(root), tuple(runs), tuple(reader.findings), files_account(root, runs, ABOUT_NAME))


class _SubmissionReader:
    """Walks one submission and collects findings on its way."""

    def __init__(self, root: Path, dataset: Dataset, wanted: set[str], *, named: bool) -> None:
        self.root = root
        self.named = named
        """Whether somebody named the categories: then a submission may hold those of other datasets, too."""
        self.dataset = dataset
        self.wanted = wanted
        self.names = {category.name for category in dataset.categories}
        self.labels = {sample.label for category in dataset.categories for sample in category.of_split("test")}
        self.findings: list[Finding] = []

    def holds_submission(self, folder: Path) -> bool:
        """Whether a folder holds category folders, or is one category's maps."""
        folder = self._start(folder)
        names = {path.name for path in _folders(folder)}
        return bool(names & (self.names | self.labels | {"test", _PUBLIC_TEST})) or (folder / SCORES_NAME).is_file()

    def holds_run(self, folder: Path) -> bool:
        """Whether a folder is one run of several: it holds category folders, or says what it is.

        A folder of maps alone, ``pipe_clip/test/…``, is as likely a category of another dataset.
        """
        named = {path.name for path in _folders(self._start(folder))} & self.names
        return bool(named) or ((folder / ABOUT_NAME).is_file() and self.holds_submission(folder))

    def _start(self, folder: Path) -> Path:
        """Return where the maps of a run begin; the server of MVTec AD 2 wants a folder around them."""
        inner = folder / _SERVER_MAPS
        return inner if inner.is_dir() and _SERVER_MAPS not in self.names else folder

    def run(self, folder: Path, name: str) -> SubmissionRun:
        about = self._about(folder / ABOUT_NAME)
        start = self._start(folder)
        if start != folder:
            self._beside(folder)
        folder = start
        below = {path.name: path for path in _folders(folder)}
        if below.keys() & self.names:
            parts = [
                self._category(below[name], name) for name in natural_sorted(below.keys() & self.names & self.wanted)
            ]
            foreign = [path for name, path in below.items() if name not in self.names]
            self.findings += [self.foreign_folder(path) for path in foreign if not self.named and _any_map(path)]
        else:
            parts = [self._category(folder, self._single(folder).name)]
        top = self.root.resolve().name
        method = about.get("method") or top
        return SubmissionRun(str(method), str(about.get("run") or name), about, tuple(parts), name)

    def _beside(self, folder: Path) -> None:
        """Name what lies beside the server's folder of maps."""
        for path in _folders(folder):
            if path.name == _SERVER_MASKS:
                message = "holds masks made of the maps, which are not scored"
                self.findings.append(found(codes.UNRELATED_FOLDER, message, self.relative(path), severity="info"))
            elif path.name != _SERVER_MAPS and _any_map(path):
                self.findings.append(self.foreign_folder(path))

    def foreign_folder(self, folder: Path) -> Finding:
        names = ", ".join(natural_sorted(self.names))
        return found(
            codes.UNRELATED_FOLDER,
            f"holds maps but is no category of the dataset (it has {names})",
            self.relative(folder),
        )

    def relative(self, path: Path) -> str:
        shown = path.relative_to(self.root).as_posix()
        return "" if shown == "." else shown

    def _single(self, folder: Path) -> Category:
        """Say which category maps without a category folder belong to."""
        fitting = [category for category in self.dataset.categories if category.name in self.wanted]
        named = [category for category in fitting if category.name == folder.resolve().name]
        choice = fitting if len(fitting) == 1 else named
        other = folder.resolve().name
        if other in self.names and choice and choice[0].name != other:
            message = f"is called {other}, a category of the dataset, but maps of {choice[0].name} are asked for"
            raise InputError(message, path=folder, hint=f"evaluate it with -c {other}, or give it its own folder")
        if len(choice) != 1:
            raise InputError(
                f"holds the maps of one category, but the dataset has {len(fitting)}",
                path=folder,
                hint="name the category with -c, or put the maps into a folder of its name",
            )
        return choice[0]

    def _category(self, base: Path, name: str) -> CategorySubmission:
        maps: dict[str, str] = {}
        private = [path for path in _folders(base) if path.name in _PRIVATE_TESTS]
        samples = self.dataset.category(name).samples
        known = {sample.key for sample in samples}
        for path in private:
            message = "holds maps of images whose truth is not published, which are not scored"
            self.findings.append(found(codes.UNRELATED_FOLDER, message, self.relative(path), severity="info"))
        for path in _map_files(base, _DEPTH):
            if any(path.is_relative_to(folder) for folder in private):
                continue
            key = _key_of(path.relative_to(base), known)
            shown = self.relative(path)
            if not key:
                self.findings.append(
                    found(
                        codes.MAP_WITHOUT_IMAGE,
                        "does not lie at test/<defect or good>/<image>, so it belongs to no image",
                        shown,
                    )
                )
            elif key in maps:
                self.findings.append(
                    found(codes.SEVERAL_MAPS_FOR_IMAGE, f"is a second map for {key}", shown, related=(maps[key],))
                )
            else:
                maps[key] = shown
        wanted = (sample.key for sample in samples if sample.split == "test")
        self.findings += pictures_for_maps(base, self.relative(base), partial(_key_of, known=known), wanted, maps)
        tables: dict[str, str] = {}
        scores = self._table(base / SCORES_NAME, tables, self._scores)
        predictions = self._table(base / PREDICTIONS_NAME, tables, self._predictions)
        return CategorySubmission(name, maps, scores, predictions, tables)

    def _table(self, path: Path, tables: dict[str, str], parse: Any) -> Any:
        if not path.is_file():
            if path.is_symlink() or path.exists():
                code = codes.BROKEN_SCORES if path.name == SCORES_NAME else codes.BROKEN_PREDICTIONS
                self.findings.append(found(code, "is no plain file, so it cannot be read", self.relative(path)))
            return None
        content = read_plain(path)
        tables[self.relative(path)] = sha256_bytes(content)
        return parse(content, self.relative(path))

    def _scores(self, content: bytes, shown: str) -> dict[str, float] | None:
        header, rows = self._rows(content, shown, codes.BROKEN_SCORES)
        missing = [name for name in ("image", "score") if name not in header]
        if missing:
            if header:
                problem = f"has the columns {','.join(header)}; {' and '.join(missing)} missing"
                self.findings.append(found(codes.BROKEN_SCORES, problem, shown))
            return None
        if self._twice(header, shown, codes.BROKEN_SCORES):
            return None
        parsed = (
            (key, self._number(row.get("score"), f"line {line}", shown, codes.BROKEN_SCORES)) for line, key, row in rows
        )
        return self._unique(parsed, shown, codes.SCORES_DO_NOT_FIT)

    def _predictions(self, content: bytes, shown: str) -> Predictions | None:
        header, rows = self._rows(content, shown, codes.BROKEN_PREDICTIONS)
        classes = tuple(name for name in header if name != "image")
        lacking = "image" not in header or GOOD not in classes or len(classes) < 2  # noqa: PLR2004 - good and one more
        if lacking or len(set(header)) != len(header):
            if header:
                problem = f"has the columns {','.join(header)}; expected image,good and one a defect, each once"
                self.findings.append(found(codes.BROKEN_PREDICTIONS, problem, shown))
            return None
        parsed = (
            (
                key,
                tuple(
                    self._number(row.get(name), f"line {line}, {name}", shown, codes.BROKEN_PREDICTIONS)
                    for name in classes
                ),
            )
            for line, key, row in rows
        )
        return Predictions(classes, self._unique(parsed, shown, codes.PREDICTIONS_DO_NOT_FIT))

    def _rows(self, content: bytes, shown: str, code: str) -> tuple[list[str], list[tuple[int, str, dict[str, str]]]]:
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        try:
            text = decode_table(content)
            other = other_separator(text)
            if other:
                self.findings.append(found(code, other, shown))
                return [], []
            table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            header = [name.strip() for name in table.fieldnames or ()]
            table.fieldnames = header
            rows = []
            for row in table:
                rows.append((table.line_num, _row_key(row.get("image") or ""), row))
                count = len(header) + len(row.get(None, ())) - sum(cell is None for cell in row.values())
                if count != len(header):
                    self.findings.append(found(code, wrong_width(table.line_num, count, header), shown))
        except (UnicodeDecodeError, csv.Error) as error:
            self.findings.append(found(code, f"is not UTF-8 CSV ({error})", shown))
            return [], []
        if not header:
            self.findings.append(found(code, "is empty, expected a header and one row an image", shown))
        return header, rows

    def _twice(self, header: list[str], shown: str, code: str) -> bool:
        if len(set(header)) == len(header):
            return False
        self.findings.append(found(code, f"names a column twice: {','.join(header)}", shown))
        return True

    def _number(self, text: str | None, where: str, shown: str, code: str) -> float:
        if text is None:  # a row that is too short, which is reported as such
            return 0.0
        value = number_of(text)
        if not math.isfinite(value):
            self.findings.append(found(code, f"{where}: {text!r} is no finite number", shown))
            return 0.0
        return value

    def _unique(self, rows: Iterable[tuple[str, Row]], shown: str, code: str) -> dict[str, Row]:
        kept: dict[str, Row] = {}
        for key, value in rows:
            if key in kept:
                self.findings.append(found(code, f"has several rows for {key}", shown))
            kept[key] = value
        return kept

    def _about(self, path: Path) -> dict[str, object]:
        if not path.is_file():
            return {}
        shown = self.relative(path)
        try:
            document = parse_json(read_plain(path))
        except ValueError as error:
            self.findings.append(found(codes.BROKEN_SUBMISSION_JSON, f"is not valid JSON: {error}", shown))
            return {}
        problems = schema_problems(document, "submission")
        for place, text in problems:
            self.findings.append(
                found(codes.BROKEN_SUBMISSION_JSON, f"{'.'.join(map(str, place)) or 'the file'}: {text}", shown)
            )
        return {} if problems else dict(document)


def _key_of(path: Path, known: Collection[str]) -> str:
    """Return the image key of a map's path below its category; ``""`` when it is at no image's place.

    A map may be called after the image's whole name, ``000.png.npy``, as ``np.save`` makes it.
    """
    key = _key_below(path.parent, path.stem)
    stem = Path(path.stem)
    if key not in known and stem.suffix.lower() in IMAGE_SUFFIXES:
        shorter = _key_below(path.parent, stem.stem)
        return shorter if shorter in known else key
    return key


def _key_below(folder: Path, stem: str) -> str:
    parts = (*folder.parts, stem)
    if parts[0] == _PUBLIC_TEST:
        parts = ("test", *parts[1:])
    if parts[0] not in _SPLITS:
        parts = ("test", *parts)
    if len(parts) == _KEY_PARTS and is_good_word(parts[1]):
        parts = (parts[0], GOOD, parts[2])
    return "/".join(parts) if len(parts) == _KEY_PARTS else ""


def _row_key(text: str) -> str:
    """Return the image key that a table's row names; an image's file ending may follow the stem."""
    key = text.strip().replace("\\", "/").removeprefix("./")
    stem, dot, suffix = key.rpartition(".")
    return stem if dot and f".{suffix.lower()}" in IMAGE_SUFFIXES else key


def _map_files(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir(), key=lambda path: natural_key(path.name))
    except OSError as error:
        raise InputError(f"cannot be listed: {error.strerror or error}", path=folder) from error
    files = [path for path in entries if is_map_name(path) and may_be_there(path)]
    yield from files
    taken = set(files)
    if depth > 1:
        for path in entries:
            if not path.name.startswith(".") and path not in taken and path.is_dir():
                yield from _map_files(path, depth - 1)


def _any_map(folder: Path) -> bool:
    return next(_map_files(folder, _DEPTH), None) is not None


def _folders(folder: Path) -> list[Path]:
    below = (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return sorted(below, key=lambda path: natural_key(path.name))
