"""Layouts whose truth stands in annotation files: thin adapters over the readers of :mod:`curate.formats`.

A reader says what each image of a document shows; here the image is found among the files of the folder, its recorded
size is compared with the file's, and it gets its split and category. An image of which something was left out has no
label, and is no sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from curate.datasets.layouts.building import (
    LayoutPicture,
    Opinion,
    categories_of,
    label_of,
    leftover,
    names_split,
    settled,
    split_of,
    unofficial,
)
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.disk.hashing import sha256_file
from curate.errors import CurateError
from curate.formats.documents import Kind, parsed_content
from curate.formats.pairing import NO_SIZE, KnownPicture, PictureIndex, Unpaired, bent_name
from curate.formats.records import Drawn, ImageRef, Parsed, Size, Surroundings, joined
from curate.imaging.images import is_image_name, read_file
from curate.imaging.maps import image_size
from curate.model.account import LeftOut
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, is_good_word
from curate.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Described:
    """A document of a dataset, read.

    Attributes
    ----------
    path : str
        The document.
    parsed : Parsed
    category : str
    split : str
        Of all its images; ``""``: as each image's path says.
    folders : tuple of str
        What image names are relative to, likeliest first; elsewhere they are found by name.
    flat : bool
        Whether images are called by all components of their names, for lists across folders.
    """

    path: str
    parsed: Parsed
    category: str
    split: str = ""
    folders: tuple[str, ...] = ()
    flat: bool = False


_NOTHING_AROUND = Surroundings()

_Said: TypeAlias = tuple[Described, Drawn]

Unlisted: TypeAlias = Callable[[str], LayoutPicture | None]
"""What an image that no document lists is; None: the layout does not explain it."""


@dataclass(frozen=True)
class ImageFiles:
    """The images of a folder, found by the names that documents give them."""

    folder: Folder
    paths: tuple[str, ...]
    index: PictureIndex = field(init=False)

    def __post_init__(self) -> None:
        known = (KnownPicture(tuple(path.split("/")), path, "", NO_SIZE, NO_SIZE) for path in self.paths)
        object.__setattr__(self, "index", PictureIndex(known))

    def find(self, image: ImageRef, document: str, folders: Sequence[str] = ()) -> str | Unpaired:
        """Return the path of the image that is meant."""
        text = image.name.replace("\\", "/").removeprefix("./")
        exact = (f"{folder}/{text}" if folder not in {"", "."} else text for folder in folders)
        path = next((path for path in exact if path in self._known), "")
        if path:
            return path
        picture = self.index.find(image, document)
        return picture if isinstance(picture, Unpaired) else picture.frame

    @property
    def _known(self) -> frozenset[str]:
        return _frozen(self.paths)

    def size_of(self, path: str) -> Size | None:
        """Return an image's size; None when it cannot be read, which reading it later tells."""
        try:
            return image_size(self.folder.root / path)
        except CurateError:
            return None


@lru_cache(maxsize=8)
def _frozen(paths: tuple[str, ...]) -> frozenset[str]:
    return frozenset(paths)


def image_files(folder: Folder) -> ImageFiles:
    """Return every image file of a folder."""
    return ImageFiles(folder, tuple(path for path in folder.paths if is_image_name(Path(path))))


def describe(
    images: ImageFiles, path: str, kind: Kind, name: str, around: Surroundings = _NOTHING_AROUND, image: str = ""
) -> Parsed | None:
    """Read a document by the format of that name; None when it is of another.

    Parameters
    ----------
    images : ImageFiles
    path : str
        The document.
    kind, name : str
        How it is opened, and its format.
    around : Surroundings
    image : str
        Path of the image that the document is about, where its own place says so.

    Raises
    ------
    InputError
        If the file is not what its kind says: no JSON, no XML.
    """
    from curate.formats.registry import format_of, read_as  # every format: only datasets of this kind need them

    file = images.folder.root / path
    document = parsed_content(read_file(file), kind, file)
    entry = format_of(kind, document, name)
    if entry is None:
        return None

    def size_of(reference: ImageRef) -> Size | None:
        picture = image or images.find(reference, path)
        return images.size_of(picture) if isinstance(picture, str) else None

    parsed = read_as(entry, document, path, replace(around, size_of=size_of))
    if not image:
        return parsed
    return replace(parsed, drawn=tuple(replace(drawn, image=ImageRef(image)) for drawn in parsed.drawn))


def documents_of(
    layout: Layout,
    images: ImageFiles,
    pattern: str,
    kind: Kind,
    place: Callable[[str, Parsed], Described],
    around: Surroundings = _NOTHING_AROUND,
    name: str = "",
) -> tuple[list[Described], list[Finding]]:
    """Read every file that a pattern matches; what is no document of the format is said.

    Parameters
    ----------
    layout : Layout
    images : ImageFiles
    pattern : str
    kind : str
    place : callable
        Says of a document what it is about, given its path and what was read.
    around : Surroundings
    name : str
        The format's; the layout's own where left out.
    """
    described, others = [], []
    copies = _copies(images.folder, images.folder.matching(pattern))
    first: dict[tuple[str, str, str], str] = {}
    for path, digest in copies.items():
        parsed = describe(images, path, kind, name or layout.name, around)
        if parsed is None:
            others.append(path)
            continue
        one = place(path, parsed)
        # What a document without a split of its own is about depends on where it lies.
        if digest and one.split and first.setdefault((digest, one.category, one.split), path) != path:
            one = replace(one, parsed=Parsed())  # the same document lies at two places: it is read once
        described.append(one)
    return described, unrecognised(layout, others)


