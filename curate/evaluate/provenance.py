"""What a result says about where it comes from: fingerprints, a signature, and whether numbers come out again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from curate import __version__
from curate.disk.hashing import sha256_json
from curate.evaluate.metrics.spro import SPRO_LIMITS
from curate.evaluate.plan import ScoringPlan
from curate.model.dataset import Dataset, Sample
from curate.model.defect import Saturation
from curate.model.evaluation_options import EvaluationOptions
from curate.model.result import FINGERPRINT_VERSION, UnscoredParts
from curate.model.typed_json import encode

if TYPE_CHECKING:
    from curate.model.region import Region

SAME = 1e-12
"""Numbers that differ by less are the same: another version of a library may add in another order."""

DATASET_COVERS = {
    "names of images": True,
    "bytes of images": True,
    "sizes of test images": True,
    "bytes of masks": True,
    "drawn regions": True,
    "defects_config.json": True,
    "dataset.json": False,
    "names of folders above": False,
    "times of files": False,
    "file formats of annotations": False,
}
"""What a dataset's fingerprints of version 2 follow from; every result lists it. False: may change without them."""
SUBMISSION_COVERS = {
    "bytes of maps": True,
    "images that maps are of": True,
    "scores.csv": True,
    "predictions.csv": True,
    "method": True,
    "team": True,
    "run": True,
    "settings": True,
    "left_out": True,
    "arrangement of folders": False,
    "other facts in submission.json": False,
    "numbers of the result": False,
    "versions of libraries": False,
}
"""The same of a submission's fingerprint. Numbers are checked by computing them again (``--verify``)."""


def dataset_fingerprint(dataset: Dataset, digests: dict[str, str], version: int = FINGERPRINT_VERSION) -> str:
    """Hash everything of a dataset that a number depends on: names, image sizes, masks and shapes, configuration.

    Parameters
    ----------
    dataset : Dataset
        Its evaluated categories.
    digests : dict
        ``mask:<path>`` to sha256, ``size:<path>`` to a size, and for version 2 ``image:<path>`` to sha256.
    version : int
        2 hashes the bytes of every image, too, those of the training and validation sets among them; 1 does not.
    """
    document: dict[str, dict[str, Any]] = {}
    for category in dataset.categories:
        document[category.name] = {
            "defects": [
                [entry.defect_name, entry.pixel_value, float(entry.saturation.value), entry.saturation.relative]
                for entry in category.defects
            ],
            "train": [sample.key for sample in category.of_split("train")],
            "test": [_truth_of(sample, digests) for sample in category.of_split("test")],
        }
        if version > 1:
            document[category.name]["images"] = {
                sample.key: digests[f"image:{sample.path}"] for sample in category.samples
            }
    return f"sha256:{sha256_json(document)}"


def _truth_of(sample: Sample, digests: dict[str, str]) -> list[Any]:
    """Return what a number depends on of one image; drawn regions by their shapes, in whatever order."""
    files = [digests.get(f"mask:{mask}") for mask in sample.masks]
    drawn = sorted((_region(region) for region in sample.regions), key=sha256_json)
    return [sample.key, digests.get(f"size:{sample.path}"), files, *([drawn] if drawn else [])]


def _region(region: Region) -> dict[str, Any]:
    """Return a drawn region without its identifier, which is the tool's."""
    saturation = region.saturation or Saturation(1.0)
    shapes = [{"shape": type(shape).__name__, **asdict(shape)} for shape in region.shapes]
    return {
        "defect": region.defect,
        "saturation": [float(saturation.value), saturation.relative],
        "shapes": sorted(shapes, key=sha256_json),
    }


def files_fingerprint(plans: list[ScoringPlan], tables: dict[str, dict[str, str]], digests: dict[str, str]) -> str:
    """Hash every map and table of a run, whatever form of folders they came in.

    Parameters
    ----------
    plans : list of ScoringPlan
    tables : dict
        Category to the sha256 of its tables, by file name.
    digests : dict
        ``map:<path>`` to sha256.
    """
    document = {}
    for plan in plans:
        maps = {job.sample.key: job.map_path for job in plan.jobs if job.map_path} | plan.train_maps
        document[plan.category.name] = {
            "maps": {key: digests.get(f"map:{path}") for key, path in maps.items()},
            "tables": tables.get(plan.category.name, {}),
        }
    return f"sha256:{sha256_json(document)}"


