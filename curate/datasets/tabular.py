"""A dataset as tables of pandas: a row per image, a row per region, measured.

The measures are those that a typology of defects needs (size, shape, direction, contrast, place), from scikit-image's
``regionprops_table``. pandas and scikit-image are loaded where a table is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.datasets.truth import Truth, read_truth
from curate.errors import CurateError, InputError
from curate.imaging.images import Pixels, decode_upright, read_file
from curate.model.dataset import Category, Dataset, Sample

if TYPE_CHECKING:
    import pandas as pd

IMAGE_COLUMNS: Mapping[str, tuple[str, str]] = {
    "category": ("string", "category"),
    "split": ("string", "train, val or test"),
    "label": ("string", "good, or the defect that the image's folder names"),
    "image": ("string", "what submissions call it: split/label/name"),
    "path": ("string", "file below the dataset's root"),
    "mask_files": ("int64", "number of its mask files"),
    "drawn_regions": ("int64", "number of regions that stand in a document instead of a mask"),
    "specimen": ("string", "the physical item, where it is known"),
    "shot_at": ("string", "ISO 8601, where it is known"),
}
"""Name, type and meaning of the columns of a dataset's images."""

REGION_COLUMNS: Mapping[str, tuple[str, str]] = {
    "category": ("string", "category"),
    "split": ("string", "train, val or test"),
    "label": ("string", "of the image"),
    "image": ("string", "split/label/name"),
    "region": ("string", "mask file, or image#region of a drawn one"),
    "defect": ("string", "what the region shows"),
    "saturation": ("string", "how much of it must be found"),
    "area_px": ("int64", "pixels"),
    "area_share": ("float64", "of the image's pixels"),
    "pieces": ("int64", "8-connected pieces"),
    "left_px": ("int64", "left edge of its box"),
    "top_px": ("int64", "top edge of its box"),
    "width_px": ("int64", "width of its box"),
    "height_px": ("int64", "height of its box"),
    "equivalent_diameter_px": ("float64", "diameter of the disc of its area"),
    "major_axis_px": ("float64", "length of the major axis of the ellipse of its second moments"),
    "minor_axis_px": ("float64", "length of the minor axis"),
    "orientation_deg": ("float64", "of the major axis, clockwise from the x axis, 0 to 180"),
    "eccentricity": ("float64", "of that ellipse, 0 of a disc"),
    "solidity": ("float64", "its area by that of its convex hull"),
    "contrast_grey": ("float64", "mean grey level inside minus that of a ring around it, 0 to 255"),
    "border_distance_px": ("int64", "from its box to the nearest edge of the image"),
}
"""Name, type and meaning of the columns of a dataset's regions."""

_PROPERTIES = (
    *("area", "bbox", "equivalent_diameter_area", "axis_major_length", "axis_minor_length"),
    *("orientation", "eccentricity", "area_convex"),
)
_LEAST_RING_PX = 3
_RING_SHARE = 0.25
"""The ring around a region is as wide as a quarter of its equivalent diameter, at least 3 pixels."""
_SHOWN = 10


def image_frame(dataset: Dataset) -> pd.DataFrame:
    """Return a row per image, with the columns of :data:`IMAGE_COLUMNS`; no picture is opened."""
    rows = [
        (
            *(category.name, sample.split, sample.label, sample.key, sample.path),
            *(len(sample.masks), len(sample.regions), sample.specimen, sample.shot_at),
        )
        for category in dataset.categories
        for sample in category.samples
    ]
    return framed(rows, IMAGE_COLUMNS)


def region_frame(
    dataset: Dataset, carry_out: Callable[..., Iterable[Any]] = map, *, skip: bool = False
) -> pd.DataFrame:
    """Measure every region of a dataset and return a row per region, with the columns of :data:`REGION_COLUMNS`.

    Parameters
    ----------
    dataset : Dataset
    carry_out : callable
        Maps a function over the images, as ``map`` does, or on several threads.
    skip : bool
        Leave out images that cannot be read, and name them in ``frame.attrs["unread"]``.

    Raises
    ------
    InputError
        If an image or a mask cannot be read and ``skip`` is not set; all of them are named.
    """
    root = Path(dataset.root)
    work = [(category, sample) for category in dataset.categories for sample in category.samples if has_region(sample)]
    parts = list(carry_out(partial(_measured, root), work))
    unread = [part for part in parts if isinstance(part, str)]
    if unread and not skip:
        more = [f"… and {len(unread) - _SHOWN} more"] if len(unread) > _SHOWN else []
        listed = "\n  ".join([f"{len(unread)} images cannot be measured:", *unread[:_SHOWN], *more])
        raise InputError(listed, path=dataset.root, hint="`curate validate` explains what is wrong with them")
    frame = framed([row for part in parts if not isinstance(part, str) for row in part], REGION_COLUMNS)
    frame.attrs["unread"] = unread
    return frame


