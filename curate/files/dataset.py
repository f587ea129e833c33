"""Read a dataset folder in the AutoVI layout: paths and configuration, no pixels.

``<category>/{train,val,test}/<good or defect>/<image>``, ``<category>/ground_truth/<defect>/<image>/<region>.png`` and
``<category>/defects_config.json``. The root may hold categories or be one itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from natsort import natsort_keygen, natsorted

from curate.errors import ConfigError, InputError, MissingError
from curate.files.images import is_image_name
from curate.files.schema import schema_problems
from curate.model.dataset import Category, Dataset, Sample
from curate.model.defect import DefectEntry, Saturation

SPLITS = ("train", "val", "test")
CONFIG_NAME = "defects_config.json"
CARD_NAME = "dataset.json"
GROUND_TRUTH = "ground_truth"

natural_key = natsort_keygen()
"""Sort key of names: ``2`` before ``10``."""


def read_dataset(root: Path, *, categories: Iterable[str] = ()) -> Dataset:
    """Read a dataset folder.

    Parameters
    ----------
    root : Path
        Holds one folder a category, or is itself one category.
    categories : iterable of str
        Only these; all when empty.

    Raises
    ------
    MissingError
        If the folder does not exist or a named category is not in it.
    InputError
        If nothing in it looks like a category.
    ConfigError
        If a ``defects_config.json`` is broken.
    """
    if not root.is_dir():
        raise MissingError("there is no such folder", path=root, hint="check the path of the dataset")
    folders = category_folders(root)
    if not folders:
        raise InputError(
            "holds no category: expected <category>/test/<good or defect>/… below it",
            path=root,
            hint="point to the folder that holds the category folders, or to one category",
        )
    names = {name for name, _ in folders}
    unknown = [name for name in categories if name not in names]
    if unknown:
        raise MissingError(f"has no category {', '.join(unknown)}; it has {', '.join(natsorted(names))}", path=root)
    wanted = set(categories) or names
    found = [_read_category(root, name, folder) for name, folder in folders if name in wanted]
    return Dataset(str(root), root.resolve().name, "autovi", tuple(sorted(found, key=lambda entry: entry.name)))


def category_folders(root: Path) -> list[tuple[str, Path]]:
    """Return name and folder of each category below a root, the root itself included."""
    if _is_category(root):
        return [(root.resolve().name, root)]
    found = []
    for folder in natsorted((path for path in root.iterdir() if path.is_dir()), key=lambda path: path.name):
        if _is_category(folder):
            found.append((folder.name, folder))
        elif _is_category(folder / folder.name):
            found.append((folder.name, folder / folder.name))  # a doubly nested unzip
    return found


def read_defects_config(path: Path) -> tuple[DefectEntry, ...]:
    """Read a ``defects_config.json``; an empty tuple when there is none.

    Either JSON number type is accepted for a threshold: ``1`` reads as ``1.0`` when it is relative.

    Raises
    ------
    ConfigError
        If it is not JSON, breaks the schema, or gives one pixel value to two entries; every problem is listed.
    """
    if not path.is_file():
        return ()
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise ConfigError(f"is not valid JSON: {error}", path=path) from error
    problems = [f"{'.'.join(map(str, place)) or 'the file'}: {text}" for place, text in _config_problems(document)]
    if problems:
        listing = "\n".join(f"  {problem}" for problem in problems)
        raise ConfigError(f"has {len(problems)} problem(s):\n{listing}", path=path)
    return tuple(
        DefectEntry(
            defect_name=entry["defect_name"],
            pixel_value=int(entry["pixel_value"]),
            saturation=Saturation(entry["saturation_threshold"], relative=entry["relative_saturation"]),
        )
        for entry in document
    )


def format_defects_config(entries: Iterable[DefectEntry]) -> str:
    """Render a ``defects_config.json`` with the JSON number types that the published scripts insist on."""
    document = [
        {
            "defect_name": entry.defect_name,
            "pixel_value": entry.pixel_value,
            "saturation_threshold": (
                float(entry.saturation.value) if entry.saturation.relative else int(entry.saturation.value)
            ),
            "relative_saturation": entry.saturation.relative,
        }
        for entry in entries
    ]
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"


def _config_problems(document: Any) -> list[tuple[tuple[str | int, ...], str]]:
    problems = schema_problems(document, "defects-config")
    if problems:
        return problems
    first: dict[int, int] = {}
    for index, entry in enumerate(document):
        value = int(entry["pixel_value"])
        if value in first:
            problems.append(((index, "pixel_value"), f"{value} is already the value of entry {first[value]}"))
        first.setdefault(value, index)
    return problems


def _is_category(folder: Path) -> bool:
    return any((folder / split).is_dir() for split in SPLITS)


def _read_category(root: Path, name: str, folder: Path) -> Category:
    prefix = folder.relative_to(root).as_posix()
    samples: list[Sample] = []
    for split in SPLITS:
        for label_folder in sorted(_folders(folder / split), key=lambda path: natural_key(path.name)):
            label = label_folder.name
            masks = _masks_by_image(root, folder / GROUND_TRUTH / label) if split == "test" else {}
            images = (path for path in label_folder.iterdir() if is_image_name(path) and path.is_file())
            for image in sorted(images, key=lambda path: (natural_key(path.stem), path.name)):
                path = image.relative_to(root).as_posix()
                samples.append(Sample(split, label, image.stem, path, masks.get(image.stem, ())))
    entries = read_defects_config(folder / CONFIG_NAME)
    return Category(name, "" if prefix == "." else prefix, tuple(samples), entries)


def _masks_by_image(root: Path, folder: Path) -> dict[str, tuple[str, ...]]:
    return {
        image_folder.name: tuple(
            mask.relative_to(root).as_posix()
            for mask in sorted(image_folder.iterdir(), key=lambda path: natural_key(path.name))
            if is_image_name(mask)
        )
        for image_folder in _folders(folder)
    }


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
