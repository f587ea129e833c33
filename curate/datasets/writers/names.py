"""What images are called in a written dataset: one function, so that no two get one name in any layout. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from unicodedata import normalize

from curate.datasets.writers.plan import Opened
from curate.model.dataset import Category, Sample


def distinct(
    category: Category, image: Callable[[Opened], str], logical: frozenset[str] = frozenset()
) -> tuple[Sample, ...]:
    """Return a category's images, renamed where a layout would write two of them to one path.

    Paths are compared as the strictest file system does: case and the form of Unicode apart. Labels and names that are
    joined by an underscore, and dots that become one, are what makes different names alike.

    Parameters
    ----------
    category : Category
    image : callable
        The layout's: path of an image without its ending.
    logical : frozenset of str
        Defects that MVTec LOCO calls logical.

    Returns
    -------
    tuple of Sample
        In the same order; of several images with one path, all but the first have a number behind their names.
    """
    taken = Counter(_folded(image(_opened(category, sample, logical))) for sample in category.samples)
    seen: set[str] = set()
    named = []
    for sample in category.samples:
        fresh, number = sample, 1
        while (path := _folded(image(_opened(category, fresh, logical)))) in seen or (number > 1 and taken[path]):
            number += 1
            fresh = replace(sample, name=f"{sample.name}_{number}")
        seen.add(path)
        named.append(fresh)
    return tuple(named)


def _opened(category: Category, sample: Sample, logical: frozenset[str]) -> Opened:
    return Opened(category, sample, (0, 0), (), logical)


def _folded(path: str) -> str:
    return normalize("NFC", path).casefold()