def has_region(sample: Sample) -> bool:
    """Whether a sample has masks or drawn regions."""
    return bool(sample.masks or sample.regions)


def framed(rows: Iterable[tuple[Any, ...]], columns: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Return rows as a table whose columns have their types, even without a row."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(columns))
    return frame.astype({name: kind for name, (kind, _) in columns.items()})


def _measured(root: Path, job: tuple[Category, Sample]) -> list[tuple[Any, ...]] | str:
    """Return a row per region of an image, or why it cannot be read."""
    category, sample = job
    try:
        path = root / sample.path
        pixels = decode_upright(read_file(path), path)
        found = read_truth(root, category, sample, (pixels.shape[1], pixels.shape[0]))
    except CurateError as error:
        return f"{sample.path}: {error.message}"
    grey = _grey(pixels)
    union = np.logical_or.reduce([entry.mask != 0 for entry in found]) if found else None
    return [(*_named(category, sample, entry), *measures(entry.mask != 0, grey, union).values()) for entry in found]


def _grey(pixels: Pixels) -> NDArray[np.float32]:
    """Return grey levels from 0 to 255, of images of 16 bits as fractions."""
    if pixels.ndim == 3:  # noqa: PLR2004 - with channels
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_BGR2GRAY)
    grey: NDArray[np.float32] = pixels.astype(np.float32) / np.float32(257 if pixels.dtype == np.uint16 else 1)
    return grey


def _named(category: Category, sample: Sample, entry: Truth) -> tuple[str, ...]:
    about = (category.name, sample.split, sample.label, sample.key, entry.source)
    return (*about, entry.entry.defect_name, str(entry.entry.saturation))


def measures(mask: NDArray[np.bool_], grey: Pixels, union: NDArray[np.bool_] | None = None) -> dict[str, float]:
    """Measure one region: the numbers of :data:`REGION_COLUMNS`, by their names.

    Parameters
    ----------
    mask : ndarray of bool, shape (height, width)
        At least one pixel.
    grey : ndarray, shape (height, width)
        Grey levels from 0 to 255.
    union : ndarray of bool, shape (height, width), optional
        All regions of the image: their pixels are no surround.

    Notes
    -----
    Area, axes, orientation, eccentricity and hull are those of ``skimage.measure.regionprops_table`` [1]_; its angle,
    which runs from the rows' axis, is given clockwise from the x axis, as everywhere in curate.

    References
    ----------
    .. [1] van der Walt et al., scikit-image: image processing in Python, PeerJ 2:e453, 2014.
    """
    from skimage.measure import regionprops_table

    height, width = mask.shape
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a region on one line has no hull of its own; see below
        table = regionprops_table(mask.astype(np.uint8), properties=_PROPERTIES)  # type: ignore[no-untyped-call]
    one = {name: values[0].item() for name, values in table.items()}
    top, left, bottom, right = (int(one[f"bbox-{place}"]) for place in range(4))
    area, hull = int(one["area"]), float(one["area_convex"])
    return {
        "area_px": area,
        "area_share": area / (height * width),
        "pieces": cv2.connectedComponents(mask.view(np.uint8), connectivity=8)[0] - 1,
        "left_px": left,
        "top_px": top,
        "width_px": right - left,
        "height_px": bottom - top,
        "equivalent_diameter_px": one["equivalent_diameter_area"],
        "major_axis_px": one["axis_major_length"],
        "minor_axis_px": one["axis_minor_length"],
        "orientation_deg": (90.0 - float(np.degrees(one["orientation"]))) % 180.0,
        "eccentricity": one["eccentricity"],
        "solidity": area / hull if hull >= area else 1.0,  # pixels on one line are their own hull
        "contrast_grey": _contrast(mask, grey, mask if union is None else union, one["equivalent_diameter_area"]),
        "border_distance_px": min(left, top, width - right, height - bottom),
    }


def _contrast(mask: NDArray[np.bool_], grey: Pixels, union: NDArray[np.bool_], diameter_px: float) -> float:
    """Return the mean grey level inside minus that of the ring around; NaN where regions fill the ring."""
    reach = max(_LEAST_RING_PX, round(_RING_SHARE * diameter_px))
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    rows = slice(max(0, top - reach), top + height + reach)
    columns = slice(max(0, left - reach), left + width + reach)
    inside, around = mask[rows, columns], ~union[rows, columns]
    distance = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ring = around & (distance <= reach)
    levels = grey[rows, columns]
    return float(levels[inside].mean() - levels[ring].mean()) if ring.any() else float("nan")
