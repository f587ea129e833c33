"""Which dataset a result belongs to: one fingerprint and one name, looked at wherever results meet.

A result names the fingerprint of the categories that it was scored on, and of each by itself, so that a result of one
category can be told to be of the same dataset as one of all. Results of before hold the first alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from curate.disk.hashing import sha256_bytes
from curate.errors import CurateError, InputError
from curate.evaluate.image_digests import image_digests
from curate.evaluate.provenance import dataset_fingerprint
from curate.execution import Execution
from curate.imaging.images import read_file
from curate.imaging.maps import image_size
from curate.model.dataset import Dataset
from curate.model.result import FINGERPRINT_VERSION, Result
from curate.submissions.concealed import TruthKey

_SHOWN = 19
"""So many signs of a fingerprint tell two apart: ``sha256:`` and twelve digits."""
_SAMPLES_PER_TASK = 16


@dataclass(frozen=True, slots=True)
class KnownDataset:
    """A dataset at hand, with what its fingerprints follow from.

    Attributes
    ----------
    dataset : Dataset
    digests : dict
        As :func:`~curate.evaluate.provenance.dataset_fingerprint` takes them.
    """

    dataset: Dataset
    digests: Mapping[str, str]

    def fingerprint(self, categories: Iterable[str] = (), version: int = FINGERPRINT_VERSION) -> str:
        """Return the fingerprint of some categories, of all when none is named."""
        wanted = set(categories)
        kept = tuple(entry for entry in self.dataset.categories if not wanted or entry.name in wanted)
        return dataset_fingerprint(replace(self.dataset, categories=kept), dict(self.digests), version)

    def mismatch(self, result: Result) -> str:
        """Return why a result is not of this dataset, in a sentence; ``""`` when it is."""
        have = {category.name for category in self.dataset.categories}
        absent = sorted(set(result.categories) - have)
        if absent:
            return f"scores {', '.join(absent)}, which this dataset does not have"
        version = result.dataset.fingerprint_version or 1
        each = result.dataset.category_fingerprints or {}
        other = [name for name in sorted(each) if name in have and each[name] != self.fingerprint([name], version)]
        mine = self.fingerprint(result.categories, version)
        if not other and (each or result.dataset.fingerprint == mine):
            return ""
        of = f" ({', '.join(other)})" if other else ""
        return (
            f"is of another dataset{of}: it was scored on {shown_fingerprint(result.dataset.fingerprint)}, "
            f"this is {shown_fingerprint(mine)}"
        )


def know_dataset(root: Path, dataset: Dataset, execution: Execution) -> KnownDataset:
    """Read what a dataset's fingerprints follow from: the bytes of images and masks, and the sizes of test images.

    Raises
    ------
    InputError
        If an image or mask cannot be read: nothing can be said about results then.
    """
    samples = [sample for category in dataset.categories for sample in category.samples]
    digests, findings = image_digests(root, [sample.path for sample in samples], execution)
    if findings:
        raise InputError(f"cannot be read: {findings[0].message}", path=root / findings[0].path)
    tested = [(sample.path, sample.masks) for category in dataset.categories for sample in category.of_split("test")]
    tasks = [tested[start : start + _SAMPLES_PER_TASK] for start in range(0, len(tested), _SAMPLES_PER_TASK)]
    for found in execution.map(partial(_truth_digests, str(root)), tasks, "masks"):
        digests |= found
    return KnownDataset(dataset, digests)


def _truth_digests(root: str, samples: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    found = {}
    for path, masks in samples:
        width, height = image_size(Path(root) / path)
        found[f"size:{path}"] = f"{width}x{height}"
        for mask in masks:
            try:
                found[f"mask:{mask}"] = sha256_bytes(read_file(Path(root) / mask))
            except CurateError as error:
                raise InputError(f"cannot be read: {error.message}", path=Path(root) / mask) from error
    return found


def refuse_other_key(key: TruthKey, known: KnownDataset) -> None:
    """Refuse a key that is of another dataset, or of this one with another truth."""
    mine = known.fingerprint()
    if key.fingerprint != mine:
        raise InputError(
            f"the key is of the dataset {key.dataset} ({shown_fingerprint(key.fingerprint)}), this one is "
            f"{shown_fingerprint(mine)}",
            hint="name the dataset that was concealed, unchanged",
        )


def refuse_other_datasets(named: Sequence[tuple[str, Result]]) -> None:
    """Refuse results that are not all of one dataset, and say which is of which.

    Results of different categories are of one dataset where nothing says otherwise: those that hold no fingerprint of
    each category, or fingerprints of different versions, cannot be told apart by it.

    Parameters
    ----------
    named : sequence of (str, Result)
        A result and what to call it in the message: its file.

    Raises
    ------
    InputError
        If two results hold different fingerprints of the same categories.
    """
    by_place: dict[tuple[str, int], dict[str, list[str]]] = {}
    for name, result in named:
        version = result.dataset.fingerprint_version or 1
        for place, fingerprint in _places(result).items():
            by_place.setdefault((place, version), {}).setdefault(fingerprint, []).append(name)
    wrong = {place: held for (place, _), held in sorted(by_place.items()) if len(held) > 1}
    if not wrong:
        return
    lines = [
        f"  {place}: {shown_fingerprint(fingerprint)} in {', '.join(dict.fromkeys(names))}"
        for place, held in wrong.items()
        for fingerprint, names in held.items()
    ]
    listing = "\n".join(lines[:_LISTED] + ([f"  … and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []))
    raise InputError(
        f"these results are of different datasets, so their numbers cannot be set side by side:\n{listing}",
        hint="leave out those of another dataset, or evaluate their submissions on this one",
    )


_LISTED = 10


def _places(result: Result) -> dict[str, str]:
    """Return the fingerprints that a result holds, by what they are of."""
    each = dict(result.dataset.category_fingerprints or {})
    if len(result.categories) == 1 and not each:  # that of one category alone is that of the whole
        each[next(iter(result.categories))] = result.dataset.fingerprint
    return {**each, " + ".join(sorted(result.categories)): result.dataset.fingerprint}


def shown_fingerprint(fingerprint: str) -> str:
    """Return a fingerprint as messages show it.

    >>> shown_fingerprint("sha256:" + "ab" * 32)
    'sha256:abababababab…'
    """
    return f"{fingerprint[:_SHOWN]}…"
