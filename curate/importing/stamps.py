"""Find the time stamp in a file name, or in a text, as it is written. Pure.

A stamp is taken whole or not at all. What one name alone cannot tell (whether the day or the month comes first, whether
digits behind the second are a decimal fraction, whether ``-0100`` is an offset from UTC or a counter, whether ten
digits are a Unix time or a serial number) is left open for :mod:`curate.importing.name_times`, which asks all names of
a series.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from curate.importing.times import Moment, moment, parse_offset

Day = tuple[int, int, int]
"""Year, month, day."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d\d"
_BETWEEN, _LOOSE = r"[-:._/ ]", r"[-._/, ]{0,2}"
_NUMBER = r"(?<!\d)\d\d?(?:st|nd|rd|th)?"
_FLAGS = re.VERBOSE | re.IGNORECASE | re.ASCII

_DATE = rf"""(?:
      (?P<year_first> (?<!\d)(?:{_YEAR}{_BETWEEN}\d\d?{_BETWEEN}\d\d?(?!\d) | {_YEAR}年\d\d?月\d\d?日) )
    | (?P<year_first_compact> (?<!\d){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]) )
    | (?P<month_named> {_NUMBER}{_LOOSE}{_MONTH}{_LOOSE}{_YEAR}(?!\d) | {_MONTH}{_LOOSE}{_NUMBER}{_LOOSE}{_YEAR}(?!\d) )
    | (?P<year_first_named> (?<!\d){_YEAR}{_LOOSE}{_MONTH}{_LOOSE}{_NUMBER}(?!\d) )
    | (?P<year_last> (?<!\d)\d\d?(?P<separator>{_BETWEEN})\d\d?(?P=separator){_YEAR}(?!\d) )
    | (?P<year_last_compact> (?<!\d)\d\d\d\d{_YEAR} )
)"""
_MARK = r"(?:[ap]\.?[ ]?m(?:\.|(?![a-z]))|vorm\.|nachm\.|上午|下午|오전|오후|午前|午後)"
_CLOCK = r"""(?:
      (?P<hour>\d\d?)[-:._h時时 ](?P<minute>\d\d)(?:[-:._m分 ](?P<second>\d\d)[s秒]?)?
    | (?P<compact>\d{6})(?P<glued>\d{3}|\d{6}|\d{9})?
)(?!\d)"""
_ZONE = r"""(?:
      Z(?![a-z0-9])
    | [ ]?(?:UTC|GMT)?[+-]\d\d[:-]?\d\d(?!\d)
    | [ ]?(?:UTC|GMT)[+-]\d\d?(?!\d) | \+\d\d(?!\d) | [ ]?(?:UTC|GMT)(?![a-z0-9])
)"""
_STAMP = re.compile(
    rf"""{_DATE}
    (?P<join>[T_ ,.-]{{0,3}}|[ _-](?:at|um|à|alle|às|a[ ]las|om|kl\.?)[ _-])
    (?:(?P<before>{_MARK})[ _.-]?)?
    {_CLOCK}
    (?:[.,](?P<fraction>\d{{1,12}})(?!\d))?
    (?:[ _.\u00a0\u202f]?(?P<after>{_MARK}))?
    (?P<zone>{_ZONE})?""",
    _FLAGS,
)
_CLOCK_BETWEEN = re.compile(
    rf"""(?P<month>{_MONTH})[ _-]{{1,2}}(?P<day>\d\d?)[ _-]{_CLOCK}[ _-](?P<year>{_YEAR})(?!\d)""", _FLAGS
)
"""``Thu Aug 11 17-27-09 2022``, as C's asctime writes it."""

