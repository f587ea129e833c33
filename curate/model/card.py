"""``dataset.json``: what a published category says about itself, beside its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SampleOrigin:
    """Where one published image comes from.

    Attributes
    ----------
    path : str
        The image, relative to the category's folder, ``/``-separated.
    sha256 : str
        Of its bytes.
    frame : str
        The frame that it was cut from; images with the same frame show the same moment.
    shot_at : str
        ISO 8601, ``""`` unknown.
    series, camera, specimen : str
        ``""`` unknown.
    order : int
        Place of its frame in the category's shooting order, from 0.
    masks : dict of str to str
        Mask files, relative to the category's folder, and their sha256.
    """

    path: str
    sha256: str
    frame: str = ""
    shot_at: str = ""
    series: str = ""
    camera: str = ""
    specimen: str = ""
    order: int = -1
    masks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """One category's ``dataset.json``.

    Attributes
    ----------
    category, name, version, license, description : str
    layout : str
    fingerprint : str
        ``sha256:…`` over the paths and bytes of every file of the category but the card itself.
    supervision : str
        What training may see of defects: ``none``, ``weak`` (image labels), ``mixed`` or ``strong`` (masks).
    split : dict
        The policy that made the split, and in sentences how.
    statistics : dict
    samples : tuple of SampleOrigin
        In path order.
    """

    category: str
    name: str
    version: str
    license: str
    description: str
    layout: str
    fingerprint: str
    supervision: str
    split: dict[str, Any]
    statistics: dict[str, Any]
    samples: tuple[SampleOrigin, ...]
