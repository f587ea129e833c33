"""What is known about the moment and the place in the sequence of one frame, whichever source it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from curate.importing.stamps import find_stamp, stem_of
from curate.importing.times import Moment, moment_of_epoch_ns, parse_iso, parse_offset
from curate.importing.written_times import WrittenTime, read_exif_time
from curate.model.capture import Capture
from curate.model.evidence import ExifEvidence, Sighting

CLOCKS = ("manifest", "exif", "name-time")
"""Clocks that are believed without being asked for, the best first."""

FALLBACK_CLOCKS = ("exif-digitized", "exif-changed")
"""Clocks that are taken, and named, where there is no better one: they tell when a file was stored or last written."""

ASKED_CLOCKS = (*FALLBACK_CLOCKS, "file-time")
"""Clocks that need not tell when the frame was shot."""

CLOCK_TITLES = {
    "manifest": "a time from the manifest or --pattern",
    "exif": "EXIF DateTimeOriginal",
    "name-time": "a time stamp in the file name",
    "exif-digitized": "EXIF DateTimeDigitized",
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
    open_times : dict of str to WrittenTime
        Times by evidence whose day and month only the others of the series can tell apart.
    unread : tuple of (str, str)
        Evidence that is there and could not be read: what it would have been (a clock, or ``counter``), and in words.
    bare : str or None
        The name's stem without its time stamp, once that was looked for; None where there is no stamp.
    """

    frame: str
    name: str
    sha256: str
    camera: str
    clocks: dict[str, Moment]
    counter: int | None = None
    row: int | None = None
    open_times: dict[str, WrittenTime] = field(default_factory=dict)
    unread: tuple[tuple[str, str], ...] = ()
    bare: str | None = None

    @property
    def text(self) -> str:
        """The stem of its name, without the time stamp."""
        return stem_of(self.name) if self.bare is None else self.bare


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """What a person's pattern or manifest says about a file; what is empty was not said.

    Attributes
    ----------
    time : WrittenTime or None
    counter, row : int or None
    camera, label, specimen, series : str
    unread : tuple of (str, str)
        As in :class:`FrameEvidence`.
    """

    time: WrittenTime | None = None
    counter: int | None = None
    row: int | None = None
    camera: str = ""
    label: str = ""
    specimen: str = ""
    series: str = ""
    unread: tuple[tuple[str, str], ...] = ()


def evidence_of_sighting(sighting: Sighting, frame: str, metadata: FileMetadata = FileMetadata()) -> FrameEvidence:
    """Collect the evidence of a file that was just read."""
    exif = sighting.exif
    written = {
        "manifest": metadata.time,
        "exif": read_exif_time(exif.original, exif.original_fraction, exif.original_offset),
        "exif-digitized": read_exif_time(exif.digitized, exif.digitized_fraction, exif.digitized_offset),
        "exif-changed": read_exif_time(exif.changed, exif.changed_fraction, exif.changed_offset),
    }
    there = {clock: time for clock, time in written.items() if time is not None}
    clocks = {clock: time.certain for clock, time in there.items() if time.certain is not None}
    return FrameEvidence(
        frame=frame,
        name=sighting.source.name,
        sha256=sighting.sha256,
        camera=metadata.camera or exif.serial or exif.model,
        clocks={**clocks, "file-time": moment_of_epoch_ns(sighting.source.mtime_ns)},
        counter=exif.counter if metadata.counter is None else metadata.counter,
        row=metadata.row,
        open_times={clock: time for clock, time in there.items() if time.readings and time.certain is None},
        unread=(*metadata.unread, *_unread(there, exif)),
    )


def _unread(written: dict[str, WrittenTime], exif: ExifEvidence) -> list[tuple[str, str]]:
    """Return what a file says about its time in a way that nobody understands."""
    unread = [(clock, f"{_PLAIN[clock]} {time.text!r}") for clock, time in written.items() if not time.readings]
    beside = (
        ("exif", "TimeOriginal", exif.original_offset, exif.original_fraction),
        ("exif-digitized", "TimeDigitized", exif.digitized_offset, exif.digitized_fraction),
        ("exif-changed", "Time", exif.changed_offset, exif.changed_fraction),
    )
    for clock, tag, offset, fraction in beside:
        if offset.strip(" :") and parse_offset(offset) is None:
            unread.append((clock, f"EXIF Offset{tag} {offset!r}"))
        if fraction.strip() and not (fraction.strip().isascii() and fraction.strip().isdigit()):
            unread.append((clock, f"EXIF SubSec{tag} {fraction!r}"))
    if exif.damaged and not exif.original:
        unread.append(("exif", "a damaged EXIF block"))
    return unread


_PLAIN = {
    "manifest": "the time",
    "exif": "EXIF DateTimeOriginal",
    "exif-digitized": "EXIF DateTimeDigitized",
    "exif-changed": "EXIF DateTime",
}


def evidence_of_capture(capture: Capture) -> FrameEvidence:
    """Collect the evidence of a frame that was imported earlier, from its record alone."""
    clocks: dict[str, Moment] = {}
    reading = parse_iso(capture.shot_at)
    # What a name says is read from the name again, together with the others of its series.
    by_name = capture.shot_from == "name-time" and find_stamp(stem_of(capture.source)) is not None
    if reading is not None and capture.shot_from in CLOCK_TITLES and not by_name:
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