_UNIX = re.compile(r"(?<!\d)(?P<epoch>1\d{9})(?:(?P<glued>\d{3}|\d{6}|\d{9})|[.,](?P<fraction>\d{1,12}))?(?!\d)")
_DATE_ALONE = re.compile(_DATE, _FLAGS)
_MAYBE = re.compile(r"(?:19|20)\d\d|1\d{9}")
_MORNING = ("a", "vorm", "上午", "오전", "午前")
_NOON, _LAST_HOUR, _LAST_MINUTE = 12, 23, 59
_CLOCK_BEFORE = re.compile(r"\d\d[-:._h]?\d\d[-:._m]?\d\d[T_ .,-]{1,2}\Z", re.ASCII)
_HALF_A_MARK = re.compile(r"[ _]?[ap](?![a-z0-9]|[ _-]\d)", re.IGNORECASE)
"""In front of a number it is a camera's letter: ``20261024_015300_A_4201``."""


@dataclass(frozen=True, slots=True)
class NameStamp:
    """A time stamp as it is written.

    Attributes
    ----------
    days : tuple of (int, int, int)
        Year, month, day. Two of them where the text does not say which of two numbers is the month: first the one that
        puts the day first. Empty for Unix time.
    day_first : bool or None
        Whether the day stands before the month in a date that ends in its year; None where that is not written so, or
        cannot be told.
    seconds : int
        Since midnight; for Unix time since 1970.
    fraction : str
        Digits behind the second, after a point or a comma.
    glued : str
        3, 6 or 9 digits that follow the second directly: milli-, micro- or nanoseconds.
    zone : str
        As written; ``""`` when there is none.
    start, end : int
        Where the stamp stands in the text, the zone not counted.
    """

    days: tuple[Day, ...]
    day_first: bool | None
    seconds: int
    fraction: str
    glued: str
    zone: str
    start: int
    end: int

    @property
    def is_unix(self) -> bool:
        """Whether it is Unix time: seconds since 1970."""
        return not self.days

    def moments(self, *, with_fraction: bool = True, with_zone: bool = True) -> tuple[Moment, ...]:
        """Return the points in time that it may mean: one, or two when day and month may be exchanged."""
        digits = self.glued or (self.fraction if with_fraction else "")
        if self.is_unix:
            return (Moment(self.seconds * 10**9 + int(digits[:9].ljust(9, "0")), 0, digits),)
        offset = parse_offset(self.zone) if with_zone else None
        clock = (self.seconds // 3600, self.seconds // 60 % 60, self.seconds % 60)
        found = (moment(tuple(map(str, (*day, *clock))), digits, offset) for day in self.days)
        return tuple(reading for reading in found if reading is not None)


def stem_of(name: str) -> str:
    """Return the last part of a path without its suffix.

    >>> stem_of("a/b.c/1595234228.25.png")
    '1595234228.25'
    """
    return name.rpartition("/")[2].rpartition(".")[0]


def find_stamp(text: str) -> NameStamp | None:
    """Find the first time stamp in a text; None when there is none, or none that can be taken whole.

    >>> find_stamp("Screenshot 2022-08-11 at 1.27.09 PM").seconds == 13 * 3600 + 27 * 60 + 9
    True
    >>> find_stamp("01-09-2022_08-00-00").days
    ((2022, 9, 1), (2022, 1, 9))
    """
    if not _MAYBE.search(text):
        return None
    between = _CLOCK_BETWEEN.search(text)
    if between:
        day = (int(between["year"]), month_number(between["month"]), int(between["day"]))
        seconds = _seconds(between, "")
        if _is_day(day) and seconds is not None:
            return NameStamp((day,), None, seconds, "", between["glued"] or "", "", between.start(), between.end())
    for match in _STAMP.finditer(text):
        stamp = _from_match(match)
        if stamp is not None:
            return stamp
    unix = _UNIX.search(text)
    if unix is None:
        return None
    fraction, glued = unix["fraction"] or "", unix["glued"] or ""
    return NameStamp((), None, int(unix["epoch"]), fraction, glued, "", unix.start(), unix.end())


def without(stamp: NameStamp, text: str) -> str:
    """Return a text without its time stamp, and without the offset from UTC where it cannot be anything else."""
    zone = "" if looks_like_counter(stamp.zone) else stamp.zone
    return text[: stamp.start] + text[stamp.end + len(zone) :]


def looks_like_counter(zone: str) -> bool:
    """Whether what stands where an offset from UTC might is as good a counter.

    >>> looks_like_counter("-0100"), looks_like_counter("+0100"), looks_like_counter("-01:00"), looks_like_counter("Z")
    (True, False, False, False)
    """
    return bool(zone) and ((zone.startswith("-") and zone[1:].isdigit()) or parse_offset(zone) is None)


def month_number(text: str) -> int:
    """Return the number of the month whose English name begins so; 0 for other words.

    >>> month_number("Sept."), month_number("cam")
    (9, 0)
    """
    return _MONTHS.index(text[:3].lower()) + 1 if text[:3].lower() in _MONTHS else 0


def days_in(text: str) -> tuple[Day, ...]:
    """Return what the first date in a text may mean, whatever follows it; empty when there is none.

    >>> days_in("30-08-2022 part 7"), days_in("04-09-2022_0001"), days_in("DSC_0042")
    (((2022, 8, 30),), ((2022, 9, 4), (2022, 4, 9)), ())
    """
    if not _MAYBE.search(text):
        return ()
    return next((days for match in _DATE_ALONE.finditer(text) if (days := _days(match)[0])), ())


def _from_match(match: re.Match[str]) -> NameStamp | None:
    days, day_first = _days(match)
    mark = match["before"] or match["after"] or ""
    seconds = _seconds(match, mark)
    if not days or seconds is None:
        return None
    compact = (match["year_first_compact"] or match["year_last_compact"]) and match["compact"]
    if not match["join"] and not compact and not (match["year_first"] or "").endswith("日"):
        return None
    if match["join"] in {".", ","} and _CLOCK_BEFORE.search(match.string, 0, match.start()):
        return None  # 170000_20220811.123456: the time stands first, and what follows the date is its fraction
    if not mark and _HALF_A_MARK.match(match.string, match.end()):
        return None  # 0127p is perhaps in the afternoon
    zone = match["zone"] or ""
    end = match.end() - len(zone)
    return NameStamp(days, day_first, seconds, match["fraction"] or "", match["glued"] or "", zone, match.start(), end)


def _seconds(match: re.Match[str], mark: str) -> int | None:
    """Return the seconds since midnight; None when there is no such time of day."""
    if match["compact"]:
        hour, minute, second = (int(match["compact"][place : place + 2]) for place in (0, 2, 4))
    elif match["second"] is None and not mark:
        return None  # two numbers behind a date are not a time of day for that alone
    else:
        hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if mark:
        morning = mark.lower().startswith(_MORNING)
        if morning and hour > _NOON:
            return None
        hour = hour % _NOON if morning else hour % _NOON + _NOON
    if hour > _LAST_HOUR or minute > _LAST_MINUTE or second > _LAST_MINUTE:
        return None
    return hour * 3600 + minute * 60 + second


def _days(match: re.Match[str]) -> tuple[tuple[Day, ...], bool | None]:
    """Return what a date may mean, and whether it must have the day before the month."""
    if match["year_last"] or match["year_last_compact"]:
        text = match["year_last_compact"]
        first, second, year = (text[:2], text[2:4], text[4:]) if text else re.findall(r"\d+", match["year_last"])
        day_first = (int(year), int(second), int(first))
        month_first = (int(year), int(first), int(second))
        possible = tuple(dict.fromkeys(day for day in (day_first, month_first) if _is_day(day)))
        return possible, possible == (day_first,) if len(possible) == 1 and day_first != month_first else None
    if match["year_first_compact"]:
        text = match["year_first_compact"]
        day = (int(text[:4]), int(text[4:6]), int(text[6:]))
    elif match["year_first"]:
        year, month, of_month = map(int, re.findall(r"\d+", match["year_first"]))
        day = (year, month, of_month)
    else:
        text = match["month_named"] or match["year_first_named"]
        numbers = sorted(map(int, re.findall(r"\d+", text)))
        month = next(place for place, name in enumerate(_MONTHS, 1) if re.search(rf"(?<![a-z]){name}", text.lower()))
        day = (numbers[1], month, numbers[0])
    return ((day,) if _is_day(day) else ()), None


def _is_day(day: Day) -> bool:
    try:
        date(*day)
    except ValueError:
        return False
    return True
