"""Follow a camera's counter through its clock: where it restarted, turned over, and where the clock was set back.

A *run* is a stretch of shots in which counter and clock both go up. Runs are found by linking each number to the
nearest shot, in time, that has a lower one; a camera that counted from 1 on two days has two runs with equal numbers.
Runs follow each other by their clock, unless the counter goes on where the clock went back: then the later run is
joined to the earlier one, and the place is a *setback*. What speaks for both readings is a *doubt*. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from statistics import median

_NS = 1_000_000_000
_HOUR_BACK_NS = (1_800 * _NS, 3_660 * _NS)
_LOST = 3
"""So many numbers farther, a counter still goes on at once: shots are lost where a clock is set."""
_FEW_LOST = 16
_LONG_NS = 6 * 3_600 * _NS
"""Rather than a clock that was set back so far, a counter was started again; so long a pause ends a run."""
_NEAR_END = 100
"""A counter is about to turn over, or has just done so, within a hundredth of its ring."""
_FASTER, _SLACK_NS = 10, 7_200 * _NS
"""A counter that ran so many times faster than its camera shoots, over two hours, was set and did not count."""
_LAST_HOUR, _WEEK, _SUNDAY = 4, 7, 6


@dataclass(frozen=True, slots=True)
class Joint:
    """Two shots between which counter and clock say different things, by their places in the input."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Runs:
    """A counter's runs.

    Attributes
    ----------
    chains : tuple of tuple of int
        Places of shots in the order of the counter; chains follow or overlap each other in time.
    setbacks : tuple of Joint
        Inside the chains: the clock goes back, the counter on.
    doubts : tuple of Joint
        Between chains, by the clock: the counter starts lower though it need not have restarted.
    crossing : tuple of Joint
        Two chains that overlap in time: several cameras, or a clock that was set when the counter was.
    backward : int
        How often the clock goes back along the counter, as far as numbers can be linked at all.
    lines : int
        How many runs the numbers make if pauses do not end one.
    """

    chains: tuple[tuple[int, ...], ...]
    setbacks: tuple[Joint, ...]
    doubts: tuple[Joint, ...]
    crossing: tuple[Joint, ...]
    backward: int
    lines: int


def goes_back_an_hour(step_ns: int) -> bool:
    """Whether a step back of a clock looks like the end of daylight saving: an hour, less the pause between shots."""
    return _HOUR_BACK_NS[0] <= step_ns <= _HOUR_BACK_NS[1]


