"""Read what detectors leave behind: arrays of maps with their images' names, folders of maps, tables of scores."""

from __future__ import annotations

import errno
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.disk.atomic import write_bytes
from curate.disk.reading import numbered_rows, read_errors, read_plain
from curate.errors import InputError, MissingError
from curate.imaging.maps import is_map_name
from curate.model.natural import natural_key
from curate.submissions.cells import decode_table, number_of, other_separator, wrong_width
from curate.submissions.leftovers import EXPECTED, HINT, kinds

Scores: TypeAlias = NDArray[Any]

NAMES = ("image_path", "image_paths", "images", "paths", "names", "files", "image")
MAPS = ("anomaly_map", "anomaly_maps", "maps", "heatmaps", "anomaly")
IMAGE_SCORES = ("pred_score", "pred_scores", "image_scores", "score", "scores")
"""What programs call these; the first that is there is taken."""

_DIMENSIONS = 2
_SHOWN = 10
_PICKLES = (".pt", ".pth")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a detector says about one image.

    Attributes
    ----------
    name : str
        The image, as the detector called it.
    scores : ndarray or None, shape (height, width)
        None when there is no map, or when it lies in the file ``path``.
    image_score : float or None
    path : Path or None
    """

    name: str
    scores: Scores | None = None
    image_score: float | None = None
    path: Path | None = None


def read_arrays(path: Path) -> Iterator[Prediction]:
    """Read a ``.npz``, or a ``.pt`` of tensors.

    A ``.npz`` holds the images' names, a stack of maps of one size (or one array a map) and perhaps image scores, under
    the names of :data:`NAMES`, :data:`MAPS` and :data:`IMAGE_SCORES`; or one map an image under the image's name.

    Raises
    ------
    InputError
        If it cannot be read or nothing in it is recognised.
    """
    if not path.is_file():
        raise MissingError("there is no such file", path=path, hint="check the path")
    if path.suffix.lower() in _PICKLES:
        yield from _tensors(path)
        return
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # zipfile, zlib, struct and whatever else a damaged file brings about
        if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:
            with read_errors(path):
                raise
        raise InputError(
            f"is no readable .npz file of plain arrays ({error})", path=path, hint="save it with numpy.savez"
        ) from error
    if _first(arrays, NAMES) is None:
        yield from (_single(name, scores, path) for name, scores in arrays.items())
        return
    yield from _stacked(arrays, path)


def _stacked(arrays: dict[str, Any], path: Path) -> Iterator[Prediction]:
    names = [str(name) for name in np.ravel(_first(arrays, NAMES)).tolist()]
    maps, scores = _first(arrays, MAPS), _first(arrays, IMAGE_SCORES)
    if maps is None and scores is None:
        raise InputError(f"holds {', '.join(sorted(arrays))}; expected maps under one of {', '.join(MAPS)}", path=path)
    for what, values in (("maps", maps), ("scores", scores)):
        if values is not None and len(values) != len(names):
            raise InputError(f"names {len(names)} images and holds {len(values)} {what}", path=path)
    for place, name in enumerate(names):
        map_ = None if maps is None else _plane(maps[place], name, path)
        score = None if scores is None else _one_score(scores[place], name, path)
        yield Prediction(name, map_, score)


def _one_score(value: Any, name: str, path: Path) -> float:
    array = np.asarray(value)
    if array.size != 1:
        message = f"holds {array.size} scores for {name}, expected one: which column counts cannot be known"
        raise InputError(message, path=path, hint="save the column of the anomaly alone")
    score = float(array.reshape(-1)[0])
    if not math.isfinite(score):
        raise InputError(f"the score of {name} is {score}, expected a finite number", path=path)
    return score


def _single(name: str, scores: Any, path: Path) -> Prediction:
    return Prediction(name, _plane(scores, name, path))


def _plane(scores: Any, name: str, path: Path) -> Scores:
    """Return one map; channels of size 1 are taken away."""
    array = np.asarray(scores)
    plane = array.reshape([side for side in array.shape if side != 1]) if array.ndim > _DIMENSIONS else array
    if plane.ndim != _DIMENSIONS:
        raise InputError(f"the map of {name} has the shape {array.shape}, expected height × width", path=path)
    return plane


def _first(arrays: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((arrays[name] for name in names if name in arrays), None)


def _tensors(path: Path) -> Iterator[Prediction]:
    """Read a list of tables of tensors, as ``torch.save`` writes it; only plain data is unpickled."""
    try:
        import torch
    except ImportError as error:
        raise InputError(
            "is a file of PyTorch's, which is not installed",
            path=path,
            hint="install torch, or save the predictions with curate.submissions.predictions.save_predictions",
        ) from error
    try:
        batches = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle, zip and runtime errors of many kinds
        raise InputError(
            f"holds more than tensors, lists and tables ({str(error).splitlines()[0]})",
            path=path,
            hint="save the predictions with curate.submissions.predictions.save_predictions",
        ) from error
    for batch in batches if isinstance(batches, list) else [batches]:
        yield from _stacked({name: _array(value) for name, value in batch.items() if value is not None}, path)


def save_predictions(predictions: Any, path: Path) -> int:
    """Save what anomalib's ``Engine.predict`` returns as a ``.npz`` that ``curate submission from-anomalib`` reads.

    anomalib itself saves pictures of its maps only, never the scores.

    Parameters
    ----------
    predictions : iterable
        Batches or items with ``image_path``, ``anomaly_map`` and ``pred_score``, tensors or arrays.
    path : Path

    Returns
    -------
    int
        How many images were saved.
    """
    names: list[str] = []
    maps: list[Scores] = []
    scores: list[float] = []
    for batch in predictions:
        paths = batch.image_path
        own = [str(name) for name in paths] if isinstance(paths, (list, tuple)) else [str(paths)]
        names += own
        if getattr(batch, "anomaly_map", None) is not None:
            stack = _array(batch.anomaly_map)
            maps += [_plane(entry, name, path) for entry, name in zip(_each(stack, len(own)), own, strict=True)]
        if getattr(batch, "pred_score", None) is not None:
            values = _array(batch.pred_score).reshape(-1)
            if len(values) != len(own):
                raise InputError(f"a batch of {len(own)} images has {len(values)} scores, expected one each", path=path)
            scores += [float(value) for value in values]
    arrays: dict[str, Any] = {"image_path": np.array(names)}
    if maps:
        arrays["anomaly_map"] = np.stack(maps)
    if scores:
        arrays["pred_score"] = np.array(scores)
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    write_bytes(path, stream.getvalue())
    return len(names)


def _each(stack: Scores, count: int) -> list[Scores]:
    return [stack] if count == 1 and stack.ndim == _DIMENSIONS else list(stack)


def _array(value: Any) -> Any:
    return value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)


def find_predictions(run: Path) -> list[Path]:
    """Return the files of saved predictions in a folder of anomalib's, or the file itself.

    Raises
    ------
    MissingError
        If there is none; the message says how to save them.
    """
    if run.is_file():
        return [run]
    if not run.is_dir():
        raise MissingError("there is no such file or folder", path=run, hint="check the path")
    files = [path for pattern in ("*.npz", "*predictions*.pt") for path in run.rglob(pattern)]
    if not files:
        raise MissingError(
            "holds no predictions*.npz or predictions*.pt; anomalib saves pictures of its maps only, never the scores",
            path=run,
            hint="save what Engine.predict returns with curate.submissions.predictions.save_predictions",
        )
    return sorted(files, key=lambda path: natural_key(path.as_posix()))


def _table_text(path: Path) -> str:
    try:
        text = decode_table(read_plain(path, "a text file"))
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}"
        raise InputError(message, path=path, hint="save it as UTF-8") from error
    other = other_separator(text)
    if other:
        raise InputError(other, path=path, hint='save it as "CSV UTF-8 (comma delimited)"')
    return text


def list_maps(folder: Path) -> list[Prediction]:
    """Return every map file below a folder, not read yet, named by its path.

    Raises
    ------
    MissingError
        If there is no such folder.
    InputError
        If it holds no map at all.
    """
    if not folder.is_dir():
        raise MissingError("there is no such folder", path=folder, hint="check the path")
    listed = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    files = [path for path in listed if is_map_name(path)]
    if not files:
        found = kinds(path.name for path in listed)
        raise InputError(f"holds no anomaly map, {EXPECTED}; found {found}", path=folder, hint=HINT)
    shown = {path.relative_to(folder).as_posix(): path for path in files}
    return [Prediction(name, path=shown[name]) for name in sorted(shown, key=natural_key)]


def read_score_table(path: Path) -> dict[str, float]:
    """Read a CSV with a column of images and one of scores, under the names that programs give them.

    Raises
    ------
    InputError
        If a column is missing, a row has too few or too many cells, a score is no finite number, or an image has two
        rows; every bad line is listed.
    """
    if not path.is_file():
        raise MissingError("there is no such file", path=path, hint="check the path")
    text = _table_text(path)
    rows = [(line, [cell.strip() for cell in cells]) for line, cells in numbered_rows(text, path)]
    header = rows.pop(0)[1] if rows else []
    name = next((column for column in NAMES if column in header), None)
    score = next((column for column in IMAGE_SCORES if column in header), None)
    if name is None or score is None:
        raise InputError(f"has the columns {','.join(header)}; expected image,score", path=path)
    table: dict[str, float] = {}
    bad = []
    for line, cells in rows:
        if len(cells) != len(header):
            bad.append(wrong_width(line, len(cells), header))
            continue
        image, value = cells[header.index(name)], number_of(cells[header.index(score)])
        if not math.isfinite(value):
            bad.append(f"line {line}: {cells[header.index(score)]!r} is no finite number")
        elif image in table:
            bad.append(f"line {line}: a second row for {image}")
        else:
            table[image] = value
    if bad:
        more = [f"… and {len(bad) - _SHOWN} more"] if len(bad) > _SHOWN else []
        raise InputError("\n  ".join([f"{len(bad)} row(s) cannot be used:", *bad[:_SHOWN], *more]), path=path)
    return table
