"""Folders of mask pictures, by the ways in which they name the image that a mask belongs to.

``<defect>/<image>/0000.png`` (AutoVI, MVTec LOCO), ``<image>_mask.png``, ``<image>_label.bmp``, a mask with the image's
own stem, or VOC's ``SegmentationClass`` with ``SegmentationObject``. Each file is one region, of however many pieces
(docs/metrics.md), unless the person asks for a region a connected piece; a numbered file among several of its image is
always one. The defect is what a label map says of the value, the name of a folder above, or what the mask's value
stands for in a ``defects_config.json``, or the only one there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.formats.mask_values import instances, masks_by_legend, pieces
from curate.formats.records import Drawn, ImageRef, LeftOutError, Notes, Parsed, Surroundings, joined
from curate.geometry.binarise import SeveralValuesError, binarise
from curate.geometry.shapes import bitmap_of
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, DefectEntry
from curate.model.region import Region

_MASK_NAME = re.compile(r"^(?P<image>.+?)[-_ .](mask|label|labels|gt|groundtruth|seg|segmentation)s?$", re.IGNORECASE)
_REGION_NAME = re.compile(r"^\d{1,6}$")
_GROUND_TRUTH = "ground_truth"
_CLASSES, _OBJECTS = "SegmentationClass", "SegmentationObject"
MASK_FOLDERS = frozenset(
    {"mask", "masks", "label", "labels", "gt", _GROUND_TRUTH, "groundtruth", "seg", "segmentation", _CLASSES.lower()}
)
"""Folders of masks: pictures in other folders beside them are images."""
_LOSSY = frozenset({".jpg", ".jpeg"})


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A mask picture.

    Attributes
    ----------
    path : str
    image : str
        The image that it belongs to.
    is_region : bool
        Whether it is one region by itself.
    defect : str
        What a folder above it says.
    objects : str
        The picture that tells its instances apart, where there is one.
    """

    path: str
    image: str
    is_region: bool
    defect: str
    objects: str = ""


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
    objects = {path for path in listed if _OBJECTS in path.split("/")}
    inside = [path for path in listed if MASK_FOLDERS & {part.lower() for part in path.split("/")[:-1]}]
    listed = [path for path in inside or listed if path not in objects]
    stems = set(is_image)
    files = [_mask_file(path, root, defects, stems, objects) for path in listed]
    marked_by_name = [file for file in files if file.is_region or _MASK_NAME.match(PurePosixPath(file.path).stem)]
    by_stem: dict[PurePosixPath, set[str]] = {}
    for path in listed:
        by_stem.setdefault(PurePosixPath(path).with_suffix(""), set()).add(PurePosixPath(path).suffix.lower())
    return marked_by_name or [file for file in files if not _is_picture_beside(file.path, by_stem)]


def _is_picture_beside(path: str, by_stem: dict[PurePosixPath, set[str]]) -> bool:
    """Whether a JPEG lies beside a lossless picture of the same stem: then it is the image, not the mask."""
    pure = PurePosixPath(path)
    beside = by_stem[pure.with_suffix("")]
    return pure.suffix.lower() in _LOSSY and bool(beside - _LOSSY)