def ends_daylight_saving(time_ns: int) -> bool:
    """Whether a local time lies in a night in which some country ends daylight saving.

    The last Sunday of October, the first of November or of April, until four o'clock.

    >>> from datetime import UTC, datetime
    >>> [ends_daylight_saving(int(datetime(2026, 10, day, 2, 30, tzinfo=UTC).timestamp()) * 10**9) for day in (25, 26)]
    [True, False]
    """
    moment = datetime.fromtimestamp(time_ns // _NS, tz=UTC)
    last_of_october = moment.month == 10 and moment.day > 31 - _WEEK  # noqa: PLR2004 - October
    first = moment.month in {4, 11} and moment.day <= _WEEK
    return moment.weekday() == _SUNDAY and moment.hour < _LAST_HOUR and (last_of_october or first)


def find_runs(numbers: Sequence[int], times: Sequence[int], digits: Sequence[int]) -> Runs:
    """Follow a counter through a clock.

    Parameters
    ----------
    numbers : sequence of int
        One a shot.
    times : sequence of int
        Of the same shots, by their clock, in nanoseconds.
    digits : sequence of int
        Of each number as it is written: a counter of four digits turns over after 9999.

    Examples
    --------
    >>> find_runs([1, 2, 3, 1, 2], [10, 11, 12, 20, 21], [4] * 5).chains
    ((0, 1, 2), (3, 4))
    """
    pieces: list[list[int]] = []
    joints: list[tuple[int, int]] = []
    backward = 0
    lines = _linked(numbers, times)
    for chain in lines:
        pace = _pace(chain, numbers, times)
        start = len(pieces)
        pieces.append([chain[0]])
        for before, after in pairwise(chain):
            pause = times[after] - times[before]
            backward += pause < 0
            if not 0 <= pause <= _LONG_NS or _jumps(numbers[after] - numbers[before], pause, pace):
                pieces.append([])
            pieces[-1].append(after)
        joints += pairwise(range(start, len(pieces)))
    return _Joining(numbers, times, digits, pieces).carry_out(joints, backward, len(lines))


def _linked(numbers: Sequence[int], times: Sequence[int]) -> list[list[int]]:
    """Link each number to the nearest shot in time that has a lower one and is not followed by another."""
    chains: list[list[int]] = []
    tails: list[tuple[int, int]] = []
    order = sorted(range(len(numbers)), key=lambda place: (numbers[place], times[place], place))
    for _, group in groupby(order, key=numbers.__getitem__):
        free, earlier = list(group), tails
        tails = list(earlier)
        followed: list[tuple[int, int]] = []
        while free and tails:
            taken: set[int] = set()
            near = [(abs(tail[0] - times[place]), place, tail) for place, tail in _nearest(free, tails, times)]
            for _, place, tail in sorted(near):
                if place in taken or tail not in tails:
                    continue
                taken.add(place)
                tails.remove(tail)
                chains[tail[1]].append(place)
                followed.append((times[place], tail[1]))
            free = [place for place in free if place not in taken]
            if not taken:
                break
        for place in free:
            chains.append([place])
            followed.append((times[place], len(chains) - 1))
        for entry in followed:
            insort(tails, entry)
    return chains


def _nearest(
    places: Sequence[int], tails: Sequence[tuple[int, int]], times: Sequence[int]
) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield for each place the tails just before it and, unless that is a long time, just after it."""
    for place in places:
        right = bisect_left(tails, (times[place] + 1, -1))
        if right:
            yield place, tails[right - 1]
        if right < len(tails) and tails[right][0] - times[place] <= _LONG_NS:
            yield place, tails[right]


def _pace(chain: Sequence[int], numbers: Sequence[int], times: Sequence[int]) -> float:
    """Return how long the camera typically took for one number, in nanoseconds."""
    steps = [
        (times[after] - times[before]) / (numbers[after] - numbers[before])
        for before, after in pairwise(chain)
        if times[after] >= times[before]
    ]
    return median(steps) if steps else 0.0


def _jumps(step: int, pause_ns: int, pace: float) -> bool:
    """Whether a counter went farther than its camera can have shot in a pause."""
    return step > _FEW_LOST and step * pace > _FASTER * pause_ns + _SLACK_NS


class _Joining:
    """Decides which pieces of a counter belong together although the clock goes back between them."""

    def __init__(
        self, numbers: Sequence[int], times: Sequence[int], digits: Sequence[int], pieces: list[list[int]]
    ) -> None:
        self.numbers, self.times, self.digits = numbers, times, digits
        self.pieces = pieces

    def carry_out(self, joints: Sequence[tuple[int, int]], backward: int, lines: int) -> Runs:
        """Join what belongs together; ``joints`` are pairs of pieces that one chain of numbers holds."""
        follows = {first: second for first, second in joints if self._goes_on(first, second)}
        parted = [pair for pair in joints if follows.get(pair[0]) != pair[1]]
        turns, doubtful = self._turns(follows)
        follows |= turns
        joined = [Joint(self.pieces[a][-1], self.pieces[b][0]) for a, b in follows.items()]
        setbacks = [joint for joint in joined if self.times[joint.after] < self.times[joint.before]]
        heads = [number for number in range(len(self.pieces)) if number not in set(follows.values())]
        chains = []
        for head in heads:
            chain, number = list(self.pieces[head]), head
            while number in follows:
                number = follows[number]
                chain += self.pieces[number]
            chains.append(tuple(chain))
        chains.sort(key=lambda chain: (self.times[chain[0]], self.numbers[chain[0]], chain[0]))
        return Runs(
            chains=tuple(chains),
            setbacks=tuple(sorted(setbacks, key=lambda joint: self.times[joint.before])),
            doubts=(*doubtful, *self._doubts(parted)),
            crossing=tuple(self._crossing(chains)),
            backward=backward,
            lines=lines,
        )

    def _goes_on(self, first: int, second: int) -> bool:
        """Whether the counter goes on from one piece to another that the clock has before its end."""
        before, after = self.pieces[first][-1], self.pieces[second][0]
        back = self.times[before] - self.times[after]
        if back <= 0:
            return False
        gap = self.numbers[after] - self.numbers[before]
        many = len(self.pieces[first]) + len(self.pieces[second])
        overlap = self.times[self.pieces[second][-1]] > self.times[self.pieces[first][0]]
        restarted = back > _LONG_NS and self._at_start(self.pieces[first])
        return (
            (gap <= _LOST and not restarted)
            or (overlap and gap <= max(_FEW_LOST, 2 * many))
            or (goes_back_an_hour(back) and ends_daylight_saving(self.times[after]) and gap <= _FEW_LOST * many)
        )

    def _turns(self, follows: dict[int, int]) -> tuple[dict[int, int], list[Joint]]:
        """Return the pieces between which a counter turned over, and those between which it may have."""
        ends = [number for number, piece in enumerate(self.pieces) if number not in follows and self._at_end(piece[-1])]
        taken = set(follows.values())
        turns: dict[int, int] = {}
        doubtful = []
        for end in ends:
            last = self.pieces[end][-1]
            ring = int(10 ** self.digits[last])
            starts = [n for n, piece in enumerate(self.pieces) if n not in taken and self._at_start(piece, ring)]
            near = [(abs(self.times[self.pieces[n][0]] - self.times[last]), n) for n in starts]
            step, start = min((entry for entry in near if entry[1] not in turns.values()), default=(0, end))
            first = self.pieces[start][0]
            if start == end:
                continue
            onward = self.times[first] >= self.times[last]
            overlap = self.times[self.pieces[start][-1]] > self.times[self.pieces[end][0]]
            if onward or overlap or goes_back_an_hour(step):
                turns[end] = start
            elif ring - 1 - self.numbers[last] + self.numbers[first] <= _LOST:
                doubtful.append(Joint(self.pieces[start][-1], self.pieces[end][0]))
        return turns, doubtful

    def _at_end(self, place: int) -> bool:
        ring = int(10 ** self.digits[place])
        return (ring - self.numbers[place]) * _NEAR_END <= ring

    def _at_start(self, piece: Sequence[int], ring: int = 0) -> bool:
        """Whether a piece begins where a counter does that was just started, or that has just turned over."""
        return self.numbers[piece[0]] <= max(_FEW_LOST, ring // _NEAR_END)

    def _doubts(self, parted: Sequence[tuple[int, int]]) -> Iterator[Joint]:
        """Yield what was taken for a restart, and may as well be a clock that was set back."""
        for first, second in parted:
            earlier, later = self.pieces[second], self.pieces[first]
            if self.times[earlier[0]] >= self.times[later[-1]]:
                continue  # the clock goes on, only far
            gap = self.numbers[earlier[0]] - self.numbers[later[-1]]
            if gap <= _FEW_LOST or not self._at_start(later):
                yield Joint(earlier[-1], later[0])

    def _crossing(self, chains: Sequence[Sequence[int]]) -> Iterator[Joint]:
        """Yield chains that the clock interleaves, which no single counter does."""
        reach: Sequence[int] = ()
        seen: set[tuple[int, int]] = set()
        for chain in chains:
            shots = {(self.numbers[place], self.times[place]) for place in chain}
            if shots <= seen:
                continue  # copies, edited: the same numbers at the same times
            seen |= shots
            last = max(chain, key=self.times.__getitem__)
            if reach and self.times[chain[0]] < self.times[reach[0]]:
                yield Joint(reach[0], chain[0])
            if not reach or self.times[last] > self.times[reach[0]]:
                reach = (last,)
