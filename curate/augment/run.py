"""Write seeded copies of a dataset's split: read, plan, change, publish as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from curate.augment.card import carry_cards_over
from curate.augment.change import GEOMETRY, change_image, change_mask, shows_region
from curate.augment.draws import PAPER, PROBABILITY, TRANSFORMS, generator_of
from curate.augment.plan import CopyRow, PlannedCopy, plan_copies
from curate.datasets.dataset import read_dataset
from curate.datasets.defects_config import CONFIG_NAME
from curate.disk.atomic import place_file, write_bytes, write_json
from curate.disk.destination import replacing
from curate.disk.hashing import sha256_bytes
from curate.disk.publish import publish_folder
from curate.disk.reading import is_there, may_be_there
from curate.disk.tables import write_table
from curate.disk.unread import UnreadFiles, all_named
from curate.errors import ImageError
from curate.execution import Execution
from curate.imaging.images import decode_upright, encode_png, read_file
from curate.imaging.masks import decode_plane, upright_mask
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Dataset, Sample
from curate.model.finding import Finding, ordered
from curate.model.words import Shown, counted

RECORD_NAME = "augmentation.csv"
SETTINGS_NAME = "augmentation.json"


@dataclass(frozen=True, slots=True, repr=False)
class AugmentReport(Shown):
    """What :func:`augment_dataset` wrote.

    Attributes
    ----------
    split : str
    rows : tuple of CopyRow
    kept : int
        Images of the other splits that were taken over as they are.
    findings : tuple of Finding
    """

    split: str
    rows: tuple[CopyRow, ...]
    kept: int
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "split": self.split,
            "copies": len(self.rows),
            "unchanged": sum(not row.steps for row in self.rows),
            "masks": sum(row.masks for row in self.rows),
            "lost_masks": sum(row.lost for row in self.rows),
            "kept": self.kept,
            "findings": [finding.to_json() for finding in self.findings],
        }


def augment_dataset(
    root: Path,
    destination: Path,
    *,
    split: str = "test",
    names: Sequence[str] = PAPER,
    copies: int = 1,
    seed: int = 0,
    execution: Execution = Execution(),
    on_wait: Callable[[str], None] | None = None,
) -> AugmentReport:
    """Write a dataset whose one split consists of changed copies and whose other splits are as they were.

    ``augmentation.csv`` records what was done to each copy, ``augmentation.json`` the settings. Each category's
    ``dataset.json`` is carried over, with the new images, counts and fingerprint.

    Parameters
    ----------
    root : Path
        A dataset in the AutoVI layout.
    destination : Path
        A folder that does not exist, or holds an earlier augmentation, which is replaced.
    split : str
    names : sequence of str
        Transforms, keys of :data:`curate.augment.draws.TRANSFORMS`.
    copies, seed : int
    execution : Execution
    on_wait : callable, optional
        Called once, with a sentence, when another command is writing to the destination.

    Raises
    ------
    InputError
        If the dataset cannot be read or has no such split, or the destination holds something else.
    """
    dataset = read_dataset(root)
    planned, others = plan_copies(dataset, split, names=names, copies=copies, seed=seed)
    rows, findings = [], []
    with (
        replacing(destination, on_wait),
        publish_folder(destination, is_own=_has_settings, without=f"it has no {SETTINGS_NAME}") as draft,
    ):
        maker = _Maker(root, draft.folder, seed)
        unread = UnreadFiles()
        with unread.noted():
            for row, problems in execution.map(maker, planned, "augmenting"):
                rows += row
                findings += problems
        _take_over(dataset, others, draft.folder, unread)
        unread.raise_any()
        done = f"{counted(copies, 'changed copy', 'changed copies')} of each image of {split}, seed {seed}"
        carry_cards_over(root, draft.folder, rows, done)
        write_table(draft.folder / RECORD_NAME, rows, CopyRow)
        write_json(draft.folder / SETTINGS_NAME, _settings(split, names, copies, seed))
    return AugmentReport(split, tuple(rows), len(others), ordered(findings))


def _has_settings(folder: Path) -> bool:
    return is_there(folder / SETTINGS_NAME)


def _take_over(dataset: Dataset, samples: Sequence[Sample], fresh: Path, unread: UnreadFiles) -> None:
    """Copy the images of other splits with their masks, and what says which values the masks have."""
    root = Path(dataset.root)
    paths = [path for sample in samples for path in (sample.path, *sample.masks)]
    configs = [f"{category.prefix}/{CONFIG_NAME}".lstrip("/") for category in dataset.categories]
    for path in paths + [path for path in configs if may_be_there(root / path)]:
        with unread.noted():
            place_file(root / path, fresh / path)


def _settings(split: str, names: Sequence[str], copies: int, seed: int) -> dict[str, Any]:
    return {
        "schema": "curate/augmentation/1",
        "split": split,
        "copies": copies,
        "seed": seed,
        "probability": PROBABILITY,
        "transforms": [asdict(entry) for entry in TRANSFORMS.values() if entry.name in names],
    }


class _Maker:
    """Makes one copy; runs on worker threads."""

    def __init__(self, root: Path, destination: Path, seed: int) -> None:
        self._root = root
        self._destination = destination
        self._seed = seed

    def __call__(self, copy: PlannedCopy) -> tuple[list[CopyRow], list[Finding]]:
        files = [self._root / path for path in (copy.sample.path, *(old for old, _ in copy.masks))]
        with all_named(files, read_file):
            return self._made(copy)

    def _made(self, copy: PlannedCopy) -> tuple[list[CopyRow], list[Finding]]:
        source = self._root / copy.sample.path
        try:
            stored = read_file(source)
            image = decode_upright(stored, source)
            masks_of = (self._root / old for old, _ in copy.masks)
            whole = [upright_mask(decode_plane(read_file(mask), mask), stored, source) for mask in masks_of]
            if any(map(shows_region, whole)) and not any(shows_region(change_mask(mask, copy.steps)) for mask in whole):
                # A defective picture whose every defect is out of sight would be a mistake, not a hard case.
                copy = replace(copy, steps=tuple(step for step in copy.steps if step.name not in GEOMETRY))
            changed = change_image(image, copy.steps, generator_of(self._seed, *copy.noise_key))
            masks = [(new, change_mask(mask, copy.steps)) for (_, new), mask in zip(copy.masks, whole, strict=True)]
        except ImageError as error:
            return [], [found(codes.UNREADABLE_IMAGE, error.message, copy.sample.path)]
        content = encode_png(changed)
        write_bytes(self._destination / copy.image, content)
        lost = 0
        for path, mask in masks:
            if shows_region(mask):
                write_bytes(self._destination / path, encode_png(mask))
            else:
                lost += 1
        return [copy.row(lost, sha256_bytes(content))], []
