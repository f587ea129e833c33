"""What contradicts an order, or what it might have rested on and does not. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import pairwise

from curate.importing.clocks import Timeline
from curate.importing.counters import last_number
from curate.importing.name_times import Doubt
from curate.importing.order_evidence import CLOCK_TITLES, CLOCKS, FALLBACK_CLOCKS, FrameEvidence
from curate.importing.runs import ends_daylight_saving
from curate.importing.stamps import days_in, month_number, stem_of
from curate.importing.tracks import CameraOrder, largest_gaps
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding

_LONG_PAUSE_S = 8 * 3600.0
"""A pause that is mentioned: a night, or a line that stood still for a shift."""
_NAMED = 5
_LISTED = 10
_MOST_GROUPS = 16
"""Names with more different texts are not looked at for several cameras."""
_ALIKE_SPREAD = 10
"""Dates that reach so many times farther under one reading than under another are not meant that way."""
_CAMERA_WORDS = re.compile(
    r"cam|kamera|view|left|right|top|bottom|front|back|rear|side|upper|lower|links|rechts|oben|unten|vorn|hinten|\b[lr]\b",
    re.IGNORECASE,
)
_MARKED = re.compile(r"\d\d?[-:._h]?\d\d(?:[-:._m]?\d\d)?[ _.\u202f]?[ap]\.?[ ]?m?\.?(?![a-z0-9])", re.IGNORECASE)
_WORD_IN_DATE = re.compile(
    r"(?<!\d)\d\d?\.?[-._ ]{0,2}[^\W\d_]{3,10}\.?[-._ ]{0,2}(?:19|20)\d\d(?!\d)"
    r"|(?<!\d)(?:19|20)\d\d[-._ ]{0,2}[^\W\d_]{3,10}\.?[-._ ]{0,2}\d\d?(?!\d)"
)
_LONG_CLOCK = re.compile(r"(?<!\d)(?:19|20)\d\d[-._]?\d\d[-._]?\d\d[T_ -]?(\d{6,18})(?!\d)")
_TIME_OF_DAY = r"(?:[01]?\d|2[0-3])[-:._h ]?[0-5]\d[-:._m ]?[0-5]\d(?!\d)"
_SHORT = r"(\d\d)([-._/ ]?)(\d\d|[A-Za-z]{3})\2(\d\d)(?!\d)"
_SHORT_DATES = (
    re.compile(rf"(?<!\d){_SHORT}(?=[T_ .,-]{{1,2}}{_TIME_OF_DAY})", re.ASCII),
    re.compile(rf"(?<!\d){_TIME_OF_DAY}[_ .,-]{{1,2}}{_SHORT}", re.ASCII),
)
"""Dates with two digits for the year, in front of a time of day or behind it."""


def about_doubts(doubts: Sequence[Doubt], clock: str) -> list[Finding]:
    """Report the evidence that could not be read, as far as it would have counted at least as much as the clock."""
    ranks = [*CLOCKS, *FALLBACK_CLOCKS]
    counted = set(ranks[: ranks.index(clock) + 1] if clock in ranks else ranks) | {"counter"}
    return [found(codes.TIME_NOT_READ, doubt.message, doubt.frame) for doubt in doubts if doubt.kind in counted]


def about_clocks(shots: Sequence[FrameEvidence], series: str, timeline: Timeline) -> list[Finding]:
    """Report clocks that some frames lack, that were chosen for want of a better one, or that mix zones."""
    findings = []
    clock, count = timeline.clock, len(shots)
    partial = [name for name in CLOCKS if any(name in shot.clocks for shot in shots)]
    if partial and clock not in CLOCKS:
        lacking = [shot for shot in shots if partial[0] not in shot.clocks]
        message = f"{len(lacking)} of {count} frames lack {CLOCK_TITLES[partial[0]]}, so others decide the order"
        findings.append(found(codes.FRAMES_WITHOUT_CLOCK, f"{message}: {_some(lacking)}", series))
    if timeline.others:
        elsewhere = set(timeline.others)
        others = [shot for shot in shots if shot.frame in elsewhere]
        message = f"{len(others)} of {count} frames lack {CLOCK_TITLES[clock]} and are compared by another clock"
        findings.append(found(codes.FRAMES_WITHOUT_CLOCK, f"{message}: {_some(others)}", series))
    if clock in FALLBACK_CLOCKS:
        tells = "the picture was stored" if clock == "exif-digitized" else "the file was last written"
        message = f"no frame has DateTimeOriginal, so the order rests on {CLOCK_TITLES[clock][5:]}, when {tells}"
        findings.append(found(codes.ONLY_DATETIME_CLOCK, message, series))
    if timeline.without_offset and timeline.offsets:
        lacking = [shot for shot in shots if shot.frame in timeline.without_offset]
        message = f"{len(lacking)} of {count} frames have no UTC offset, so that of the nearest frame is taken"
        findings.append(found(codes.TIMES_WITHOUT_OFFSET, f"{message}: {_some(lacking)}", series))
    return findings


def about_apart(
    left: Sequence[FrameEvidence], apart: Sequence[FrameEvidence], chosen: Sequence[FrameEvidence], series: str
) -> list[Finding]:
    """Report the frames without a clock: those that their counter placed, and those that nothing placed."""
    findings = []
    missing = {shot.frame for shot in apart}
    placed = [shot for shot in left if shot.frame not in missing]
    if placed:
        message = f"{len(placed)} of {len(chosen)} frames have no clock and stand where their counter puts them"
        findings.append(found(codes.FRAMES_WITHOUT_CLOCK, f"{message}: {_some(placed)}", series))
    if apart:
        message = f"nothing tells when {len(apart)} of {len(chosen) + len(apart)} frames were shot"
        message += f", so they are set apart at the end: {_some(apart)}"
        findings.append(found(codes.FRAMES_WITHOUT_CLOCK, message, series, related=_frames(apart)))
    return findings


def _frames(shots: Sequence[FrameEvidence]) -> tuple[str, ...]:
    return tuple(shot.frame for shot in shots[:_LISTED])


def about_repeated_hour(tracks: Sequence[CameraOrder], timeline: Timeline) -> list[Finding]:
    """Report frames shot when daylight saving ends, by a clock without offset that no counter confirms."""
    findings = []
    for part in tracks:
        if part.counted or timeline.clock not in CLOCKS:
            continue
        unsure = set(timeline.without_offset)
        doubtful = [
            shot for shot in part.shots if shot.frame in unsure and ends_daylight_saving(timeline.times[shot.frame])
        ]
        if len(doubtful) > 1:
            message = (
                f"{len(doubtful)} frames were shot when clocks may have been set back an hour, without an offset from "
                f"UTC and without a counter that confirms their order: {_some(doubtful)}"
            )
            findings.append(found(codes.HOUR_MAY_REPEAT, message, doubtful[0].frame, related=_frames(doubtful[1:])))
    return findings


def about_cameras(
    cameras: Sequence[Sequence[CameraOrder]], series: str, clock: str, compared: Collection[str] = ()
) -> list[Finding]:
    """Report that frames of several cameras, by their serial numbers or models, are in one series.

    A person who said what all clocks but one show has compared them.
    """
    names = [parts[0].camera for parts in cameras]
    if len(cameras) < 2 or (clock and sum(name not in compared for name in names) < 2):  # noqa: PLR2004 - two differ
        return []
    counts = [sum(len(part.shots) for part in parts) for parts in cameras]
    listed = ", ".join(
        f"{parts[0].camera or 'unnamed'} ({count}, {parts[0].shots[0].name} …)"
        for parts, count in zip(cameras, counts, strict=True)
    )
    rests = f"rests on {CLOCK_TITLES[clock]}, which nobody compared" if clock else "is unknown: one follows the other"
    return [found(codes.SEVERAL_CAMERAS, f"{len(cameras)} cameras: {listed}; the order between them {rests}", series)]


def about_named_cameras(shots: Sequence[FrameEvidence], series: str, timeline: Timeline) -> list[Finding]:
    """Report several cameras, or runs, that only the names tell apart.

    Each counts from the beginning, so the same numbers come again under another text; or, where a clock tells that they
    worked at the same time, the texts differ as cameras' do: ``left`` and ``right``, ``cam1`` and ``cam2``.
    """
    clock = timeline.clock
    groups = _groups(shots, with_folders=not clock)
    if clock:
        groups = {text: group for text, group in groups.items() if len(group) > 1}
        groups = groups if _interleaved(list(groups.values()), timeline.times) and _like_cameras(groups) else {}
    elif not _count_again(groups):
        groups = {}
    if len(groups) < 2:  # noqa: PLR2004 - one has no other
        return []
    listed = ", ".join(
        f"{text or group[0].name} ({len(group)}, {group[0].name} …)" for text, group in sorted(groups.items())[:_NAMED]
    )
    more = " …" if len(groups) > _NAMED else ""
    rests = f"rests on {CLOCK_TITLES[clock]}, which nobody compared" if clock else "is unknown: one follows the other"
    message = f"by their names {len(groups)} cameras or runs: {listed}{more}; the order between them {rests}"
    return [found(codes.SEVERAL_CAMERAS, message, series)]


def _groups(shots: Sequence[FrameEvidence], *, with_folders: bool) -> dict[str, list[FrameEvidence]]:
    """Return the frames by the text of their names around stamp and counter, in natural order of nothing but input."""
    whole: dict[str, list[FrameEvidence]] = defaultdict(list)
    for shot in shots:
        whole[shot.text].append(shot)
    by_text: dict[str, list[FrameEvidence]] = defaultdict(list)
    for shot in shots:
        number = last_number(shot.text)
        text = f"{number.before}…{number.after}" if number else shot.text
        by_text[text].append(shot)
    if not with_folders:
        few = 1 < len(whole) <= _MOST_GROUPS and all(len(group) > 1 for group in whole.values())
        return {} if len(by_text) > _MOST_GROUPS else dict(whole if few else by_text)
    if any(_repeats(group) for group in by_text.values()):
        by_folder: dict[str, list[FrameEvidence]] = defaultdict(list)
        for text, group in by_text.items():
            for shot in group:
                folder, slash, _ = shot.name.rpartition("/")
                by_folder[f"{folder}{slash}{text}"].append(shot)
        return dict(by_folder)
    return dict(by_text)


def _numbers(group: Sequence[FrameEvidence]) -> list[int]:
    found_here = (last_number(shot.text) for shot in group)
    return [int(number.digits) for number in found_here if number]


def _repeats(group: Sequence[FrameEvidence]) -> bool:
    numbers = _numbers(group)
    return len(set(numbers)) < len(numbers)


def _count_again(groups: dict[str, list[FrameEvidence]]) -> bool:
    """Whether the numbers of one group come again in another, mostly."""
    numbers = [set(_numbers(group)) for group in groups.values() if len(group) > 1]
    numbers = sorted((group for group in numbers if len(group) > 1), key=len)
    seen: set[int] = set()
    for group in reversed(numbers):
        if 2 * len(group & seen) >= len(group):
            return True
        seen |= group
    return False


def _interleaved(groups: Sequence[Sequence[FrameEvidence]], times: Mapping[str, int]) -> bool:
    """Whether two groups were shot in overlapping stretches of time."""
    spans = []
    for group in groups:
        known = [times[shot.frame] for shot in group]
        spans.append((min(known), max(known)))
    spans.sort()
    return any(second[0] < first[1] for first, second in pairwise(spans))


def _like_cameras(groups: dict[str, list[FrameEvidence]]) -> bool:
    if not 1 < len(groups) <= _MOST_GROUPS:
        return False
    bare = {re.sub(r"\d+", "", text) for text in groups}
    return len(bare) == 1 or all(_CAMERA_WORDS.search(text) for text in groups) or _count_again(groups)


def about_dates(shots: Sequence[FrameEvidence], series: str) -> list[Finding]:
    """Report dates and times of day in names by which an order that rests on the names cannot be right.

    Parameters
    ----------
    shots : sequence of FrameEvidence
        In the order that was chosen, without any clock.
    """
    stems = [stem_of(shot.name) for shot in shots]
    reason = _unread_form(stems) or _dates_go_back(stems)
    if not reason:
        return []
    message = f"names hold a date or a time that was not read, and the order rests on the names: {reason}"
    return [found(codes.TIME_NOT_READ, message, series)]


def _unread_form(stems: Sequence[str]) -> str:
    """Name two names with a time in a form that nobody here reads."""
    words = [stem for stem in stems if _WORD_IN_DATE.search(stem) and not days_in(stem)]
    marked = [stem for stem in stems if (match := _MARKED.search(stem)) and (days_in(stem) or "m" in match[0].lower())]
    for matched in (words, marked):
        if len(set(matched)) > 1:
            return ", ".join(matched[:2])
    clocks = [(stem, match[1]) for stem in stems if (match := _LONG_CLOCK.search(stem))]
    if len({len(digits) for _, digits in clocks}) > 1:
        return ", ".join(stem for stem, _ in clocks[:2])
    return ""


def _dates_go_back(stems: Sequence[str]) -> str:
    """Name a frame in front of one with an earlier date, by any reading of the dates that may be meant."""
    dated = [(stem, readings) for stem in stems if (readings := _readings(stem))]
    if len(dated) < 2:  # noqa: PLR2004 - one date does not run
        return ""
    common = set.intersection(*(set(readings) for _, readings in dated))
    runs = {kind: [readings[kind] for _, readings in dated] for kind in common}
    spreads = {kind: max(days) - min(days) for kind, days in runs.items()}
    least = min(spreads.values(), default=0)
    for kind in sorted(common):
        if spreads[kind] > _ALIKE_SPREAD * max(least, 1):
            continue
        for place, (first, second) in enumerate(pairwise(runs[kind])):
            if second < first:
                return f"{dated[place][0]} stands before {dated[place + 1][0]}"
    return "" if common else f"{dated[0][0]} and {dated[-1][0]} hold dates of different forms"


def _readings(stem: str) -> dict[str, int]:
    """Return what the date in a name may be, in days since year 1, by the way it is read."""
    days = days_in(stem)
    if len(days) == 2:  # noqa: PLR2004 - the day first, or the month
        return {"day first": _ordinal(days[0]), "month first": _ordinal(days[1])}
    if days:
        return dict.fromkeys(("day first", "month first", "year first"), _ordinal(days[0]))
    matches = (match for pattern in _SHORT_DATES for match in pattern.finditer(stem))
    return next((readings for match in matches if (readings := _short_readings(match))), {})


def _short_readings(match: re.Match[str]) -> dict[str, int]:
    """Return what a date with two digits for the year may be."""
    if match[3].isalpha():
        month = month_number(match[3])
        forms = {"day first": (2000 + int(match[4]), month, int(match[1]))}
        forms["year first"] = (2000 + int(match[1]), month, int(match[4]))
    else:
        first, second, third = (int(match[group]) for group in (1, 3, 4))
        forms = {
            "year first": (2000 + first, second, third),
            "day first": (2000 + third, second, first),
            "month first": (2000 + third, first, second),
        }
    return {kind: number for kind, day in forms.items() if (number := _ordinal(day))}


def _ordinal(day: tuple[int, int, int]) -> int:
    try:
        return date(*day).toordinal()
    except ValueError:
        return 0


def about_pauses(shots: Sequence[FrameEvidence], times: Sequence[int | None]) -> list[Finding]:
    """Mention long pauses: what lies on both sides of one may differ by more than what the frames show."""
    findings = []
    for place, pause_s in largest_gaps(times, _LONG_PAUSE_S):
        before, after = shots[place], shots[place + 1]
        message = f"nothing was shot for {pause_s / 3600:.1f} h after {before.name}"
        findings.append(found(codes.LONG_PAUSE, message, after.frame, related=(before.frame,)))
    return findings


def _some(shots: Sequence[FrameEvidence]) -> str:
    names = sorted(shot.name for shot in shots)
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
