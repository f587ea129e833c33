"""Read folders of mask pictures, by the ways in which they name the image that a mask belongs to.

``<defect>/<image>/0000.png`` (AutoVI, MVTec LOCO), ``<image>_mask.png``, ``<image>_label.bmp``, or a mask with the
image's own stem. Each file is one region, of however many pieces (docs/metrics.md), unless the person asks for a
region a connected piece; a numbered file among several of its image is always one. The defect is the name of a folder
above, or what the mask's value stands for in a ``defects_config.json``, or the only one there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from curate.geometry.binarise import binarise
from curate.geometry.shapes import bitmap_of
from curate.label.merge import pieces
from curate.label.reading import Drawn, ImageRef, Notes, Reading, Surroundings, joined
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, DefectEntry
from curate.model.region import Region

_MASK_NAME = re.compile(r"^(?P<image>.+?)[-_ .](mask|label|labels|gt|groundtruth|seg|segmentation)s?$", re.IGNORECASE)
_REGION_NAME = re.compile(r"^\d{1,6}$")
_GROUND_TRUTH = "ground_truth"
_LISTED = 10
_LOSSY = frozenset({".jpg", ".jpeg"})


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A mask picture: its path, the image it belongs to, and whether it is one region by itself."""

    path: str
    image: str
    is_region: bool
    defect: str


def mask_files(
    paths: Iterable[str], defects: Sequence[str], is_image: Iterable[str] = (), root: str = ""
) -> list[MaskFile]:
    """Choose the masks among picture files and say what each belongs to.

    Parameters
    ----------
    paths : iterable of str
        Below the folder, ``/``-separated.
    defects : sequence of str
        Known defect names.
    is_image : iterable of str
        File stems of the category's frames and windows: a numbered file in a folder of such a name is one region.
    root : str
        Name of the folder itself, which may be a defect's or ``ground_truth``.
    """
    listed = sorted(paths)
    stems = set(is_image)
    files = [_mask_file(path, root, defects, stems) for path in listed]
    told = [file for file in files if file.is_region or _MASK_NAME.match(PurePosixPath(file.path).stem)]
    by_stem: dict[PurePosixPath, set[str]] = {}
    for path in listed:
        by_stem.setdefault(PurePosixPath(path).with_suffix(""), set()).add(PurePosixPath(path).suffix.lower())
    return told or [file for file in files if not _is_picture_beside(file.path, by_stem)]


def _is_picture_beside(path: str, by_stem: dict[PurePosixPath, set[str]]) -> bool:
    """Whether a JPEG lies beside a lossless picture of the same stem: then it is the image, not the mask."""
    pure = PurePosixPath(path)
    beside = by_stem[pure.with_suffix("")]
    return pure.suffix.lower() in _LOSSY and bool(beside - _LOSSY)


def _mask_file(path: str, root: str, defects: Sequence[str], stems: set[str]) -> MaskFile:
    pure = PurePosixPath(path)
    folders = (root, *pure.parts[:-1])
    defect = next((name for name in reversed(folders) if name in defects), "") or _below_ground_truth(folders)
    of_an_image = pure.parent.name in stems or (len(folders) > 1 and folders[-2] == defect != "")
    if _REGION_NAME.match(pure.stem) and of_an_image and pure.parent.name not in {"", defect}:
        return MaskFile(path, _below(root, pure.parent), is_region=True, defect=defect)
    match = _MASK_NAME.match(pure.stem)
    image = pure.with_name(match["image"]) if match else pure
    return MaskFile(path, _below(root, image), is_region=False, defect=defect)


def _below(root: str, path: PurePosixPath) -> str:
    """Name an image with the folder that was given: frames of one name often lie in folders of their labels."""
    return f"{root}/{path.as_posix()}" if root else path.as_posix()


def _below_ground_truth(folders: Sequence[str]) -> str:
    """Return the folder below ``ground_truth``, which is named after its defect whether we know that or not."""
    if _GROUND_TRUTH in folders[:-1]:
        return folders[folders.index(_GROUND_TRUTH) + 1]
    return ""


