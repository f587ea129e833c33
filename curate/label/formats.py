"""The annotation formats that curate reads: a row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from curate.label.readers import (
    coco,
    cvat,
    dagm,
    label_studio,
    labelme,
    sagemaker,
    severstal,
    supervisely,
    via,
    voc,
    yolo,
)
from curate.label.reading import Reading, Surroundings


@dataclass(frozen=True, slots=True)
class Format:
    """A format of annotation files.

    Attributes
    ----------
    name : str
        What ``--format`` takes.
    title : str
        For people.
    kind : str
        How the file is opened: a key of :data:`curate.formats.label_files.SUFFIXES`' values.
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
    read: Callable[[Any, str, Surroundings], Reading]
    needs_classes: bool = False


FORMATS: tuple[Format, ...] = (
    Format("label-studio", "Label Studio JSON", "json", label_studio.recognises, label_studio.read),
    Format("label-studio", "Label Studio JSON_MIN", "json", label_studio.recognises_min, label_studio.read_min),
    Format("coco", "COCO JSON", "json", coco.recognises, coco.read),
    Format("labelme", "LabelMe JSON", "json", labelme.recognises, labelme.read),
    Format("supervisely", "Supervisely JSON", "json", supervisely.recognises, supervisely.read),
    Format("via", "VIA 2 JSON", "json", via.recognises, via.read),
    Format("via", "VIA 2 CSV", "csv", via.recognises_csv, via.read_csv),
    Format("cvat", "CVAT XML", "xml", cvat.recognises, cvat.read),
    Format("voc", "Pascal VOC XML", "xml", voc.recognises, voc.read),
    Format("severstal", "Severstal run lengths", "csv", severstal.recognises, severstal.read),
    Format("dagm", "DAGM ellipses", "csv", dagm.recognises_csv, dagm.read_csv),
    Format("dagm", "DAGM ellipses", "text", dagm.recognises, dagm.read),
    Format("dagm", "DAGM masks", "text", dagm.recognises_masks, dagm.read_masks),
    Format("yolo", "YOLO text", "text", yolo.recognises, yolo.read, needs_classes=True),
    Format("sagemaker", "SageMaker manifest", "lines", sagemaker.recognises, sagemaker.read),
)
"""In the order in which they are tried on a document."""

MASKS = "masks"
"""Name of the format of mask folders, which have no document."""

NAMES: tuple[str, ...] = (*dict.fromkeys(entry.name for entry in FORMATS), MASKS)


def format_of(kind: str, document: Any, wanted: str = "auto") -> Format | None:
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
    return next((entry for entry in candidates if entry.recognises(document)), None)
