"""Read times that a camera, a person or a program wrote into a tag, a table or an option. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from curate.importing.stamps import NameStamp, find_stamp
from curate.importing.times import Moment, moment, parse_iso, parse_offset

_EXIF = re.compile(r"(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?", re.ASCII)
_UNKNOWN = re.compile(r"[\s0:/.\-]*", re.ASCII)
"""What EXIF 2.32 (4.6.4) and cameras without a battery write for a time that nobody knows."""
_UNIX = re.compile(r"(1\d{9})\.(\d{1,12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """A time as it is written, and what it may mean.

    Attributes
    ----------
    text : str
    readings : tuple of Moment
        None when it cannot be read; two when day and month may be exchanged, the one with the day first before the
        other.
    day_first : bool or None
        Whether the day stands before the month, where one text tells, as ``31/08/2022`` does.
    """

    text: str
    readings: tuple[Moment, ...]
    day_first: bool | None = None

    @property
    def certain(self) -> Moment | None:
        """What it means, unless other texts could tell more."""
        return self.readings[0] if len(self.readings) == 1 and self.day_first is None else None


def read_exif_time(text: str, fraction: str = "", offset: str = "") -> WrittenTime | None:
    """Read an EXIF time; None when there is none, or the camera wrote that it does not know it.

    Parameters
    ----------
    text : str
        ``2022:08:11 17:27:09``; without the seconds, or in another form, it is read as well where it is clear.
    fraction : str
        SubSecTime: digits after the decimal point, so ``5`` is half a second.
    offset : str
        ``-07:00``.

    Examples
    --------
    >>> read_exif_time("2022:08:11 17:27:09", "5", "-07:00").certain.isoformat()
    '2022-08-11T17:27:09.5-07:00'
    >>> read_exif_time("0000:00:00 00:00:00") is None
    True
    """
    text = text.strip()
    if _UNKNOWN.fullmatch(text):
        return None
    match = _EXIF.fullmatch(text)
    digits = fraction.strip()
    digits = digits if digits.isascii() and digits.isdigit() else ""
    if match:
        reading = moment((*match.groups()[:5], match[6] or "0"), digits or match[7] or "", parse_offset(offset))
        return WrittenTime(text, () if reading is None else (reading,))
    written = read_time(text)
    if written is None or not (digits or offset.strip()):
        return written
    east = parse_offset(offset)
    return replace(written, readings=tuple(_completed(reading, digits, east) for reading in written.readings))


def _completed(reading: Moment, digits: str, offset_s: int | None) -> Moment:
    """Add what other tags say to a time that was read without a fraction or an offset."""
    if digits and not reading.fraction:
        reading = replace(reading, local_ns=reading.local_ns + int(digits[:9].ljust(9, "0")), fraction=digits)
    return replace(reading, offset_s=offset_s) if reading.offset_s is None else reading


def read_time(text: str) -> WrittenTime | None:
    """Read a time that a person or a program wrote; None when nothing is written.

    ISO 8601, EXIF's form, the time stamps of names (:mod:`curate.importing.stamps`) and Unix time. All of the text must
    be the time.

    >>> read_time("2022/08/11 17:27:09.5").certain.isoformat(), len(read_time("01/09/2022 17:27").readings)
    ('2022-08-11T17:27:09.5', 2)
    """
    text = text.strip()
    if not text:
        return None
    unix = _UNIX.fullmatch(text)
    if unix:
        fraction = int(unix[2][:9].ljust(9, "0"))
        return WrittenTime(text, (Moment(int(unix[1]) * 10**9 + fraction, 0, unix[2]),))
    iso = parse_iso(text)
    if iso is not None:
        return WrittenTime(text, (iso,))
    stamp = _whole(text) or _whole(f"{text}:00")
    return WrittenTime(text, stamp.moments(), stamp.day_first) if stamp else WrittenTime(text, ())


def _whole(text: str) -> NameStamp | None:
    """Return the stamp that a text is from its first to its last character."""
    stamp = find_stamp(text)
    if stamp is None or stamp.start or stamp.end + len(stamp.zone) != len(text):
        return None
    return stamp


def parse_time(text: str) -> Moment | None:
    """Read a time that can mean one thing only; None when there is none.

    >>> parse_time("1595234228.25").isoformat(), parse_time("01/09/2022 17:27:09") is None
    ('2020-07-20T08:37:08.25+00:00', True)
    """
    written = read_time(text)
    return written.readings[0] if written and len(written.readings) == 1 else None
