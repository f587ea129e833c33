"""Points in time as cameras write them: EXIF tags and time stamps in file names.

A clock reading is kept as it was written, in nanoseconds of the clock's own local time, with its offset from UTC where
one was written: two readings are compared in UTC only when both have one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_OFFSET = re.compile(r"\s*(?:UTC|GMT)?(?:(Z)?|([+-])(\d\d?)(?:[:-]?(\d\d))?)\s*", re.ASCII | re.IGNORECASE)
_FARTHEST_OFFSET_S = 14 * 3600
_OFFSET_STEP_S = 15 * 60


@dataclass(frozen=True, slots=True)
class Moment:
    """A reading of a clock.

    Attributes
    ----------
    local_ns : int
        Nanoseconds since 1970-01-01T00:00 of the clock's own reading, whatever its zone.
    offset_s : int or None
        Seconds east of UTC, where it was written.
    fraction : str
        Digits after the decimal point of the second, as written; digits after the ninth do not count in comparisons.
    """

    local_ns: int
    offset_s: int | None = None
    fraction: str = ""

    @property
    def utc_ns(self) -> int | None:
        """Nanoseconds since the epoch in UTC; None when the offset is unknown."""
        return None if self.offset_s is None else self.local_ns - self.offset_s * _NS

    def isoformat(self) -> str:
        """Write ISO 8601 with the digits and the offset it was read with.

        >>> Moment(1_595_234_228_486_309_930, 0, "48630993").isoformat()
        '2020-07-20T08:37:08.48630993+00:00'
        """
        stamp = datetime.fromtimestamp(self.local_ns // _NS, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
        fraction = f".{self.fraction}" if self.fraction else ""
        return f"{stamp}{fraction}{_zone_text(self.offset_s)}"


def _zone_text(offset_s: int | None) -> str:
    if offset_s is None:
        return ""
    minutes = abs(offset_s) // 60
    return f"{'-' if offset_s < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def moment(parts: tuple[str, ...], fraction: str, offset_s: int | None) -> Moment | None:
    """Build a moment from year, month, day, hour, minute, second as text; None when there is no such time."""
    try:
        stamp = datetime(*map(int, parts), tzinfo=UTC)  # type: ignore[arg-type,misc]  # six numbers, checked by datetime
    except ValueError:
        return None
    seconds = int((stamp - _EPOCH).total_seconds())
    return Moment(seconds * _NS + int(fraction[:9].ljust(9, "0") or 0), offset_s, fraction)


def moment_of_epoch_ns(epoch_ns: int) -> Moment:
    """Build a moment from nanoseconds since 1970 in UTC, as file systems keep them."""
    return Moment(epoch_ns, 0, f"{epoch_ns % _NS:09d}")


def parse_offset(text: str) -> int | None:
    """Read an offset from UTC in seconds; None when it is absent or none that any clock on Earth has.

    Clocks differ from UTC by whole quarters of an hour, by 14 hours at most.

    >>> parse_offset("-07:00"), parse_offset("Z"), parse_offset("UTC+2"), parse_offset(""), parse_offset("-0001")
    (-25200, 0, 7200, None, None)
    """
    match = _OFFSET.fullmatch(text)
    if not match or not text.strip():
        return None
    if not match[2]:
        return 0
    seconds = int(match[3]) * 3600 + int(match[4] or 0) * 60
    if seconds > _FARTHEST_OFFSET_S or seconds % _OFFSET_STEP_S or int(match[4] or 0) >= 60:  # noqa: PLR2004 - minutes
        return None
    return -seconds if match[2] == "-" else seconds


def parse_iso(text: str) -> Moment | None:
    """Read what :meth:`Moment.isoformat` wrote.

    >>> parse_iso("2022-08-11T17:27:09.5-07:00").isoformat()
    '2022-08-11T17:27:09.5-07:00'
    """
    found = _ISO.fullmatch(text.strip())
    return moment(found.groups()[:6], found[7] or "", parse_offset(found[8] or "")) if found else None
