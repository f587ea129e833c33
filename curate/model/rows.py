"""Rows of the record files between the stages; captures and windows are in :mod:`curate.model.capture`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MaskRow:
    """One rasterised region: a row of ``records/masks/<window>/<category>.csv``.

    Attributes
    ----------
    image : str
        The window's image (``Window.image``).
    mask : str
        The mask file, relative to ``masks/<window>/<category>/``.
    frame : str
    region_ids : str
        The annotation regions it is made of, joined by spaces.
    defect : str
    pixel_value : int
    area_px : int
        Pixels of the mask.
    lost : float
        Share of the region's area that the window cuts off, 0..1.
    sha256 : str
        Of the mask file's bytes.
    """

    image: str = field(metadata={"path": True})
    mask: str = field(metadata={"key": True, "path": True})
    frame: str
    region_ids: str
    defect: str
    pixel_value: int
    area_px: int
    lost: float = field(metadata={"decimals": 4})
    sha256: str


@dataclass(frozen=True, slots=True)
class SplitRow:
    """On which side a frame is: a row of ``records/splits/<name>/<category>.csv``, in shooting order.

    ``side`` is ``train``, ``val``, ``test``, or ``""`` for a frame that belongs to none; ``reason`` says why.
    """

    frame: str = field(metadata={"key": True, "path": True})
    label: str
    side: str
    reason: str
