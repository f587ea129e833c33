"""Compare the regions of an image before and after a conversion, as finely as the layout can hold them. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from curate.datasets.layouts.description import Holds
from curate.datasets.truth import Truth
from curate.geometry.patch import Patch

Shown = tuple[str, str, str]
"""Defect, threshold and hash of a region's pixels; empty where the layout does not hold them."""


def as_held(truths: Sequence[Truth], holds: Holds) -> Counter[Shown]:
    """Return what a layout can hold of an image's regions, each with how often it occurs.

    Parameters
    ----------
    truths : sequence of Truth
    holds : Holds
        ``regions`` says whether regions stay apart, are joined by defect, or all into one; ``defects`` and
        ``saturation`` whether names and thresholds are kept.
    """
    named, apart_always = holds.defects == "yes", holds.regions == "yes"
    keys: dict[tuple[str, str], int] = {}
    held = []
    for truth in truths:
        defect = truth.entry.defect_name if named else ""
        threshold = str(truth.entry.saturation) if holds.saturation == "yes" else ""
        held.append((keys.setdefault((defect, threshold), len(keys) + 1), truth))
    names = {number: key for key, number in keys.items()}
    if apart_always:
        return Counter((*names[number], _digest(truth.patch, truth.size_px)) for number, truth in held)
    if not truths:
        return Counter()
    # One value a pixel: the later region is painted over the earlier one.
    width, height = truths[0].size_px
    canvas = np.zeros((height, width), np.int32)
    for number, truth in held:
        canvas[truth.patch.box][truth.patch.mask] = number
    patches = ((key, Patch.of(canvas == number)) for number, key in names.items())
    return Counter((*key, _digest(patch, (width, height))) for key, patch in patches if patch.mask.size)


def difference(before: Counter[Shown], after: Counter[Shown]) -> str:
    """Say in words what differs; ``""`` when nothing does."""
    lost, gained = before - after, after - before
    if not lost and not gained:
        return ""
    return f"lost {_words(lost)}, gained {_words(gained)}"


def _words(regions: Counter[Shown]) -> str:
    names = sorted(
        " ".join(part for part in (defect, threshold) if part) or "region" for defect, threshold, _ in regions
    )
    return f"{sum(regions.values())} ({', '.join(names)})" if regions else "0"


def _digest(patch: Patch, size_px: tuple[int, int]) -> str:
    where = (patch.x_px, patch.y_px, patch.mask.shape, size_px)
    return hashlib.sha256(repr(where).encode() + np.packbits(patch.mask).tobytes()).hexdigest()
