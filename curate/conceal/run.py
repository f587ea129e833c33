"""Write the public half of a dataset and its key.

The public half holds the training images and, under neutral names in a drawn order, the test images: decoded and
encoded anew, so that neither EXIF, times, other metadata nor a file's own size and age are carried over; no masks, no
labels, no configuration. Which image is which stands in the key alone. What cannot be hidden: the pixels themselves.
Whoever has seen an image with its label before will know it again.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from curate.datasets.dataset import read_dataset
from curate.disk.atomic import write_bytes, write_json, write_text
from curate.disk.hashing import sha256_json
from curate.disk.publish import publish_folder
from curate.errors import InputError
from curate.execution import Execution
from curate.imaging.images import encode_png, read_pixels
from curate.model.dataset import Category, Sample
from curate.submissions.concealed import HIDDEN_LABEL, TruthKey

PUBLIC_NAME = "public.json"
SCHEMA = "curate/public/1"
_EPOCH_S = 946_684_800
"""Every file's time: the first second of 2000."""
_LEAST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class ConcealReport:
    """What :func:`conceal_dataset` wrote.

    Attributes
    ----------
    public, key : str
        The folder and the file.
    images : dict
        Category to the number of its training and test images.
    """

    public: str
    key: str
    images: dict[str, dict[str, int]]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {"public": self.public, "key": self.key, "images": self.images}


@dataclass(frozen=True, slots=True)
class _Move:
    """One image and its public name."""

    category: str
    sample: Sample
    key: str


def conceal_dataset(
    root: Path,
    public: Path,
    key: Path,
    *,
    fingerprint: str,
    layout: str | None = None,
    seed: int | None = None,
    execution: Execution = Execution(),
) -> ConcealReport:
    """Write the public half of a dataset into a folder, and the key of its names.

    Parameters
    ----------
    root, public, key : Path
        The folder is a new one, or one that this function wrote; the key is not inside it and is never overwritten.
    fingerprint : str
        The dataset's, of all categories.
    layout : str, optional
    seed : int, optional
        Draws the order of names; from the system's secrets when left out. Whoever knows it can undo the order.
    execution : Execution

    Raises
    ------
    InputError
        If there are no test images, the key lies in the public half or is there already, or an image cannot be read.
    """
    _refuse_exposed(root, public, key)
    dataset = read_dataset(root, layout)
    generator = np.random.default_rng(secrets.randbits(128) if seed is None else seed)
    # One generator for all: with one each, categories of equal size would have the same order.
    moves = {category.name: list(_moves(category, generator)) for category in dataset.categories}
    if not any(move.sample.split == "test" for part in moves.values() for move in part):
        raise InputError("has no test images to conceal", path=root)
    counts = {
        name: {side: sum(move.sample.split == side for move in part) for side in ("train", "test")}
        for name, part in moves.items()
    }
    images = {name: {move.key: move.sample.key for move in part} for name, part in moves.items()}
    with publish_folder(public, is_own=_is_own, without=f"no {PUBLIC_NAME} in it says so") as draft:
        every = [move for part in moves.values() for move in part]
        for _ in execution.map(partial(_write, root, draft.folder), every, "write images"):
            pass
        about = {
            "schema": SCHEMA,
            "name": dataset.name,
            "images": counts,
            "id": sha256_json(sorted(map(sorted, images.values()))),
        }
        write_json(draft.folder / PUBLIC_NAME, about)
        _forget_times(draft.folder)
        write_text(key, TruthKey(dataset.name, fingerprint, images).to_text())
        key.chmod(0o600)
        draft.published = True
    return ConcealReport(str(public), str(key), counts)


def _refuse_exposed(root: Path, public: Path, key: Path) -> None:
    if key.resolve().is_relative_to(public.resolve()):
        raise InputError("would lie in the public half", path=key, hint="keep the key elsewhere")
    if key.exists():
        raise InputError(
            "is there already: submissions to its public half could no longer be scored",
            path=key,
            hint="name another file, or move it away",
        )
    if public.resolve() == root.resolve() or root.resolve().is_relative_to(public.resolve()):
        raise InputError("holds the dataset itself", path=public, hint="name another folder")


def _is_own(folder: Path) -> bool:
    try:
        return SCHEMA in (folder / PUBLIC_NAME).read_text(encoding="utf-8")[:200]
    except (OSError, UnicodeDecodeError):
        return False


def _moves(category: Category, generator: np.random.Generator) -> Iterator[_Move]:
    """Yield all images with their public names: numbers in a drawn order, by split and, but for the test, by label."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in category.samples:
        place = sample.split, HIDDEN_LABEL if sample.split == "test" else sample.label
        groups.setdefault(place, []).append(sample)
    for (split, label), samples in sorted(groups.items()):
        digits = max(_LEAST_DIGITS, len(str(len(samples) - 1)))
        for number, place in enumerate(generator.permutation(len(samples)).tolist()):
            yield _Move(category.name, samples[place], f"{split}/{label}/{number:0{digits}d}")


def _write(root: Path, folder: Path, move: _Move) -> None:
    pixels = read_pixels(root / move.sample.path)
    write_bytes(folder / move.category / f"{move.key}.png", encode_png(pixels))


def _forget_times(folder: Path) -> None:
    """Give every file and folder one time: their own would tell the order in which they were read."""
    for above, _, names in os.walk(folder, topdown=False):
        for name in names:
            os.utime(Path(above) / name, (_EPOCH_S, _EPOCH_S))
        os.utime(above, (_EPOCH_S, _EPOCH_S))
