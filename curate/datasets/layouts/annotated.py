"""Layouts whose truth stands in annotation files: thin adapters over the readers of :mod:`curate.formats`.

A reader says what each image of a document shows; here the image is found among the files of the folder, its recorded
size is compared with the file's, and it gets its split and category. An image of which something was left out has no
label, and is no sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from curate.datasets.layouts.building import (
    LayoutPicture,
    categories_of,
    is_split_name,
    label_of,
    leftover,
    split_of,
    unofficial,
)
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.errors import CurateError
from curate.formats.documents import Kind, class_list_of, parsed_content
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
    said: dict[str, list[_Said]] = {}
    for document, drawn in ((one, drawn) for one in described for drawn in one.parsed.drawn):
        path = images.find(drawn.image, document.path, document.folders)
        if isinstance(path, str):
            said.setdefault(path, []).append((document, drawn))
        elif path.code == codes.ANNOTATED_IMAGE_UNKNOWN:
            absent.append(drawn.image.name or document.path)
        else:
            findings.append(found(path.code, path.message, document.path))
    made = {path: _pictures(images, path, opinions, findings) for path, opinions in said.items()}
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


def _pictures(images: ImageFiles, path: str, opinions: list[_Said], findings: list[Finding]) -> list[LayoutPicture]:
    """Return an image as each split lists it; nothing, with a finding, where what it shows is not known."""
    if len(opinions) > 1:
        documents = ", ".join(dict.fromkeys(one.path for one, _ in opinions))
        if len({_content(drawn) for _, drawn in opinions}) > 1:
            message = f"stands {len(opinions)} times in {documents}, described differently"
            findings.append(found(codes.IMAGE_LISTED_TWICE, message, path))
            return []
        if len({one.split for one, _ in opinions}) == 1:
            message = f"stands {len(opinions)} times in {documents}; taken once"
            findings.append(found(codes.IMAGE_LISTED_TWICE, message, path, severity="warning"))
    by_split = {one.split: (one, drawn) for one, drawn in reversed(opinions)}
    made = [_picture(images, path, one, drawn, findings) for one, drawn in reversed(by_split.values())]
    return [picture for picture in made if picture]


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
    """Return the split that the nearest folder of an image names; ``test`` when none does.

    >>> split_in("train/images/patches/a.jpg"), split_in("images/val/b.png"), split_in("images/b.png")
    ('train', 'val', 'test')
    """
    folders = PurePosixPath(path).parts[:-1]
    named = [folder for folder in reversed(folders) if split_of(folder) != "test" or "test" in folder.lower()]
    return split_of(named[0]) if named else "test"


COCO_FILE = r"(?:.*/)?(?:annotations/[^/]+|_annotations\.coco|instances[^/]*|coco[^/]*)\.json"


def read_coco(layout: Layout, folder: Folder) -> LayoutReading:
    """Read every COCO file of a folder; the folder above ``annotations`` is the category."""
    images = image_files(folder)
    described, others = [], []
    for path in folder.matching(COCO_FILE):
        parsed = describe(images, path, "json", "coco")
        if parsed is None:
            others.append(path)
            continue
        where = PurePosixPath(path)
        base = where.parent.parent if where.parent.name.lower() == "annotations" else where.parent
        if is_split_name(base.name):  # Roboflow: train/_annotations.coco.json beside the images
            base = base.parent
        own = where.parent.name
        split = split_of(own if is_split_name(own) else where.stem)
        places = (where.parent, base, base / split, base / "images", base / "images" / split, base / f"{split}2017")
        category = base.name or folder.root.resolve().name
        described.append(Described(path, parsed, category, split, tuple(map(str, places)), flat=True))
    return with_findings(reading_of(layout, images, described), unrecognised(layout, others))


def with_findings(reading: LayoutReading, more: Iterable[Finding]) -> LayoutReading:
    """Add findings to a reading."""
    return replace(reading, findings=(*reading.findings, *more))


VOC_FILE = r"(?:.*/)?annotations/(?:.*/)?[^/]+\.xml"


def read_voc(layout: Layout, folder: Folder) -> LayoutReading:
    """Read Pascal VOC, one XML an image; a name of the form ``defect_number`` says what is on it, too."""
    images = image_files(folder)
    described, other, others = [], [], []
    for path in folder.matching(VOC_FILE):
        parsed = describe(images, path, "xml", "voc")
        if parsed is None:
            others.append(path)
            continue
        described.append(Described(path, parsed, layout.category))
        named, _, number = PurePosixPath(path).stem.rpartition("_")
        drawn = {region.defect for one in parsed.drawn for region in one.regions}
        if named and number.isdigit() and drawn - {named}:
            other.append(path)
    text = "{} annotations hold another defect than their file names say"
    said = leftover(codes.DEFECT_CONTRADICTS_NAME, text, other)
    return with_findings(reading_of(layout, images, described), [*said, *unrecognised(layout, others)])


YOLO_FILE = r"(?:.*/)?(?:data|dataset)\.ya?ml"
_LABEL_FOLDERS = ("labels", "labelTxt")
_LABELS = rf"(?:.*/)?(?:{'|'.join(_LABEL_FOLDERS)})/(?:.*/)?[^/]+\.txt"


def read_yolo(layout: Layout, folder: Folder) -> LayoutReading:
    """Read every ``data.yaml`` of a folder; an image with an empty label file is good, one without is taken for it."""
    images = image_files(folder)
    tables = folder.matching(YOLO_FILE)
    labels = set(folder.matching(_LABELS))
    described, strange, missing = [], [], dict[str, LayoutPicture]()
    for table in tables:
        base = PurePosixPath(table).parent
        classes = class_list_of(read_file(folder.root / table), folder.root / table)
        around = Surroundings(classes=classes.names, key_points=classes.key_points)
        category = base.name or folder.root.resolve().name
        start = "" if str(base) == "." else f"{base}/"
        for image in (path for path in images.paths if path.startswith(start) and "images" in path.split("/")[:-1]):
            file = next((file for file in _label_files(image) if file in labels), "")
            parsed = describe(images, file, "text", "yolo", around, image) if file else None
            if parsed is not None:
                described.append(Described(file, parsed, category))
            elif file:
                strange.append(file)
                unread = Parsed((Drawn(ImageRef(image), source=file, lost=True),))
                described.append(Described(file, unread, category))
            else:
                missing[image] = LayoutPicture(category, split_in(image), GOOD, PurePosixPath(image).stem, image)
    if not labels or folder.matching(COCO_FILE) or folder.matching(VOC_FILE):
        missing = {}  # nothing says that a missing file means good, or other documents may say what is there
    reading = reading_of(layout, images, described, missing.get, tables)
    findings = [*unrecognised(layout, strange)]
    lonely = sorted(labels - {one.path for one in described} - set(strange))
    findings += leftover(codes.LABEL_WITHOUT_IMAGE, "{} label files belong to no image", lonely)
    text = "{} images have no label file; they are taken for good, as trainers of YOLO take them"
    unsaid = leftover(codes.IMAGE_OF_UNKNOWN_LABEL, text, sorted(missing))
    return with_findings(reading, [*findings, *(replace(one, severity="warning") for one in unsaid)])


def _label_files(image: str) -> list[str]:
    parts = list(PurePosixPath(image).with_suffix(".txt").parts)
    place = len(parts) - 1 - parts[::-1].index("images")
    return ["/".join([*parts[:place], name, *parts[place + 1 :]]) for name in _LABEL_FOLDERS]


SEVERSTAL_TABLE = r"(?:.*/)?train[^/]*\.csv"


def read_severstal(layout: Layout, folder: Folder) -> LayoutReading:
    """Read the training images and their runs; an image that the table does not list is good."""
    training = tuple(path for path in folder.matching(r"(?:.*/)?(?!test)[^/]+/[^/]+\.jpg"))
    images = ImageFiles(folder, training)
    described, others = [], []
    for path in folder.matching(SEVERSTAL_TABLE):
        parsed = describe(images, path, "csv", "severstal")
        if parsed is None:
            others.append(path)
        else:
            described.append(Described(path, parsed, layout.category, "test"))

    def unlisted(path: str) -> LayoutPicture | None:
        return LayoutPicture(layout.category, "test", GOOD, PurePosixPath(path).stem, path) if described else None

    return with_findings(reading_of(layout, images, described, unlisted), unrecognised(layout, others))


DAGM_IMAGE = r"(?:.*/)?(?P<category>Class\d+?)(?P<bad>_def)?/(?P<name>\d+)\.png"
DAGM_TABLE = r"(?:.*/)?Class\d+_def/labels\.txt"


def read_dagm_ellipses(layout: Layout, folder: Folder) -> LayoutReading:
    """Read the first release: ``Class1`` holds good images, ``Class1_def`` defective ones and a table of ellipses.

    An ellipse is a coarse, weak label that may leave the image.
    """
    images = ImageFiles(folder, tuple(folder.matching(DAGM_IMAGE)))
    around = Surroundings(defect=layout.defect, angle_unit="rad")
    described, others = [], []
    for path in folder.matching(DAGM_TABLE):
        parsed = describe(images, path, "text", "dagm", around)
        category = PurePosixPath(path).parent.name[: -len("_def")]
        if parsed is None:
            others.append(path)
        else:
            described.append(Described(path, parsed, category, "test", (str(PurePosixPath(path).parent),)))

    def unlisted(path: str) -> LayoutPicture | None:
        where = PurePosixPath(path)
        good = not where.parent.name.lower().endswith("_def")
        return LayoutPicture(where.parent.name, "test", GOOD, where.stem, path) if good else None

    reading = reading_of(layout, images, described, unlisted)
    listed = {sample.path for category in reading.categories for sample in category.samples}
    unsaid = [path for path in images.paths if path not in listed and path not in {o.place for o in reading.left_out}]
    said = leftover(codes.IMAGE_OF_UNKNOWN_LABEL, "{} defective images have no row in labels.txt", unsaid)
    left_out = (*reading.left_out, *(LeftOut(path, "has no row in labels.txt") for path in unsaid))
    return replace(reading, left_out=left_out, findings=(*reading.findings, *said, *unrecognised(layout, others)))
