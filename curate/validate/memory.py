"""What is known of a dataset's files: from the last time, and from this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, astuple
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.datasets.facts_cache import FactsCache
from curate.datasets.layout import Tree, TreeFile
from curate.disk.hashing import sha256_json
from curate.errors import CurateError
from curate.imaging.images import read_pixels
from curate.model.dataset import Sample
from curate.validate.facts import FileFacts, ImageFacts, MaskFacts, grey_of, restore_facts
from curate.validate.fine_match import enlarge
from curate.validate.likeness import Twins, find_twins

_LOOKED_AT = 64
"""Pictures kept in memory while pairs are looked at closely."""


class FactsMemory:
    """Facts by path, from the cache where the file is as it was, and what is to be remembered."""

    def __init__(self, cache: FactsCache | None, listing: Tree) -> None:
        self._cache = cache
        self._files = {file.path: file for file in listing.files} if cache else {}
        self._rows: dict[TreeFile, dict[str, Any]] = {}
        self._results: dict[str, Any] = {}
        self._learnt = False

    def recall(self, path: str, *, is_mask: bool, half: bool) -> FileFacts | None:
        """Return what is known about a file; None when it has to be read."""
        file = self._files.get(path)
        row = self._cache.get(file) if self._cache and file else None
        if not row or row.get("is_mask") != is_mask or (is_mask and row.get("half") != half):
            return None
        facts = restore_facts(row)
        self._rows[self._files[path]] = row
        return facts

    def learn(self, facts: FileFacts) -> None:
        """Remember what was just read."""
        if facts.path in self._files:
            self._rows[self._files[facts.path]] = {"is_mask": isinstance(facts, MaskFacts), **asdict(facts)}
            self._learnt = True

    def twins(self, root: Path, images: Sequence[tuple[Sample, ImageFacts]]) -> tuple[Twins, ...]:
        """Return the pictures that show the same shot, computed once for the same pictures in the same splits."""
        content = sha256_json([[sample.split, facts.sha256] for sample, facts in images])
        key = f"same shot/{content}"
        known = self._cache.results.get(key) if self._cache else None
        if known is not None:
            pairs = [Twins(*pair) for pair in known]
        else:
            look = lru_cache(maxsize=_LOOKED_AT)(lambda place: _enlarged(root / images[place][0].path))
            pairs = find_twins([facts.signature for _, facts in images], [sample.split for sample, _ in images], look)
        self._learnt = self._learnt or known is None
        self._results[key] = [list(astuple(pair)) for pair in pairs]
        return tuple(pairs)

    def save(self) -> None:
        """Write the cache where something is new."""
        if self._cache and self._learnt:
            self._cache.save(self._rows, self._results)


def _enlarged(path: Path) -> NDArray[np.float32] | None:
    try:
        return enlarge(grey_of(read_pixels(path)))
    except CurateError:  # gone or changed since it was first read
        return None