def submission_fingerprint(
    files: str,
    method: str,
    run: str,
    options: EvaluationOptions,
    left_out: UnscoredParts | None,
    team: str | None = None,
) -> str:
    """Hash what was scored and how: the files, whose they are, the settings, and what was left out.

    The layout is no part of it: which one was read stands in the dataset's part, whoever chose it.
    """
    document = {
        "files": files,
        "method": method,
        "run": run,
        "settings": replace(options, layout=None).to_json(),
        "left_out": encode(left_out) if left_out else None,
        **({"team": team} if team else {}),
    }
    return f"sha256:{sha256_json(document)}"


def runs_fingerprint(runs: Iterable[str]) -> str:
    """Hash the fingerprints of several runs."""
    return f"sha256:{sha256_json(list(runs))}"


def signature_parts(text: str) -> dict[str, str]:
    """Take a signature apart.

    >>> signature_parts("curate:1|resize:no")
    {'curate': '1', 'resize': 'no'}
    """
    return {name: value for name, _, value in (part.partition(":") for part in text.split("|"))}


def signature(
    options: EvaluationOptions,
    kinds: dict[str, str],
    scores_from: dict[str, str],
    *,
    missing: int,
    dataset_errors: int | None,
) -> str:
    """Name every setting that can change a number, and the versions, in one line.

    Parameters
    ----------
    options : EvaluationOptions
    kinds : dict
        Category to the kind of its maps.
    scores_from : dict
        Category to ``map-maximum`` or ``scores.csv``.
    missing : int
        Number of images and categories left out.
    dataset_errors : int or None
        Errors of the dataset that change a number; None when it was not validated.
    """
    parts = {
        "curate": __version__,
        "limits": "+".join(SPRO_LIMITS),
        "positive": "score>threshold",
        "ties": "slanted",
        "areas": "exact",
        "saturation": "trunc,min1",
        "pro": "8-connected",
        "maps": "+".join(sorted(set(kinds.values()))),
        "image-scores": "+".join(sorted(set(scores_from.values()))),
        "resize": options.resize or "no",
        "left-out": str(missing),
        "dataset-errors": "not-checked" if dataset_errors is None else str(dataset_errors),
        "bootstrap": f"{options.bootstrap},seed={options.seed}" if options.bootstrap else "no",
        "categories": "+".join(sorted(kinds)),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }
    return "|".join(f"{name}:{value}" for name, value in parts.items())


def differences(recorded: Any, computed: Any, place: str = "") -> Iterator[str]:
    """Say where two results differ, one sentence each; numbers within :data:`SAME` are the same.

    >>> list(differences({"ap": 0.5, "n": 3}, {"ap": 0.5 + 1e-15, "n": 4}))
    ['n: recorded 3, computed 4']
    """
    if isinstance(recorded, dict) and isinstance(computed, dict):
        for name in sorted(recorded.keys() | computed.keys()):
            inner = f"{place}.{name}" if place else name
            yield from differences(recorded.get(name), computed.get(name), inner)
    elif isinstance(recorded, list) and isinstance(computed, list) and len(recorded) == len(computed):
        for number, (first, second) in enumerate(zip(recorded, computed, strict=True)):
            yield from differences(first, second, f"{place}[{number}]")
    elif not _same(recorded, computed):
        yield f"{place}: recorded {recorded}, computed {computed}"


def _same(first: Any, second: Any) -> bool:
    numbers = isinstance(first, int | float) and isinstance(second, int | float)
    if numbers and not isinstance(first, bool) and not isinstance(second, bool):
        return math.isclose(first, second, rel_tol=SAME, abs_tol=SAME)
    return bool(first == second)
