"""COCO, Pascal VOC, YOLO, Severstal, DAGM and DeepPCB as datasets: where their documents and images lie."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePosixPath

from curate.datasets.layouts.annotated import (
    Described,
    ImageFiles,
    describe,
    documents_of,
    image_files,
    reading_of,
    split_in,
    unrecognised,
    with_findings,
)
from curate.datasets.layouts.building import LayoutPicture, is_split_name, leftover, split_of
from curate.datasets.layouts.description import Folder, Layout, LayoutReading, compiled
from curate.formats.documents import class_list_of
from curate.formats.records import Drawn, ImageRef, Parsed, Surroundings
from curate.imaging.images import read_file
from curate.model.account import LeftOut
from curate.model.codes import names as codes
from curate.model.defect import GOOD

COCO_FILE = (
    r"(?:.*/)?(?:annotations?/[^/]+|[^/]*annotations?(?:\.coco)?|instances[^/]*|[^/]*coco[^/]*|result|labels"
    r"|(?:train|val|valid|test)[^/]*)\.json"
)


def read_coco(layout: Layout, folder: Folder) -> LayoutReading:
    """Read every COCO file of a folder; the folder above ``annotations`` is the category."""
    images = image_files(folder)

    def place(path: str, parsed: Parsed) -> Described:
        where = PurePosixPath(path)
        base = where.parent.parent if where.parent.name.lower() == "annotations" else where.parent
        if is_split_name(base.name):  # Roboflow: train/_annotations.coco.json beside the images
            base = base.parent
        own = where.parent.name
        split = split_of(own if is_split_name(own) else where.stem)
        places = (where.parent, base, base / split, base / "images", base / "images" / split, base / f"{split}2017")
        category = base.name or folder.root.resolve().name
        return Described(path, parsed, category, split, tuple(map(str, places)), flat=True)

    described, said = documents_of(layout, images, COCO_FILE, "json", place)
    return with_findings(reading_of(layout, images, described), said)


VOC_FILE = r"(?:.*/)?[^/]+\.xml"
NEU_FILE = (
    r"(?:.*/)?annotations/(?:.*/)?(?:crazing|inclusion|patches|pitted_surface|rolled-in_scale|scratches)_\d+\.xml"
)
_ANNOTATIONS = re.compile(r"annotations?|xmls?|lables?|labels?|voc", re.IGNORECASE)
_TEMPLATES = "PCB_USED"


def read_voc(layout: Layout, folder: Folder) -> LayoutReading:
    """Read Pascal VOC, one XML per image; NEU-DET's names, ``defect_number``, say what is on it, too."""
    images, other = image_files(folder), list[str]()

    def place(path: str, parsed: Parsed) -> Described:
        named, _, number = PurePosixPath(path).stem.rpartition("_")
        drawn = {region.defect for one in parsed.drawn for region in one.regions}
        if layout.name == "neu-det" and number.isdigit() and drawn - {named}:
            other.append(path)
        return Described(path, parsed, layout.category or base_of(folder, path))

    described, said = documents_of(layout, images, VOC_FILE, "xml", place, name="voc")

    def flawless(path: str) -> LayoutPicture | None:
        where = PurePosixPath(path)
        if where.parent.name == _TEMPLATES:
            return LayoutPicture(layout.category, "test", GOOD, f"{_TEMPLATES}_{where.stem}", path)
        if not layout.unmarked_good:
            return None
        category = layout.category or described[0].category
        return LayoutPicture(category, split_in(path), GOOD, where.stem, path)

    text = "{} annotations hold another defect than their file names say"
    said += leftover(codes.DEFECT_CONTRADICTS_NAME, text, other)
    reading = reading_of(layout, images, described, flawless)
    beside = {str(PurePosixPath(path).parent) for path in _listed(reading)}
    return with_findings(without_annotation(reading, images, layout, beside), said)


def base_of(folder: Folder, path: str) -> str:
    """Name a category after the folder that documents lie in, without those of annotations and splits."""
    parts = PurePosixPath(path).parts[:-1]
    end = next((at for at, part in enumerate(parts) if _ANNOTATIONS.fullmatch(part) or is_split_name(part)), len(parts))
    return parts[end - 1] if end else folder.root.resolve().name


LABELME_FILE = r"(?:.*/)?[^/]+\.json"


def read_labelme(layout: Layout, folder: Folder) -> LayoutReading:
    """Read LabelMe's files, one per image; an image without one is of unknown label, if nobody says that it is good."""
    images = image_files(folder)

    def place(path: str, parsed: Parsed) -> Described:
        return Described(path, parsed, layout.category or folder.root.resolve().name)

    described, said = documents_of(layout, images, LABELME_FILE, "json", place, name="labelme")

    def unlisted(path: str) -> LayoutPicture | None:
        category = layout.category or folder.root.resolve().name
        good = LayoutPicture(category, split_in(path), GOOD, PurePosixPath(path).stem, path)
        return good if described and layout.unmarked_good else None

    reading = reading_of(layout, images, described, unlisted)
    return with_findings(without_annotation(reading, images, layout) if described else reading, said)


def _listed(reading: LayoutReading) -> set[str]:
    listed = {sample.path for category in reading.categories for sample in category.samples}
    return listed | {out.place for out in reading.left_out}


def without_annotation(
    reading: LayoutReading, images: ImageFiles, layout: Layout, folders: Collection[str] | None = None
) -> LayoutReading:
    """Leave out the images of these folders (all when None) of which no document says anything, and say so."""
    listed = _listed(reading)
    bare = [path for path in images.paths if path not in listed]
    bare = [path for path in bare if folders is None or str(PurePosixPath(path).parent) in folders]
    text = "{} images have no annotation; if they are good, say --unmarked-good"
    said = [] if layout.unmarked_good else leftover(codes.IMAGE_OF_UNKNOWN_LABEL, text, bare)
    left_out = (*reading.left_out, *(LeftOut(path, "nobody says whether it is good") for path in bare))
    return replace(reading, left_out=left_out, findings=(*reading.findings, *said))


