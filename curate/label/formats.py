"""The annotation formats that curate reads: a row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from curate.label.readers import label_studio
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
        How the file is opened: a key of :data:`curate.files.label_sources.SUFFIXES`' values.
    recognises : callable
        Whether an opened document is of this format.
    read : callable
        Document, name for findings, and surroundings in; what was drawn out.
    """

    name: str
    title: str
    kind: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any, str, Surroundings], Reading]


FORMATS: tuple[Format, ...] = (
    Format("label-studio", "Label Studio JSON", "json", label_studio.recognises, label_studio.read),
)
"""In the order in which they are tried on a document."""

MASKS = "masks"
"""Name of the format of mask folders, which have no document."""

NAMES: tuple[str, ...] = (*(entry.name for entry in FORMATS), MASKS)


def format_of(kind: str, document: Any, wanted: str = "auto") -> Format | None:
    """Return the format of an opened document, or None when none recognises it.

    Parameters
    ----------
    kind : str
        How it was opened.
    document : object
    wanted : str
        A format's name; then it is not asked whether it recognises the document.
    """
    for entry in FORMATS:
        if entry.kind == kind and (entry.name == wanted or (wanted == "auto" and entry.recognises(document))):
            return entry
    return None