def read(
    masks: Iterable[MaskFile], name: str, defects: Sequence[str], entries: Sequence[DefectEntry], around: Surroundings
) -> Reading:
    """Read mask pictures.

    Parameters
    ----------
    masks : iterable of MaskFile
    name : str
        Of the folder, for findings.
    defects : sequence of str
        Known defect names; when there is only one, it is what nameless masks show.
    entries : sequence of DefectEntry
        Of the folder's ``defects_config.json``, if it has one.
    around : Surroundings
        Its ``pixels_of`` decodes a mask.
    """
    only = around.defect or (defects[0] if len(defects) == 1 else "")
    readings = []
    in_pieces = []
    for mask in masks:
        reading, count = _read_mask(mask, name, only, entries, around)
        readings.append(reading)
        if count > 1 and not mask.is_region:
            in_pieces.append(mask.path)
    if in_pieces:
        how = "each piece is a region" if around.split_masks else "each file is one region"
        many = f"{len(in_pieces)} masks hold" if len(in_pieces) > 1 else "1 mask holds"
        said = found(
            codes.MASK_OF_SEVERAL_PIECES,
            f"{many} several connected pieces; {how}",
            name,
            related=tuple(in_pieces[:_LISTED]),
        )
        readings.append(Reading((), (said,)))
    return joined(readings)


def _read_mask(
    mask: MaskFile, name: str, only: str, entries: Sequence[DefectEntry], around: Surroundings
) -> tuple[Reading, int]:
    """Return what a mask file says, and how many connected pieces it marks."""
    notes = Notes(f"{name}/{mask.path}")
    pixels = around.pixels_of(mask.path)
    if pixels is None:
        notes.lose(codes.UNUSABLE_MASK_IMAGE, "cannot be decoded as a picture")
        return Reading((), tuple(notes.findings)), 0
    size = (pixels.shape[1], pixels.shape[0])
    parts: list[Region] = []
    split: list[NDArray[np.bool_]] = []
    try:
        marked, said = binarise(pixels)
    except ValueError as error:
        notes.lose(codes.UNUSABLE_MASK_IMAGE, str(error))
    else:
        if said:
            notes.note(codes.SHAPE_ALTERED, said)
        split = pieces(marked)
        whole = mask.is_region or not around.split_masks
        parts = _regions(mask, [marked] if whole else split, _entry(pixels, marked, entries), only, notes)
    label = GOOD if not parts and not notes.lost else ""
    image = ImageRef(mask.image, size)
    drawn = Drawn(image, tuple(parts), label, notes.path, lost=notes.lost)
    return Reading((drawn,), tuple(notes.findings)), len(split)


def _entry(
    pixels: NDArray[np.generic], marked: NDArray[np.bool_], entries: Sequence[DefectEntry]
) -> DefectEntry | None:
    if not entries or not marked.any():
        return None
    first = pixels[..., 0] if pixels.ndim > 2 else pixels  # noqa: PLR2004 - with channels
    values = np.unique(first[marked])
    return next((entry for entry in entries if values.size == 1 and entry.pixel_value == int(values[0])), None)


def _regions(
    mask: MaskFile, masks: Sequence[NDArray[np.bool_]], entry: DefectEntry | None, only: str, notes: Notes
) -> list[Region]:
    defect = entry.defect_name if entry else mask.defect or only
    if not any(map(np.any, masks)):
        return []
    if not defect:
        notes.lose(codes.REGION_WITHOUT_LABEL, "no folder above it is a defect's name")
        return []
    saturation = entry.saturation if entry else None
    names = [mask.path] if len(masks) == 1 else [f"{mask.path}#{number}" for number in range(1, len(masks) + 1)]
    return [Region(name, defect, (bitmap_of(piece),), saturation) for name, piece in zip(names, masks, strict=True)]
