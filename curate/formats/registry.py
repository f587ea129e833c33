"""The annotation formats that curate reads and writes: a row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from curate.formats import (
    coco,
    cvat,
    dagm,
    deep_pcb,
    label_studio,
    label_studio_writer,
    labelme,
    sagemaker,
    severstal,
    supervisely,
    via,
    voc,
    yolo,
)
from curate.formats.records import ODD_VALUES, LeftOutError, Notes, Parsed, Surroundings, reason_of
from curate.formats.writing import WrittenLabels
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.region import Annotation


@dataclass(frozen=True, slots=True)
class AnnotationFormat:
    """A format of annotation files.

    Attributes
    ----------
    name : str
        What ``--format`` takes.
    title : str
        For people.
    kind : str
        How the file is opened: a key of :data:`curate.formats.documents.SUFFIXES`' values.
    recognises : callable
        Whether an opened document is of this format.
    needs_classes : bool
        Whether the names of its classes stand in another file.
    read : callable
        Document, name for findings, and surroundings in; what was drawn out.
    """

    name: str
    title: str
    kind: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any, str, Surroundings], Parsed]
    needs_classes: bool = False


FORMATS: tuple[AnnotationFormat, ...] = (
    AnnotationFormat("label-studio", "Label Studio JSON", "json", label_studio.recognises, label_studio.read),
    AnnotationFormat(
        "label-studio", "Label Studio JSON_MIN", "json", label_studio.recognises_min, label_studio.read_min
    ),
    AnnotationFormat("coco", "COCO JSON", "json", coco.recognises, coco.read),
    AnnotationFormat("labelme", "LabelMe JSON", "json", labelme.recognises, labelme.read),
    AnnotationFormat("supervisely", "Supervisely JSON", "json", supervisely.recognises, supervisely.read),
    AnnotationFormat("via", "VIA JSON", "json", via.recognises, via.read),
    AnnotationFormat("via", "VIA CSV", "csv", via.recognises_csv, via.read_csv),
    AnnotationFormat("cvat", "CVAT XML", "xml", cvat.recognises, cvat.read),
    AnnotationFormat("voc", "Pascal VOC XML", "xml", voc.recognises, voc.read),
    AnnotationFormat("severstal", "Severstal run lengths", "csv", severstal.recognises, severstal.read),
    AnnotationFormat("dagm", "DAGM ellipses", "csv", dagm.recognises_csv, dagm.read_csv),
    AnnotationFormat("dagm", "DAGM ellipses", "text", dagm.recognises, dagm.read),
    AnnotationFormat("dagm", "DAGM masks", "text", dagm.recognises_masks, dagm.read_masks),
    AnnotationFormat("yolo", "YOLO text", "text", yolo.recognises, yolo.read, needs_classes=True),
    AnnotationFormat("deep-pcb", "DeepPCB text", "text", deep_pcb.recognises, deep_pcb.read),
    AnnotationFormat("yolo", "DOTA text", "text", yolo.recognises_dota, yolo.read_dota),
    AnnotationFormat("sagemaker", "SageMaker manifest", "lines", sagemaker.recognises, sagemaker.read),
)
"""In the order in which they are tried on a document."""

MASKS = "masks"
"""Name of the format of mask folders, which have no document."""

NAMES: tuple[str, ...] = (*dict.fromkeys(entry.name for entry in FORMATS), MASKS)


def format_of(kind: str, document: Any, wanted: str = "auto") -> AnnotationFormat | None:
    """Return the format of an opened document, or None when none recognises it.

    Parameters
    ----------
    kind : str
        How it was opened.
    document : object
    wanted : str
        A format's name, or ``auto``.
    """
    candidates = [entry for entry in FORMATS if entry.kind == kind and wanted in {"auto", entry.name}]
    return next((entry for entry in candidates if _recognised(entry, document)), None)


def _recognised(entry: AnnotationFormat, document: Any) -> bool:
    try:
        return entry.recognises(document)
    except ODD_VALUES:
        return False


def read_as(entry: AnnotationFormat, document: Any, name: str, around: Surroundings) -> Parsed:
    """Read a document that a format recognises; whatever is odd in it is a finding.

    Parameters
    ----------
    entry : AnnotationFormat
    document : object
    name : str
        What findings call the document, and for formats of one file an image also what its image is named after.
    around : Surroundings
    """
    notes = Notes(name)
    try:
        return entry.read(document, name, around)
    except LeftOutError as error:
        notes.lose(error.code, str(error))
    except ODD_VALUES as error:
        notes.lose(codes.MALFORMED_ANNOTATION, f"is not what {entry.title} has: {reason_of(error)}")
    return notes.parsed()


LabelWriter = Callable[[Iterable[Annotation], Callable[[str], str], CategoryConfig], WrittenLabels]

WRITERS: dict[str, LabelWriter] = {
    "label-studio": label_studio_writer.write,
    "label-studio-predictions": label_studio_writer.write_predictions,
    "coco": coco.write,
    "cvat": cvat.write,
}
"""By the name that ``curate label export --format`` takes."""
