"""Compare the regions of an image before and after a conversion, as finely as the layout can hold them. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curate.datasets.layouts.description import Holds
from curate.datasets.truth import Truth

Mask = NDArray[np.bool_]
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
    groups: dict[tuple[int, str, str], Mask] = {}
    for number, truth in enumerate(truths):
        apart = number if apart_always else 0
        defect = truth.entry.defect_name if named else ""
        threshold = str(truth.entry.saturation) if holds.saturation == "yes" else ""
        mask = truth.mask != 0
        key = (apart, defect, threshold)
        if not apart_always:  # one value a pixel: the later region is painted over the earlier one
            groups = {other: before & ~mask if other != key else before for other, before in groups.items()}
        groups[key] = groups[key] | mask if key in groups else mask
    return Counter((defect, threshold, _digest(mask)) for (_, defect, threshold), mask in groups.items() if mask.any())


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


def _digest(mask: Mask) -> str:
    return hashlib.sha256(repr(mask.shape).encode() + np.packbits(mask).tobytes()).hexdigest()
