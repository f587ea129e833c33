"""What is known about the moment and the place in the sequence of one frame, whichever source it comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from curate.importing.times import Moment, parse_exif_time, parse_iso, time_in_name
from curate.model.capture import Capture
from curate.model.evidence import Sighting

CLOCKS = ("exif", "name-time")
"""Clocks that are believed without being asked for, the better one first."""


@dataclass(frozen=True, slots=True)
class Shot:
    """The evidence for one frame's place in the shooting order.

    Attributes
    ----------
    name : str
        Relative to its source, as it came.
    sha256 : str
        Of its bytes.
    camera : str
        Body serial number, else make and model, else ``""``.
    clocks : dict of str to Moment
        By evidence: ``exif``, ``name-time``.
    counter : int or None
        The camera's own count of its shots, from EXIF.
    """

    name: str
    sha256: str
    camera: str
    clocks: dict[str, Moment]
    counter: int | None = None

    def clock(self, preferred: str = "") -> tuple[str, Moment | None]:
        """Return the preferred clock's name and reading, else the best one's, else ``("", None)``."""
        for name in (preferred, *CLOCKS):
            if name in self.clocks:
                return name, self.clocks[name]
        return "", None


def shot_of_sighting(sighting: Sighting) -> Shot:
    """Collect the evidence of a file that was just read."""
    exif = sighting.exif
    clocks = {
        "exif": parse_exif_time(exif.original, exif.original_fraction, exif.original_offset),
        "name-time": time_in_name(sighting.source.name),
    }
    return Shot(
        name=sighting.source.name,
        sha256=sighting.sha256,
        camera=exif.serial or exif.model,
        clocks={name: reading for name, reading in clocks.items() if reading is not None},
        counter=exif.counter,
    )


def shot_of_capture(capture: Capture) -> Shot:
    """Collect the evidence of a frame that was imported earlier, from its record alone."""
    clocks: dict[str, Moment] = {}
    from_name = time_in_name(capture.source)
    if from_name is not None:
        clocks["name-time"] = from_name
    reading = parse_iso(capture.shot_at)
    if reading is not None:
        clocks[capture.shot_from] = reading
    return Shot(capture.source, capture.sha256, capture.camera, clocks, capture.counter)


def with_evidence(capture: Capture, shot: Shot, preferred: str, ordered_by: str) -> Capture:
    """Return the record's row with the evidence that the order of its series rests on."""
    clock, reading = shot.clock(preferred)
    return replace(
        capture,
        shot_at=reading.isoformat() if reading else "",
        shot_from=clock,
        camera=shot.camera,
        counter=shot.counter,
        ordered_by=ordered_by,
    )