def _mask_file(path: str, root: str, defects: Sequence[str], stems: set[str], objects: set[str]) -> MaskFile:
    pure = PurePosixPath(path)
    folders = (root, *pure.parts[:-1])
    defect = next((name for name in reversed(folders) if name in defects), "") or _below_ground_truth(folders)
    of_an_image = pure.parent.name in stems or (len(folders) > 1 and folders[-2] == defect != "")
    if _REGION_NAME.match(pure.stem) and of_an_image and pure.parent.name not in {"", defect}:
        return MaskFile(path, _below(root, pure.parent), is_region=True, defect=defect)
    match = _MASK_NAME.match(pure.stem)
    image = pure.with_name(match["image"]) if match else pure
    beside = path.replace(_CLASSES, _OBJECTS)
    told_apart = beside if beside in objects else ""
    return MaskFile(path, _below(root, image), is_region=False, defect=defect, objects=told_apart)


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
) -> Parsed:
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
        Its ``pixels_of`` decodes a mask, its ``legend`` says what values stand for.
    """
    only = around.defect or (defects[0] if len(defects) == 1 else "")
    parts, in_pieces = [], []
    for mask in masks:
        part, count = _read_mask(mask, name, only, entries, around)
        parts.append(part)
        if count > 1 and not mask.is_region:
            in_pieces.append(mask.path)
    if in_pieces:
        how = "each piece is a region" if around.split_masks else "each file is one region"
        many = f"{len(in_pieces)} masks hold" if len(in_pieces) > 1 else "1 mask holds"
        said = found(
            codes.MASK_OF_SEVERAL_PIECES,
            f"{many} several connected pieces; {how}",
            name,
            related=tuple(in_pieces),
        )
        parts.append(Parsed((), (said,)))
    return joined(parts)


def _read_mask(
    mask: MaskFile, name: str, only: str, entries: Sequence[DefectEntry], around: Surroundings
) -> tuple[Parsed, int]:
    """Return what a mask file says, and how many connected pieces it marks."""
    notes = Notes(f"{name}/{mask.path}")
    opened: list[NDArray[Any]] = []
    split: list[NDArray[np.bool_]] = []
    make = partial(_regions_of, only, entries, around, notes, opened, split)
    taken = notes.take([(PurePosixPath(mask.path).name, mask)], make, "mask")
    regions = tuple(region for regions in taken for region in regions)
    size = (opened[0].shape[1], opened[0].shape[0]) if opened else None
    label = GOOD if not regions and not notes.lost else ""
    drawn = Drawn(ImageRef(mask.image, size), regions, label, notes.path, lost=notes.lost)
    return notes.parsed(drawn), len(split)


def _regions_of(
    only: str,
    entries: Sequence[DefectEntry],
    around: Surroundings,
    notes: Notes,
    opened: list[NDArray[Any]],
    split: list[NDArray[np.bool_]],
    key: str,
    mask: MaskFile,
) -> list[Region]:
    """Decode a mask and return its regions; its pixels and pieces are handed out beside."""
    del key
    pixels = around.pixels_of(mask.path)
    if pixels is None:
        raise LeftOutError(codes.UNUSABLE_MASK_IMAGE, "cannot be decoded as a picture")
    pixels = around.upright(pixels, ImageRef(mask.image))
    opened.append(pixels)
    if around.legend:
        named = _by_legend(mask, pixels, around)
        split += [piece for _, marked in named for piece in pieces(marked)][: len(named) > 1 or None]
        return _named_regions(mask, named, split_masks=around.split_masks)
    try:
        marked, said = binarise(pixels, all_mark=bool(around.defect))
    except SeveralValuesError as error:
        first = next(iter(error.counts))
        way = f"name them with --values {first}=NAME,…" if isinstance(first, int) else "lay a labelmap.txt beside"
        reason = f"{error}; {way}, or all of them with --defect NAME"
        raise LeftOutError(codes.UNUSABLE_MASK_IMAGE, reason) from error
    except ValueError as error:
        raise LeftOutError(codes.UNUSABLE_MASK_IMAGE, str(error)) from error
    if said:
        notes.note(codes.SHAPE_ALTERED, said)
    split += pieces(marked)
    entry = _entry(pixels, marked, entries)
    defect = entry.defect_name if entry else mask.defect or only
    if not split:
        return []
    if not defect:
        raise LeftOutError(codes.REGION_WITHOUT_LABEL, "lies below no folder of a defect's name")
    parts = split if around.split_masks and not mask.is_region else [marked]
    saturation = entry.saturation if entry else None
    names = [mask.path] if len(parts) == 1 else [f"{mask.path}#{number}" for number in range(1, len(parts) + 1)]
    return [Region(name, defect, (bitmap_of(piece),), saturation) for name, piece in zip(names, parts, strict=True)]


def _by_legend(mask: MaskFile, pixels: NDArray[Any], around: Surroundings) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return name and pixels of each class, or of each instance where a picture beside tells them apart."""
    try:
        named = masks_by_legend(pixels, around.legend)
    except ValueError as error:
        raise LeftOutError(codes.UNUSABLE_MASK_IMAGE, str(error)) from error
    objects = around.pixels_of(mask.objects) if mask.objects else None
    if objects is None:
        return named
    objects = around.upright(objects, ImageRef(mask.image))
    if objects.shape[:2] != pixels.shape[:2]:
        raise LeftOutError(codes.ANNOTATION_CONTRADICTS_ITSELF, f"has another size than {mask.objects}")
    parts = [(name, marked & own) for own in instances(objects) for name, marked in named if (marked & own).any()]
    covered = np.logical_or.reduce([own for _, own in parts]) if parts else np.zeros(pixels.shape[:2], bool)
    if any((marked & ~covered).any() for _, marked in named):
        raise LeftOutError(codes.ANNOTATION_CONTRADICTS_ITSELF, f"marks pixels that {mask.objects} does not")
    return parts


def _named_regions(
    mask: MaskFile, named: Sequence[tuple[str, NDArray[np.bool_]]], *, split_masks: bool
) -> list[Region]:
    parts = [(name, piece) for name, marked in named for piece in (pieces(marked) if split_masks else [marked])]
    many = len(parts) > 1
    return [
        Region(f"{mask.path}#{number}" if many else mask.path, name, (bitmap_of(piece),))
        for number, (name, piece) in enumerate(parts, start=1)
    ]


def _entry(
    pixels: NDArray[np.generic], marked: NDArray[np.bool_], entries: Sequence[DefectEntry]
) -> DefectEntry | None:
    if not entries or not marked.any():
        return None
    first = pixels[..., 0] if pixels.ndim > 2 else pixels  # noqa: PLR2004 - with channels
    values = np.unique(first[marked])
    return next((entry for entry in entries if values.size == 1 and entry.pixel_value == int(values[0])), None)
