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

_EXIF = re.compile(r"^(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d+))?\s*$")
_UNIX = re.compile(r"(1\d{9})\.(\d{1,12})")
_OFFSET = re.compile(r"^\s*(?:(Z)|([+-])(\d\d):?(\d\d))\s*$")

_DATE = r"(?P<year>(?:19|20)\d\d){0}(?P<month>0[1-9]|1[0-2]){0}(?P<day>0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?P<hour>[01]\d|2[0-3]){0}(?P<minute>[0-5]\d){0}(?P<second>[0-5]\d)"
_ZONE = r"(?P<zone>Z|[+-]\d\d[:-]?\d\d(?!\d))?"

NAME_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "2020-07-20T08-37-08.486Z",
        re.compile(
            r"(?<!\d)"
            + _DATE.format("[-:._]")
            + r"(?: at |[T_ -]{1,2})"
            + _CLOCK.format("[-:._h]")
            + r"(?:[.,](?P<fraction>\d{1,12}))?(?!\d)"
            + _ZONE
        ),
    ),
    (
        "20200720T083708.486",
        re.compile(
            r"(?<!\d)"
            + _DATE.format("")
            + "[T_ -]?"
            + _CLOCK.format("")
            + r"(?:[.,](?P<fraction>\d{1,12})|(?P<glued>\d{3}|\d{6}|\d{9}))?(?!\d)"
            + _ZONE
        ),
    ),
    ("1595234228486 (Unix time)", re.compile(r"(?<!\d)(?P<epoch>1\d{9})(?P<glued>\d{3}|\d{6}|\d{9})?(?!\d)")),
)
"""Time stamps that are recognised in file names, by example, tried in this order. Day-first and month-first dates are
not among them, because nobody can tell one from the other: give those with ``--pattern``."""


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


def parse_exif_time(text: str, fraction: str = "", offset: str = "") -> Moment | None:
    """Read an EXIF time; None when it is absent or senseless (``0000:00:00 00:00:00``).

    Parameters
    ----------
    text : str
        ``2022:08:11 17:27:09``.
    fraction : str
        SubSecTime: digits after the decimal point, so ``5`` is half a second.
    offset : str
        ``-07:00``.

    Examples
    --------
    >>> parse_exif_time("2022:08:11 17:27:09", "5", "-07:00").isoformat()
    '2022-08-11T17:27:09.5-07:00'
    """
    match = _EXIF.match(text)
    if not match:
        return None
    digits = fraction.strip()
    digits = digits if digits.isascii() and digits.isdigit() else (match[7] or "")
    return moment(match.groups()[:6], digits, parse_offset(offset))


def parse_offset(text: str) -> int | None:
    """Read an offset from UTC in seconds; None when it is absent or senseless.

    >>> parse_offset("-07:00"), parse_offset("Z"), parse_offset("")
    (-25200, 0, None)
    """
    match = _OFFSET.match(text)
    if not match:
        return None
    if match[1]:
        return 0
    seconds = int(match[3]) * 3600 + int(match[4]) * 60
    return -seconds if match[2] == "-" else seconds


def parse_iso(text: str) -> Moment | None:
    """Read what :meth:`Moment.isoformat` wrote, and other ISO 8601 times with a date and a time.

    >>> parse_iso("2022-08-11T17:27:09.5-07:00") == parse_exif_time("2022:08:11 17:27:09", "5", "-07:00")
    True
    """
    found = NAME_PATTERNS[0][1].fullmatch(text.strip())
    return _from_match(found) if found else None


def parse_time(text: str) -> Moment | None:
    """Read a time that a person or a program wrote; None when it is none that is known.

    ISO 8601, EXIF's form, the forms of :data:`NAME_PATTERNS`, slashes between year, month and day, and Unix time with
    or without a fraction.

    >>> parse_time("2022/08/11 17:27:09.5").isoformat(), parse_time("1595234228.25").isoformat()
    ('2022-08-11T17:27:09.5', '2020-07-20T08:37:08.25+00:00')
    """
    text = text.strip()
    unix = _UNIX.fullmatch(text)
    if unix:
        return Moment(int(unix[1]) * _NS + int(unix[2][:9].ljust(9, "0")), 0, unix[2])
    found = parse_exif_time(text) or parse_iso(text.replace("/", "-"))
    return found or time_in_name(f"{text.replace('/', '-')}.")


def time_in_name(name: str) -> Moment | None:
    """Find a time stamp in a file name; None when there is none of :data:`NAME_PATTERNS`.

    Parameters
    ----------
    name : str
        The file's name, folders and suffix included; only the last part, without its suffix, is looked at.

    Examples
    --------
    >>> time_in_name("line/2020-07-20T08-37-08.48630993Z.jpg").isoformat()
    '2020-07-20T08:37:08.48630993+00:00'
    >>> time_in_name("IMG_20220811_172709123.jpg").isoformat()
    '2022-08-11T17:27:09.123'
    >>> time_in_name("frame_0042.png") is None
    True
    """
    stem = name.rpartition("/")[2].rpartition(".")[0]
    for _, pattern in NAME_PATTERNS:
        for match in pattern.finditer(stem):
            found = _from_match(match)
            if found is not None:
                return found
    return None


def _from_match(match: re.Match[str]) -> Moment | None:
    groups = match.groupdict()
    fraction = groups.get("fraction") or groups.get("glued") or ""
    if groups.get("epoch"):
        return Moment(int(groups["epoch"]) * _NS + int(fraction.ljust(9, "0") or 0), 0, fraction)
    zone = (groups.get("zone") or "").replace("-", ":") if groups.get("zone") != "Z" else "Z"
    if groups.get("zone", "") and groups["zone"].startswith("-"):
        zone = "-" + zone[1:]
    parts = tuple(groups[part] for part in ("year", "month", "day", "hour", "minute", "second"))
    return moment(parts, fraction, parse_offset(zone))