YOLO_FILE = r"(?:.*/)?(?:(?:data|dataset)\.ya?ml|classes\.txt|obj\.names)"
_YOLO_TABLE = r".*\.ya?ml"
_LABEL_FOLDERS = ("labels", "labelTxt")
_LABELS = rf"(?:.*/)?(?:{'|'.join(_LABEL_FOLDERS)})/(?:.*/)?[^/]+\.txt"


def read_yolo(layout: Layout, folder: Folder) -> LayoutReading:
    """Read every ``data.yaml`` of a folder, where there is none every ``classes.txt``.

    An image with an empty label file is good, one without is taken for it.
    """
    images = image_files(folder)
    tables = folder.matching(YOLO_FILE)
    tables = [path for path in tables if compiled(_YOLO_TABLE).fullmatch(path)] or tables
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

    def place(path: str, parsed: Parsed) -> Described:
        return Described(path, parsed, layout.category, "test")

    described, said = documents_of(layout, images, SEVERSTAL_TABLE, "csv", place)

    def unlisted(path: str) -> LayoutPicture | None:
        return LayoutPicture(layout.category, "test", GOOD, PurePosixPath(path).stem, path) if described else None

    return with_findings(reading_of(layout, images, described, unlisted), said)


DAGM_IMAGE = r"(?:.*/)?(?P<category>Class\d+?)(?P<bad>_def)?/(?P<name>\d+)\.png"
DAGM_TABLE = r"(?:.*/)?Class\d+_def/labels\.txt"


def read_dagm_ellipses(layout: Layout, folder: Folder) -> LayoutReading:
    """Read the first release: ``Class1`` holds good images, ``Class1_def`` defective ones and a table of ellipses.

    An ellipse is a coarse, weak label that may leave the image.
    """
    images = ImageFiles(folder, tuple(folder.matching(DAGM_IMAGE)))

    def place(path: str, parsed: Parsed) -> Described:
        where = PurePosixPath(path).parent
        return Described(path, parsed, where.name[: -len("_def")], "test", (str(where),))

    around = Surroundings(defect=layout.defect, angle_unit="rad")
    described, strange = documents_of(layout, images, DAGM_TABLE, "text", place, around, "dagm")

    def unlisted(path: str) -> LayoutPicture | None:
        where = PurePosixPath(path)
        good = not where.parent.name.lower().endswith("_def")
        return LayoutPicture(where.parent.name, "test", GOOD, where.stem, path) if good else None

    reading = reading_of(layout, images, described, unlisted)
    listed = {sample.path for category in reading.categories for sample in category.samples}
    unsaid = [path for path in images.paths if path not in listed and path not in {o.place for o in reading.left_out}]
    said = leftover(codes.IMAGE_OF_UNKNOWN_LABEL, "{} defective images have no row in labels.txt", unsaid)
    left_out = (*reading.left_out, *(LeftOut(path, "has no row in labels.txt") for path in unsaid))
    return replace(reading, left_out=left_out, findings=(*reading.findings, *said, *strange))


DEEP_PCB_BOXES = r"(?:.*/)?[^/]+_not/[^/]+\.txt"
DEEP_PCB_TEMPLATE = r"(?:.*/)?[^/]+/[^/]+_temp\.jpg"
_DEEP_PCB_LISTS = (("train", r"(?:.*/)?trainval\.txt"), ("test", r"(?:.*/)?test\.txt"))


def read_deep_pcb(layout: Layout, folder: Folder) -> LayoutReading:
    """Read DeepPCB: each ``_test.jpg`` has boxes, its ``_temp.jpg`` is the same place of a flawless board."""
    images = image_files(folder)
    splits = {
        PurePosixPath(line.split()[0]).stem: split
        for split, pattern in _DEEP_PCB_LISTS
        for path in folder.matching(pattern)
        for line in folder.text(path).splitlines()
        if line.strip()
    }
    pairs = {PurePosixPath(path).stem.rpartition("_")[0]: path for path in images.paths if path.endswith("_test.jpg")}
    described, strange = [], []
    for path in folder.matching(DEEP_PCB_BOXES):
        name = PurePosixPath(path).stem
        parsed = describe(images, path, "text", "deep-pcb", image=pairs[name]) if name in pairs else None
        if parsed is None:
            strange.append(path)
            continue
        facts = {"name": name, "specimen": PurePosixPath(pairs[name]).parent.name}
        drawn = tuple(replace(one, facts=facts) for one in parsed.drawn)
        described.append(Described(path, replace(parsed, drawn=drawn), layout.category, splits.get(name, "test")))

    def template(path: str) -> LayoutPicture | None:
        where = PurePosixPath(path)
        name, _, kind = where.stem.rpartition("_")
        board, split = where.parent.name, splits.get(name, "test")
        return LayoutPicture(layout.category, split, GOOD, name, path, specimen=board) if kind == "temp" else None

    lists = [path for _, pattern in _DEEP_PCB_LISTS for path in folder.matching(pattern)]
    reading = reading_of(layout, images, described, template, lists)
    boxed = {one.parsed.drawn[0].image.name for one in described}
    absent = sorted(path for path in pairs.values() if path not in boxed)
    said = leftover(codes.LISTED_FILE_MISSING, "{} tested images have no file of boxes", absent)
    left_out = (*reading.left_out, *(LeftOut(path, "has no boxes that can be read") for path in absent))
    return with_findings(replace(reading, left_out=left_out), [*said, *unrecognised(layout, strange)])
