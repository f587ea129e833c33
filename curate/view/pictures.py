"""The pictures of one image of a dataset: as it is, its regions as outlines, its anomaly map laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from curate.datasets.truth import read_truth
from curate.drawing.outlines import Outline, outlines_of
from curate.drawing.pictures import Picture, as_colour, fit_into, fitted_size, heat_over
from curate.errors import CurateError
from curate.imaging.images import decode_upright, read_file
from curate.imaging.maps import read_map, resize_map
from curate.imaging.masks import decode_mask
from curate.model.config import DEFAULT_WINDOW
from curate.model.dataset import Category, Sample
from curate.model.result import CategoryResult
from curate.model.rows import MaskRow
from curate.view.curves import threshold_at
from curate.view.frames import FrameView
from curate.workspace.workspace import Workspace

Scale: TypeAlias = tuple[float, float]
"""The scores that are drawn darkest and brightest."""

_DARK_FPR, _BRIGHT_FPR = 0.3, 0.001


@dataclass(frozen=True, slots=True)
class RegionOutline:
    """One region of an image: where it came from, its defect, its area in the whole image, and its outlines."""

    mask: str
    defect: str
    area_px: int
    outlines: tuple[Outline, ...]


@dataclass(frozen=True, slots=True)
class CasePictures:
    """What is shown of one image.

    Attributes
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        B, G, R, upright, shrunk where that was asked for.
    size_px : tuple of int
        Width and height of the image itself.
    regions : tuple of RegionOutline
        In pixels of ``image``.
    heat : ndarray or None
        The map laid over the image in grey, of the same shape; None without a map.
    scale : tuple of float or None
        What its colours stand for.
    peak : float or None
        The map's largest score.
    problems : tuple of str
        Masks and maps that could not be read, for people.
    """

    image: Picture
    size_px: tuple[int, int]
    regions: tuple[RegionOutline, ...] = ()
    heat: Picture | None = None
    scale: Scale | None = None
    peak: float | None = None
    problems: tuple[str, ...] = ()


def case_pictures(
    dataset_root: Path,
    category: Category,
    sample: Sample,
    map_path: Path | None = None,
    *,
    scale: Scale | None = None,
    side_px: int = 0,
) -> CasePictures:
    """Read an image with its regions and its map.

    Parameters
    ----------
    dataset_root : Path
    category : Category
    sample : Sample
    map_path : Path, optional
        Its anomaly map. One of another size is resampled: this is for looking, not for scoring.
    scale : tuple of float, optional
        Of the map's colours, one for all pictures that are to be compared (:func:`heat_scale`); otherwise from the
        map's least to its greatest score.
    side_px : int
        Shrink to this width and height at most; 0 keeps the size.

    Raises
    ------
    ImageError, MissingError
        If the image itself cannot be read. What is wrong with masks and maps stands in ``problems`` instead.
    """
    whole = _read_upright(dataset_root / sample.path)
    size = whole.shape[1], whole.shape[0]
    image = fit_into(whole, side_px) if side_px else whole
    regions, problems = _regions(dataset_root, category, sample, size, image.shape[1] / size[0])
    heat, peak = None, None
    if map_path is not None:
        try:
            scores = read_map(map_path)
        except CurateError as error:
            problems.append(f"{sample.key}: its map {error.message}")
        else:
            peak = float(scores.max())
            scale = scale or (float(scores.min()), peak)
            fitted = fitted_size(size, side_px) if side_px else size
            heat = heat_over(image, resize_map(scores, fitted, "bilinear"), *scale)
    return CasePictures(image, size, tuple(regions), heat, scale if heat is not None else None, peak, tuple(problems))


def heat_of(image: Picture, map_path: Path, scale: Scale | None) -> Picture:
    """Lay a map over an image of any size, in grey.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        B, G, R.
    map_path : Path
    scale : tuple of float or None
        As for :func:`case_pictures`.

    Raises
    ------
    InputError
        If the map cannot be read.
    """
    scores = read_map(map_path)
    low, high = scale or (float(scores.min()), float(scores.max()))
    return heat_over(image, resize_map(scores, (image.shape[1], image.shape[0]), "bilinear"), low, high)


def frame_pictures(
    workspace: Workspace,
    category: str,
    view: FrameView,
    masks: Sequence[MaskRow] = (),
    *,
    window: str = DEFAULT_WINDOW,
    side_px: int = 0,
) -> CasePictures:
    """Read what was cut from a frame with its regions; the frame itself where nothing was cut.

    Parameters
    ----------
    workspace : Workspace
    category : str
    view : FrameView
    masks : sequence of MaskRow
        Of this frame; those of the image that is shown are drawn.
    window : str
    side_px : int
        Shrink to this width and height at most; 0 keeps the size.

    Raises
    ------
    ImageError, MissingError
        If the picture cannot be read. What is wrong with masks stands in ``problems`` instead.
    """
    path = workspace.windows(window, category) / view.image if view.image else workspace.captures(category) / view.frame
    whole = _read_upright(path)
    size = whole.shape[1], whole.shape[0]
    image = fit_into(whole, side_px) if side_px else whole
    regions: list[RegionOutline] = []
    problems: list[str] = []
    for row in masks:
        if not view.image or row.image != view.image:
            continue
        try:
            mask, _ = decode_mask(read_file(workspace.masks(window, category) / row.mask), Path(row.mask))
        except CurateError as error:
            problems.append(f"{row.mask}: {error.message}")
            continue
        outlines = tuple(outlines_of(mask, image.shape[1] / size[0]))
        regions.append(RegionOutline(row.mask, row.defect, row.area_px, outlines))
    return CasePictures(image, size, tuple(regions), problems=tuple(problems))


def heat_scale(entry: CategoryResult) -> Scale | None:
    """Return one scale for a category's maps: dark where 30 % of the good pixels score more, bright where 0.1 % do.

    So a bright spot is one that few good pixels reach, whatever the detector's own units. None without a curve, or
    where both are the same score.
    """
    low, high = threshold_at(entry, _DARK_FPR), threshold_at(entry, _BRIGHT_FPR)
    return (low, high) if low is not None and high is not None and low < high else None


def _read_upright(path: Path) -> Picture:
    content = read_file(path)
    return as_colour(decode_upright(content, path))


def _regions(
    root: Path, category: Category, sample: Sample, size_px: tuple[int, int], shrunk: float
) -> tuple[list[RegionOutline], list[str]]:
    """Read the regions one mask file at a time, so that a broken one hides no other."""
    regions: list[RegionOutline] = []
    problems: list[str] = []
    parts = [replace(sample, masks=(mask,), regions=()) for mask in sample.masks]
    parts += [replace(sample, masks=(), regions=(region,)) for region in sample.regions]
    for part in parts:
        try:
            truths = read_truth(root, category, part, size_px)
        except CurateError as error:
            problems.append(f"{part.masks[0] if part.masks else sample.path}: {error.message}")
            continue
        regions += [
            RegionOutline(
                truth.source,
                truth.entry.defect_name,
                truth.patch.area_px,
                tuple(outlines_of(truth.mask, shrunk)),
            )
            for truth in truths
        ]
    return regions, problems
