"""Draw what is done to each copy of an image: seeded, independent of order and of the number of jobs.

The study of the AutoVI paper (section 6.1) turns each image with probability 0.5 by an angle uniform in ±15 degrees,
and adds Gaussian noise with probability 0.5 with a variance uniform in 10..120, independently of each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

Generator: TypeAlias = np.random.Generator

PROBABILITY = 0.5
"""Of each transform, for each copy."""


@dataclass(frozen=True, slots=True)
class Transform:
    """One kind of change.

    Attributes
    ----------
    name : str
    low, high : float
        The parameter is uniform between these; both 0 where there is nothing to draw.
    unit : str
        What the parameter is, for people.
    """

    name: str
    low: float
    high: float
    unit: str


TRANSFORMS: dict[str, Transform] = {
    entry.name: entry
    for entry in (
        Transform("rotate", -15.0, 15.0, "degrees, clockwise on screen"),
        Transform("noise", 10.0, 120.0, "variance, squared grey levels of 8 bits"),
        Transform("flip-x", 0.0, 0.0, "left to right"),
        Transform("flip-y", 0.0, 0.0, "top to bottom"),
        Transform("blur", 0.5, 3.0, "standard deviation, pixels"),
        Transform("brightness", 0.6, 1.4, "factor"),
        Transform("contrast", 0.6, 1.4, "factor"),
        Transform("colour", 0.0, 2.0, "saturation factor; 0 is grey"),
        Transform("drift", 0.7, 1.3, "brightness factor, rising evenly from the first image to the last"),
    )
}
"""In the order in which they are applied: geometry, optics, light, and the sensor's noise last of all."""

PAPER = ("rotate", "noise")
"""What the paper did."""

_ORDER = ("rotate", "flip-x", "flip-y", "blur", "brightness", "drift", "contrast", "colour", "noise")


@dataclass(frozen=True, slots=True)
class AppliedTransform:
    """One change of one copy."""

    name: str
    value: float


def generator_of(seed: int, *names: str) -> Generator:
    """Return random numbers that depend on a seed and on names alone."""
    digest = hashlib.sha256("\0".join([str(seed), *names]).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))


def draw_steps(names: Iterable[str], rng: Generator, progress: float) -> tuple[AppliedTransform, ...]:
    """Decide what is done to one copy.

    Every transform draws its coin and its parameter whether it is wanted or not, so that a copy's angle does not depend
    on which other transforms are on. The drift is no matter of chance: it is applied to every image.

    Parameters
    ----------
    names : iterable of str
        Keys of :data:`TRANSFORMS`.
    rng : Generator
    progress : float
        The image's place in the split, from 0 to 1.
    """
    wanted = set(names)
    steps = {}
    for transform in TRANSFORMS.values():
        coin, share = rng.random(), rng.random()
        if transform.name == "drift":
            coin, share = 0.0, progress
        if transform.name in wanted and coin < PROBABILITY:
            value = transform.low + (transform.high - transform.low) * share
            steps[transform.name] = AppliedTransform(transform.name, round(value, 4))
    return tuple(steps[name] for name in _ORDER if name in steps)


def in_words(steps: Iterable[AppliedTransform]) -> str:
    """Render the steps of a copy for its record.

    >>> in_words((AppliedTransform("rotate", -3.25), AppliedTransform("flip-x", 0.0)))
    'rotate=-3.2500 flip-x'
    """
    return " ".join(
        step.name if TRANSFORMS[step.name].high == TRANSFORMS[step.name].low else f"{step.name}={step.value:.4f}"
        for step in steps
    )


def progress_of(index: int, count: int) -> float:
    """Return a place between 0 and 1; 0.5 for the only one.

    >>> progress_of(0, 3), progress_of(2, 3), progress_of(0, 1)
    (0.0, 1.0, 0.5)
    """
    return index / (count - 1) if count > 1 else 0.5