def _copies(folder: Folder, paths: Sequence[str]) -> dict[str, str]:
    """Return the hash of each file that has another's size; an empty text for all others."""
    sizes = {path: (folder.root / path).stat().st_size for path in paths if (folder.root / path).is_file()}
    often = Counter(sizes.values())
    return {path: sha256_file(folder.root / path) if often[sizes.get(path, -1)] > 1 else "" for path in paths}


def unrecognised(layout: Layout, paths: Sequence[str]) -> list[Finding]:
    """Say which files lie where the layout has its documents, and are none."""
    return leftover(codes.ANNOTATION_FILE_LEFT_OUT, f"{{}} files are no documents of {layout.title}", paths)


def reading_of(
    layout: Layout,
    images: ImageFiles,
    described: Sequence[Described],
    unlisted: Unlisted = lambda _: None,
    documents: Iterable[str] = (),
) -> LayoutReading:
    """Put what documents say and the images of the folder together.

    Parameters
    ----------
    layout : Layout
    images : ImageFiles
    described : sequence of Described
    unlisted : callable
        What an image is that no document lists; asked only when everything that was listed is there.
    documents : iterable of str
        Files that were read besides.
    """
    parsed = joined(one.parsed for one in described)
    findings, absent = list(parsed.findings), list[str]()
    said: dict[str, list[Opinion[_Said]]] = {}
    for document, drawn in ((one, drawn) for one in described for drawn in one.parsed.drawn):
        path = images.find(drawn.image, document.path, document.folders)
        if isinstance(path, str):
            opinion = Opinion(document.path, document.split, _content(drawn), (document, drawn))
            said.setdefault(path, []).append(opinion)
        elif path.code == codes.ANNOTATED_IMAGE_UNKNOWN:
            absent.append(drawn.image.name or document.path)
        else:
            findings.append(found(path.code, path.message, document.path))
    made = {}
    for path, opinions in said.items():
        pictures_of = [_picture(images, path, *one, findings) for one in settled(path, opinions, findings)]
        made[path] = [picture for picture in pictures_of if picture]
    inferred = {path: picture for path in images.paths if path not in said and (picture := unlisted(path))}
    if inferred and (absent or parsed.orphans):
        text = "{} images are listed nowhere, and something that is listed belongs to none of the others"
        findings += leftover(codes.IMAGE_OF_UNKNOWN_LABEL, text, sorted(inferred))
        made |= {path: [] for path in inferred}
        inferred = {}
    pictures = [*(picture for listed in made.values() for picture in listed), *inferred.values()]
    findings += leftover(codes.LISTED_FILE_MISSING, "{} listed images are not there", absent)
    findings += unofficial(pictures, layout.title)
    left_out = tuple(LeftOut(path, "nobody says whether it is good") for path, one in made.items() if not one)
    read = (*(one.path for one in described), *documents)
    return LayoutReading(categories_of(pictures), tuple(findings), read, left_out, parsed.account)


def _picture(
    images: ImageFiles, path: str, one: Described, drawn: Drawn, findings: list[Finding]
) -> LayoutPicture | None:
    """Return an image with all that is said of it, or None with a finding when that is not known."""
    bent = bent_name(drawn.image, KnownPicture(tuple(path.split("/")), path, "", NO_SIZE, NO_SIZE))
    if bent:
        findings.append(found(codes.IMAGE_NAME_BENT, bent, one.path))
    stated, actual = drawn.image.size_px, images.size_of(path) if drawn.image.size_px else None
    if stated and actual and stated != actual:
        message = f"is {actual[0]}×{actual[1]} (width × height), {one.path} says {stated[0]}×{stated[1]}"
        findings.append(found(codes.ANNOTATED_SIZE_DIFFERS, message, path))
        return None
    if drawn.lost:
        findings.append(found(codes.IMAGE_OF_UNKNOWN_LABEL, f"something of it in {one.path} could not be used", path))
        return None
    strange = sorted(
        {region.defect for region in drawn.regions if region.defect != "0" and is_good_word(region.defect)}
    )
    if strange:
        message = f"{one.path} draws a region of {strange[0]!r} in it, which means free of defects"
        findings.append(found(codes.IMAGE_OF_UNKNOWN_LABEL, message, path))
        return None
    flat = "_".join(PurePosixPath(drawn.image.name).with_suffix("").parts)
    name = drawn.facts.get("name") or (flat if one.flat else PurePosixPath(path).stem)
    stated_label = GOOD if is_good_word(drawn.label) else drawn.label
    label = label_of(drawn.regions) if drawn.regions else stated_label or GOOD
    return LayoutPicture(
        one.category,
        one.split or split_in(path),
        label,
        name,
        path,
        regions=drawn.regions,
        specimen=drawn.facts.get("specimen", ""),
        shot_at=drawn.facts.get("shot_at", ""),
    )


def _content(drawn: Drawn) -> tuple[object, ...]:
    regions = [(region.defect, region.shapes, region.saturation) for region in drawn.regions]
    return drawn.label, tuple(sorted(map(repr, regions))), drawn.lost


def split_in(path: str) -> str:
    """Return the split that the nearest folder of an image is called after; ``test`` when none is.

    >>> split_in("train/images/patches/a.jpg"), split_in("images/val2017/b.png"), split_in("images/valve/b.png")
    ('train', 'val', 'test')
    """
    folders = PurePosixPath(path).parts[:-1]
    return next((split_of(folder) for folder in reversed(folders) if names_split(folder)), "test")


def with_findings(reading: LayoutReading, more: Iterable[Finding]) -> LayoutReading:
    """Add findings to a reading."""
    return replace(reading, findings=(*reading.findings, *more))
