"""What is known about the moment and the place in the sequence of one frame, whichever source it comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from curate.importing.times import Moment, moment_of_epoch_ns, parse_exif_time, parse_iso, time_in_name
from curate.model.capture import Capture
from curate.model.evidence import Sighting

CLOCKS = ("manifest", "exif", "name-time")
"""Clocks that are believed without being asked for, the best first."""

ASKED_CLOCKS = ("exif-changed", "file-time")
"""Clocks that tell when a file was written rather than when the frame was shot."""

CLOCK_TITLES = {
    "manifest": "a time in the manifest",
    "exif": "EXIF DateTimeOriginal",
    "name-time": "a time stamp in the file name",
    "exif-changed": "EXIF DateTime",
    "file-time": "the file's modification time",
}
ASKED = " (asked)"
"""Ends the ``ordered_by`` of a series whose order a person chose: later imports keep to it."""


@dataclass(frozen=True, slots=True)
class FrameEvidence:
    """The evidence for one frame's place in the shooting order.

    Attributes
    ----------
    frame : str
        The frame's key.
    name : str
        Relative to its source, as it came.
    sha256 : str
        Of its bytes.
    camera : str
        Body serial number, else make and model, else ``""``.
    clocks : dict of str to Moment
        By evidence: keys of :data:`CLOCK_TITLES`.
    counter : int or None
        The camera's own count of its shots, from EXIF, a name pattern or a manifest.
    row : int or None
        Place in a manifest.
    """

    frame: str
    name: str
    sha256: str
    camera: str
    clocks: dict[str, Moment]
    counter: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """What a person's pattern or manifest says about a file; what is empty was not said.

    Attributes
    ----------
    time : Moment or None
    counter, row : int or None
    camera, label, specimen, series : str
    """

    time: Moment | None = None
    counter: int | None = None
    row: int | None = None
    camera: str = ""
    label: str = ""
    specimen: str = ""
    series: str = ""


def evidence_of_sighting(sighting: Sighting, frame: str, metadata: FileMetadata = FileMetadata()) -> FrameEvidence:
    """Collect the evidence of a file that was just read."""
    exif = sighting.exif
    clocks = {
        "manifest": metadata.time,
        "exif": parse_exif_time(exif.original, exif.original_fraction, exif.original_offset),
        "name-time": time_in_name(sighting.source.name),
        "exif-changed": parse_exif_time(exif.changed, exif.changed_fraction, exif.changed_offset),
        "file-time": moment_of_epoch_ns(sighting.source.mtime_ns),
    }
    return FrameEvidence(
        frame=frame,
        name=sighting.source.name,
        sha256=sighting.sha256,
        camera=metadata.camera or exif.serial or exif.model,
        clocks={name: reading for name, reading in clocks.items() if reading is not None},
        counter=exif.counter if metadata.counter is None else metadata.counter,
        row=metadata.row,
    )


def evidence_of_capture(capture: Capture) -> FrameEvidence:
    """Collect the evidence of a frame that was imported earlier, from its record alone."""
    clocks: dict[str, Moment] = {}
    from_name = time_in_name(capture.source)
    if from_name is not None:
        clocks["name-time"] = from_name
    reading = parse_iso(capture.shot_at)
    if reading is not None and capture.shot_from in CLOCK_TITLES:
        clocks[capture.shot_from] = reading
    by_rows = capture.ordered_by.startswith("manifest-rows")
    return FrameEvidence(
        frame=capture.frame,
        name=capture.source,
        sha256=capture.sha256,
        camera=capture.camera,
        clocks=clocks,
        counter=capture.counter,
        row=capture.counter if by_rows else None,
    )


def with_evidence(capture: Capture, shot: FrameEvidence, clock: str, ordered_by: str) -> Capture:
    """Return the record's row with the evidence that the order of its series rests on.

    The time is that of the series' common clock, else of the frame's best one; a clock that only tells when the file
    was written is recorded when the order rests on it.
    """
    chosen = next((name for name in (clock, *CLOCKS) if name in shot.clocks), "")
    return replace(
        capture,
        shot_at=shot.clocks[chosen].isoformat() if chosen else "",
        shot_from=chosen,
        camera=shot.camera,
        counter=shot.row if ordered_by.startswith("manifest-rows") else shot.counter,
        ordered_by=ordered_by,
    )
