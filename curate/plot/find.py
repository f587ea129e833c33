"""Find the images and runs that somebody names."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from curate.errors import InputError, MissingError
from curate.imaging.images import IMAGE_SUFFIXES
from curate.model.dataset import Category, Dataset, Sample
from curate.model.submission import Submission, SubmissionRun

_SHOWN = 5


def find_images(dataset: Dataset, names: Sequence[str]) -> list[tuple[Category, Sample]]:
    """Return the images of that name: a path below the dataset, ``[<category>/]<split>/<label>/<image>``, or its end.

    Raises
    ------
    MissingError
        If there is no such image; all of them are named, with what comes near.
    InputError
        If a name fits several images.
    """
    known: dict[str, list[tuple[Category, Sample]]] = defaultdict(list)
    for category in dataset.categories:
        for sample in category.samples:
            names_of = {sample.path, _stem(sample.path), sample.name}
            short = f"{sample.label}/{sample.name}"
            names_of |= {f"{category.name}/{sample.key}", sample.key, f"{category.name}/{short}", short}
            for name in names_of:
                known[name].append((category, sample))
    found, absent, double = [], [], []
    for name in names:
        wanted = name.replace("\\", "/").removeprefix("./").removeprefix(f"{dataset.root.rstrip('/')}/")
        fitting = known.get(wanted) or known.get(_stem(wanted), [])
        if len(fitting) == 1:
            found += fitting
        elif fitting:
            keys = [f"{category.name}/{sample.key}" for category, sample in fitting[:_SHOWN]]
            double.append(f"{name} fits {len(fitting)} images: {', '.join(keys)}")
        else:
            near = difflib.get_close_matches(_stem(wanted), known, n=2)
            absent.append(name + (f" (did you mean {' or '.join(near)}?)" if near else ""))
    if absent:
        listing = ", ".join(absent)
        raise MissingError(f"has no image {listing}", path=dataset.root, hint="name it as <split>/<label>/<image>")
    if double:
        raise InputError("; ".join(double), path=dataset.root, hint="name it as <category>/<split>/<label>/<image>")
    return found


def find_run(submission: Submission, name: str) -> SubmissionRun:
    """Return a submission's run of that name, or its first where none is named; MissingError when there is none."""
    if not name:
        return submission.runs[0]
    run = next((run for run in submission.runs if name in {run.run, run.folder}), None)
    if run is None:
        known = ", ".join(run.run or run.folder for run in submission.runs)
        raise MissingError(f"has no run {name}; it has {known}", path=submission.root)
    return run


def _stem(path: str) -> str:
    """Return a path without an image's ending."""
    pure = PurePosixPath(path)
    return str(pure.with_suffix("")) if pure.suffix.lower() in IMAGE_SUFFIXES else path
