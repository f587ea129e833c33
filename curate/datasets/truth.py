"""Read the regions of one image, whatever its layout keeps them in: mask files or drawn shapes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curate.errors import ImageError
from curate.geometry.binarise import SeveralValuesError, binarise
from curate.geometry.patch import Patch
from curate.imaging.images import Pixels, read_file
from curate.imaging.masks import decode_mask, decode_plane, upright_mask
from curate.model.dataset import Category, MaskRule, Sample
from curate.model.defect import DefectEntry, Saturation

if TYPE_CHECKING:
    from curate.model.region import Region

_WITH_ALPHA = (2, 4)
"""Numbers of channels whose last one is alpha."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One region of an image, cut out: small, however large the image is.

    Attributes
    ----------
    patch : Patch
        Its pixels in their box, which lies in the image; at least one pixel.
    size_px : tuple of int
        The image's width and height.
    entry : DefectEntry
        What it shows and how much of it must be found.
    source : str
        The mask file, relative to the dataset's root, or ``<image>#<region>``.
    """

    patch: Patch
    size_px: tuple[int, int]
    entry: DefectEntry
    source: str

    @property
    def mask(self) -> NDArray[np.uint8]:
        """The whole image, 1 inside; shape (height, width)."""
        return self.patch.cut(*self.size_px).view(np.uint8)


def read_truth(root: Path, category: Category, sample: Sample, size_px: tuple[int, int]) -> list[Truth]:
    """Read every region of an image.

    Parameters
    ----------
    root : Path
        The dataset's folder.
    category : Category
    sample : Sample
    size_px : tuple of int
        The image's width and height.

    Raises
    ------
    ImageError
        If a mask cannot be read, has another size, marks nothing or an unknown defect.
    """
    found, problems = truth_or_problems(root, category, sample, size_px)
    if problems:
        raise problems[0]
    return found


def truth_or_problems(
    root: Path, category: Category, sample: Sample, size_px: tuple[int, int]
) -> tuple[list[Truth], list[ImageError]]:
    """Read every region of an image, and say of each that cannot be used why; see :func:`read_truth`.

    This decides what `convert` and `evaluate` refuse.
    """
    found: list[Truth] = []
    problems: list[ImageError] = []
    for path in sample.masks:
        try:
            found += truth_of_mask(read_file(root / path), path, category, sample, size_px, root)
        except ImageError as error:
            problems.append(error)
    for drawn in sample.regions:
        patch = drawn_patch(drawn, size_px)
        if patch.mask.size:
            found.append(Truth(patch, size_px, entry_of(category, drawn), f"{sample.path}#{drawn.region_id}"))
        else:
            problems.append(ImageError(without_pixel(drawn), path=sample.path))
    return found, problems


def drawn_patch(drawn: Region, size_px: tuple[int, int]) -> Patch:
    """Fill a region that its layout keeps as shapes, by the pixel-centre rule; empty where none lies in the image."""
    from curate.geometry.rasterize import rasterize_patch  # which few layouts need

    return rasterize_patch(drawn.shapes, (0, 0, *size_px)).trimmed()


def without_pixel(drawn: Region) -> str:
    """Say that a region leaves no pixel in its image, and where it lies."""
    from curate.geometry.shapes import bounds

    boxes = [bounds(shape) for shape in drawn.shapes]
    left, top = (min((box[side] for box in boxes), default=0) for side in (0, 1))
    right, bottom = (max((box[side] for box in boxes), default=0) for side in (2, 3))
    size = f"{right - left:.4g}×{bottom - top:.4g} px at {left:.4g},{top:.4g}"
    return f"region {drawn.region_id} ({drawn.defect}) leaves no pixel in it: {size}"


def truth_of_mask(
    content: bytes, shown: str, category: Category, sample: Sample, size_px: tuple[int, int], root: Path
) -> list[Truth]:
    """Read the regions of one mask file; ``shown`` is its path for messages. See :func:`read_truth`.

    A mask that was drawn on the stored pixels of an image that EXIF turns is turned with it
    (:func:`curate.imaging.masks.upright_mask`).
    """
    regions = _by_rule(content, Path(shown), category.mask_rule, category.legend)
    if any(mask.shape == size_px != size_px[::-1] for mask, _ in regions):
        image = read_file(root / sample.path)
        regions = [(upright_mask(mask, image, Path(sample.path)), value) for mask, value in regions]
    for mask, _ in regions:
        if mask.shape != (size_px[1], size_px[0]):
            width, height = mask.shape[1], mask.shape[0]
            raise ImageError(
                f"is {width}×{height} (width × height), its image is {size_px[0]}×{size_px[1]}", path=shown
            )
    if not regions and not sample.is_good:
        raise ImageError("is empty: a region has at least one pixel", path=shown)
    if regions and sample.is_good:
        raise ImageError("marks a defect in an image that is called good", path=shown)
    return [Truth(Patch.of(mask), size_px, _entry(category, sample, value, shown), shown) for mask, value in regions]


def drawn_truth(category: Category, sample: Sample, size_px: tuple[int, int]) -> list[Truth]:
    """Fill the regions of an image that its layout keeps as shapes; see :func:`read_truth`.

    Raises
    ------
    ImageError
        If a shape leaves no pixel in the image.
    """
    return read_truth(Path(), category, replace(sample, masks=()), size_px)


def entry_of(category: Category, drawn: Region) -> DefectEntry:
    """Return the entry of a drawn region: its defect with its own saturation."""
    saturation = drawn.saturation or Saturation(1.0)
    fitting = [entry for entry in category.defects if entry.defect_name == drawn.defect]
    exact = next((entry for entry in fitting if entry.saturation == saturation), None)
    return exact or DefectEntry(drawn.defect, fitting[0].pixel_value if fitting else 0, saturation)


def has_marks(content: bytes, path: Path, rule: MaskRule) -> bool:
    """Whether a mask file marks any pixel under a rule."""
    return bool(_by_rule(content, path, rule))


def usable(content: bytes, path: Path, category: Category) -> None:
    """Raise ImageError where a mask's values cannot be understood by the category's rule."""
    _by_rule(content, path, category.mask_rule, category.legend)


def _by_rule(
    content: bytes, path: Path, rule: MaskRule, legend: tuple[tuple[tuple[int, int, int], str], ...] = ()
) -> list[tuple[NDArray[np.uint8], int | str]]:
    """Return each region's mask and its value, 0 where values mean nothing, or its name by a legend."""
    if rule == "value":
        mask, value = decode_mask(content, path)
        return [(mask, value)] if value else []
    pixels = decode_plane(content, path)
    if rule == "legend":
        from curate.formats.mask_values import masks_by_legend

        try:
            named = masks_by_legend(pixels, dict(legend))
        except ValueError as error:
            raise ImageError(str(error), path=path, hint="name all of them with --values") from error
        return [(mask.view(np.uint8), name) for name, mask in named]
    if rule == "values":
        plane = _plane(pixels)
        values = [value for value in np.unique(plane).tolist() if value]
        return [(np.asarray(plane == value).view(np.uint8), int(value)) for value in values]
    if rule == "marked":
        try:
            marked = binarise(pixels)[0]
        except SeveralValuesError as error:
            hint = "name the values with --values 60=dent,200=scratch,255=ignore, or in a layout.toml or labelmap.txt"
            raise ImageError(str(error), path=path, hint=hint) from error
        except ValueError as error:
            raise ImageError(str(error), path=path) from error
    else:
        plane = _plane(pixels)
        cut = 1 if rule == "nonzero" else (int(np.iinfo(plane.dtype).max) + 1) // 2
        marked = np.asarray(plane >= cut)
    return [(marked.view(np.uint8), 0)] if marked.any() else []


def _plane(pixels: Pixels) -> Pixels:
    """Return one value a pixel: the largest of its colour channels. Alpha never counts: it is often 255 everywhere."""
    if pixels.ndim == 2:  # noqa: PLR2004 - one channel
        return pixels
    colours = pixels[..., :-1] if pixels.shape[2] in _WITH_ALPHA else pixels
    return np.asarray(colours.max(axis=2))


def _entry(category: Category, sample: Sample, value: int | str, shown: str) -> DefectEntry:
    """Say what a region of a mask stands for: by its value or name, else by the image's label."""
    if isinstance(value, str):
        return category.entry_named(value) or DefectEntry(value, 0, Saturation(1.0))
    if value:
        entry = category.entry(value)
        if entry is None:
            known = ", ".join(str(entry.pixel_value) for entry in category.defects)
            known = known or "there is no defects_config.json"
            raise ImageError(f"holds the value {value}, which defects_config.json does not name ({known})", path=shown)
        return entry
    named = category.entry_named(sample.label)
    return named or DefectEntry(sample.label, 0, Saturation(1.0))
