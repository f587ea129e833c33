"""Whether a result agrees with itself: what its own image scores, curves, settings and runs say of its other numbers.

Needs neither maps nor images, so that everything that shows results can refuse one that was edited.

Checked, per run: detection (AUROC, AP, F1-max, TPR at fixed TNR, deployed thresholds, by kind of defect) and the curves
of images against the scores of the images; AU-sPRO and the AUROC of pixels against their curves, whose points are
exact, so that the area between two of them lies between two rectangles; the mean over categories; signature and
fingerprint against settings, method and what was left out. Of several runs: means and deviations against the runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from curate.errors import InputError
from curate.evaluate.curve_points import drawn_images
from curate.evaluate.detection import detection, scores_of
from curate.evaluate.images import ImageSummary, defects_of_folder
from curate.evaluate.provenance import differences, signature_parts, submission_fingerprint
from curate.evaluate.result import mean_over_categories
from curate.evaluate.runs import several_runs
from curate.evaluate.verify import OLD_FINGERPRINTS
from curate.model.result import CategoryResult, Result, without_notes
from curate.model.result_curves import RecordedCurve
from curate.model.typed_json import encode
from curate.submissions.results import read_result

_SHOWN = 10
_ROUNDING = 1e-9
"""Curves are rounded doubles, and so are the areas under them."""


def read_checked_result(path: Path | str) -> tuple[Result, tuple[str, ...]]:
    """Read a result and check it against itself.

    Returns
    -------
    result : Result
    unchecked : tuple of str
        What could not be checked, one sentence each: older results hold less.

    Raises
    ------
    MissingError, InputError
        As :func:`~curate.submissions.results.read_result`; and if the result contradicts itself.
    """
    path = Path(path)
    result = read_result(path)
    wrong, unchecked = contradictions(result)
    if wrong:
        shown = "\n".join(f"  {sentence}" for sentence in wrong[:_SHOWN])
        more = f"\n  … and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise InputError(
            f"does not agree with itself, so it was edited or damaged\n{shown}{more}",
            path=path,
            hint="run `curate evaluate SUBMISSION --output FILE` again, or --verify to see every difference",
        )
    return result, unchecked


def contradictions(result: Result) -> tuple[list[str], tuple[str, ...]]:
    """Return where a result contradicts itself, and what of it could not be checked, one sentence each."""
    wrong: list[str] = []
    unchecked: dict[str, None] = {}
    for number, run in enumerate(result.single_runs):
        place = f"runs[{number}]." if result.runs else ""
        wrong += [f"{place}{sentence}" for sentence in _of_run(run, unchecked)]
    if result.runs and not wrong:
        wrong += _differences(result, several_runs(result.runs), "")
    return wrong, tuple(unchecked)


def _of_run(run: Result, unchecked: dict[str, None]) -> Iterator[str]:
    """Check a result of one run."""
    if run.dataset.fingerprint_version is None:
        unchecked[OLD_FINGERPRINTS] = None
    yield from _of_settings(run)
    for name, entry in run.categories.items():
        place = f"categories.{name}"
        yield from (f"{place}.{sentence}" for sentence in _of_areas(entry))
        yield from (f"{place}.{sentence}" for sentence in _of_images(run, entry, unchecked))
    mean = mean_over_categories(run.categories.values())
    yield from _differences(run.mean, replace(mean, lacking=run.mean.lacking), "mean")


def _differences(recorded: Any, computed: Any, place: str) -> Iterator[str]:
    """Compare two parts of a result, but for notes, which are words, and for what this version does not know."""
    one, other = (encode(without_notes(part, extra=False)) for part in (recorded, computed))
    return differences(one, other, place)


def _of_settings(run: Result) -> Iterator[str]:
    """Check what follows from settings, method and what was left out."""
    parts, settings = signature_parts(run.signature), run.settings
    if "curate" in parts and parts["curate"] != run.curate_version:
        yield f"signature.curate: recorded {parts['curate']}, curate_version says {run.curate_version}"
    if settings is not None:
        expected = {
            "resize": settings.resize or "no",
            "bootstrap": f"{settings.bootstrap},seed={settings.seed}" if settings.bootstrap else "no",
            "left-out": str(run.left_out.count if run.left_out else 0),
            "categories": "+".join(sorted(run.categories)),
        }
        for name, value in expected.items():
            if parts.get(name) != value:
                yield f"signature.{name}: recorded {parts.get(name)}, the rest of the file says {value}"
    each = run.dataset.category_fingerprints
    if each is not None and sorted(each) != sorted(run.categories):
        yield f"dataset.category_fingerprints: are of {', '.join(sorted(each))}, not of the categories of the file"
    elif each is not None and len(each) == 1 and set(each.values()) != {run.dataset.fingerprint}:
        yield "dataset.category_fingerprints: that of the only category is not that of the dataset"
    about = run.submission
    if settings is not None and about.files is not None:
        computed = submission_fingerprint(about.files, about.method, about.run, settings, run.left_out, about.team)
        if about.fingerprint != computed:
            yield (
                "submission.fingerprint: is not that of its files, method, run, settings and left-out list "
                f"(recorded {about.fingerprint}, computed {computed})"
            )


def _of_images(run: Result, entry: CategoryResult, unchecked: dict[str, None]) -> Iterator[str]:
    """Check what follows from the scores of the images."""
    if entry.images is None:
        unchecked["it holds no scores of images, from which AUROC and AP could be computed again"] = None
        return
    keys = [image.image for image in entry.images]
    yield from (f"images: lists {key} more than once" for key, count in Counter(keys).items() if count > 1)
    tested = [image for image in entry.images if not image.is_training]
    images = [
        ImageSummary(
            image.image,
            image.label,
            defects_of_folder(image.label) if image.defects is None else image.defects,
            image.score,
            0,
        )
        for image in tested
    ]
    good = sum(image.is_good for image in images)
    counted = (good, len(images) - good), (entry.counts.test_good, entry.counts.test_defective)
    fits = all(few <= all_ for few, all_ in zip(*counted, strict=True)) if run.left_out else counted[0] == counted[1]
    is_old = run.dataset.fingerprint_version is None
    if not fits and is_old:
        unchecked["it does not say which images are defective, so AUROC and AP cannot be computed again"] = None
        return
    if not fits:
        yield f"counts: test_good and test_defective are {counted[1]}, the images listed are {counted[0]}"
        return
    scores = {image.key: image.score for image in images}
    training = [image.score for image in entry.images if image.is_training]
    computed = detection(images, scores, training)
    lacking = entry.detection.by_defect_mean.lacking
    computed = replace(computed, by_defect_mean=replace(computed.by_defect_mean, lacking=lacking))
    if is_old:  # which images show which defect is in the file from version 2 on
        known = entry.detection
        computed = replace(computed, by_defect=known.by_defect, by_defect_mean=known.by_defect_mean)
    yield from _differences(entry.detection, computed, "detection")
    if entry.curves is not None:
        drawn = drawn_images(*(scores_of(images, scores, good=kind) for kind in (True, False)))
        for name, recorded, curve in zip(("roc", "pr"), (entry.curves.roc, entry.curves.pr), drawn, strict=True):
            yield from differences(encode(recorded), encode(curve), f"curves.{name}")


def _of_areas(entry: CategoryResult) -> Iterator[str]:
    """Check areas under the curves of pixels against the curves' points."""
    curves, places = entry.curves, entry.localization
    if curves is None:
        return
    for limit, area in places.au_spro.items():
        yield from _outside(curves.spro, area, limit, f"localization.au_spro.{limit}")
    yield from _outside(curves.pixel_roc, places.pixel_auroc, "1.0", "localization.pixel_auroc")


def _outside(curve: RecordedCurve | None, area: float | None, limit: str, place: str) -> Iterator[str]:
    """Say that an area up to a limit is not between the rectangles below and above a rising curve's points."""
    if curve is None or area is None:
        if (curve is None) != (area is None):
            yield f"{place}: recorded {area}, but the file holds {'no' if curve is None else 'a'} curve of it"
        return
    end = float(limit)
    points = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if x <= end]
    if not points or points[-1][0] != end or any(after[1] < before[1] for before, after in pairwise(points)):
        yield f"{place}: its curve does not rise to a point at {limit}"
        return
    steps = [(after[0] - before[0], before[1], after[1]) for before, after in pairwise(points)]
    below, above = (sum(step[0] * step[side] for step in steps) / end for side in (1, 2))
    if not below - _ROUNDING <= area <= above + _ROUNDING:
        yield f"{place}: recorded {area}, but its curve says from {below:.6g} to {above:.6g}"
