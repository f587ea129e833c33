"""Frames as they came from the camera."""

from __future__ import annotations

from dataclasses import dataclass, field

PLACED_BY_NOTHING = "nothing"
"""The ``ordered_by`` of a frame that stands at the end of its series because nothing tells when it was shot."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One frame; the rows of a captures record stand in shooting order.

    Attributes
    ----------
    frame : str
        ``<series>/<file>`` below ``captures/<category>/``, ``/``-separated. The frame's key everywhere.
    shot_at : str
        ISO 8601 with as many sub-second digits as the evidence has, with its UTC offset where known; ``""`` unknown.
    shot_from : str
        Which clock gave ``shot_at``: ``exif``, ``name-time``, …; ``""`` when none did.
    camera : str
        Body serial number or another identity of the camera; ``""`` unknown.
    label : str
        ``"good"``, a defect name, or ``""`` when nobody has said yet.
    specimen : str
        Identity of the physical part; ``""`` unknown.
    width_px, height_px : int
        Upright size, after EXIF orientation.
    mode : str
        Pillow's mode of the stored file (``RGB``, ``L``, ``I;16`` …).
    size_bytes : int
    sha256 : str
        Of the file's bytes, hexadecimal.
    source : str
        The file's name as it came, relative to the source that was imported.
    counter : int or None
        The camera's own count of its shots, where it wrote one.
    ordered_by : str
        Which evidence the order of the series rests on: a clock as in ``shot_from``, ``counter``, ``name``, …;
        :data:`PLACED_BY_NOTHING` for a frame that was set apart.
    pixels_sha256 : str
        Of the decoded picture (shape, depth and values, as stored), where it was decoded at import.
    """

    frame: str = field(metadata={"key": True, "path": True, "series": True})
    shot_at: str
    shot_from: str
    camera: str
    label: str
    specimen: str
    width_px: int
    height_px: int
    mode: str
    size_bytes: int
    sha256: str
    source: str = ""
    counter: int | None = None
    ordered_by: str = ""
    pixels_sha256: str = ""

    @property
    def series(self) -> str:
        """The production series that the frame belongs to."""
        return self.frame.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Window:
    """Where one inspection window lies in its frame.

    Attributes
    ----------
    frame : str
        The frame's key.
    image : str
        The cut image, relative to ``windows/<window>/<category>/``.
    status : str
        ``accepted``; ``review`` when a person should look; ``rejected``.
    reason : str
        Why it is not accepted, or what the person gave as reason who decided; ``""`` otherwise.
    mode : str
        ``match``, ``crop``, ``resize``, ``letterbox``, …
    m00, m01, m02, m10, m11, m12 : float
        Affine map from frame to window pixels: ``u = m00*x + m01*y + m02``, ``v = m10*x + m11*y + m12``.
    width_px, height_px : int
        Size of the window.
    score, second : float or None
        Highest and second-highest peak of the match, -1..1; None where nothing was matched.
    sha256 : str
        Of the cut image's bytes; ``""`` when nothing was cut.
    x_px, y_px : float or None
        Where the matched template's centre lies in the frame, below a pixel; None where nothing was matched. The window
        itself is cut at whole pixels, as the affine map says.
    rotation_deg : float or None
        How far the part is turned against the template, clockwise; None where it was not searched for.
    refined : float or None
        Score of the best place at the finest level looked at; ``score`` and ``second`` are of the coarsest.
    agreement : float or None
        Share of the template's patches that lie where the part as a whole puts them; None where it has too few.
    template : str
        The template that fitted best; ``""`` where nothing was matched.
    found_with, cut_with : str
        Fingerprints of all that the position and the cut image depend on: as long as they stand, neither is made again.
    decided_by : str
        ``person`` where someone accepted, rejected or placed the window.
    patches : int or None
        Number of the template's patches; None where it has too few.
    rival_x_px, rival_y_px : float or None
        The strongest other place of the template's centre; None where none was worth a look.
    rival_agreement, rival_refined : float or None
        ``agreement`` and ``refined`` there.
    """

    frame: str = field(metadata={"path": True, "series": True})
    image: str = field(metadata={"key": True, "path": True})
    status: str
    reason: str
    mode: str
    m00: float = field(metadata={"decimals": 6})
    m01: float = field(metadata={"decimals": 6})
    m02: float = field(metadata={"decimals": 4})
    m10: float = field(metadata={"decimals": 6})
    m11: float = field(metadata={"decimals": 6})
    m12: float = field(metadata={"decimals": 4})
    width_px: int
    height_px: int
    score: float | None = field(metadata={"decimals": 4})
    second: float | None = field(metadata={"decimals": 4})
    sha256: str
    x_px: float | None = field(default=None, metadata={"decimals": 3})
    y_px: float | None = field(default=None, metadata={"decimals": 3})
    rotation_deg: float | None = field(default=None, metadata={"decimals": 3})
    refined: float | None = field(default=None, metadata={"decimals": 4})
    agreement: float | None = field(default=None, metadata={"decimals": 4})
    template: str = ""
    found_with: str = ""
    cut_with: str = ""
    decided_by: str = ""
    patches: int | None = None
    rival_x_px: float | None = field(default=None, metadata={"decimals": 3})
    rival_y_px: float | None = field(default=None, metadata={"decimals": 3})
    rival_agreement: float | None = field(default=None, metadata={"decimals": 4})
    rival_refined: float | None = field(default=None, metadata={"decimals": 4})
