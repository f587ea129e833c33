"""Take over a split that somebody else has made: match its names to frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from curate.model.capture import Capture
from curate.model.rows import SplitRow
from curate.split.labelled_frames import LabelledFrame, make_row

SIDES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
"""What other people call the sides."""


def side_of(name: str) -> str:
    """Return the side that a word means, ``""`` when it means none.

    >>> side_of("Validation"), side_of("holdout")
    ('val', '')
    """
    return SIDES.get(name.strip().lower(), "")


def given(
    frames: Sequence[LabelledFrame], captures: Sequence[Capture], sides: Sequence[tuple[str, str]]
) -> tuple[tuple[SplitRow, ...], list[str], list[str]]:
    """Put frames on the sides that a foreign split names.

    Parameters
    ----------
    frames, captures
        The same frames, in the same order.
    sides : sequence of (str, str)
        The foreign split's own name of an image (a frame, a path, or a file name) and its side; may name one twice.

    Returns
    -------
    rows : tuple of SplitRow
    unmatched : list of str
        Names in the foreign split that are no frame here, or could be several.
    conflicting : list of str
        Frames that the foreign split names on two sides.
    """
    index = _index(captures)
    found: dict[str, set[str]] = defaultdict(set)
    unmatched = set()
    for name, side in sides:
        matches = _matches(index, name)
        if len(matches) == 1:
            found[matches[0]].add(side)
        else:
            unmatched.add(name)
    conflicting = sorted(frame for frame, names in found.items() if len(names) > 1)
    rows = []
    for frame in frames:
        names = found.get(frame.frame, set())
        side = next(iter(names)) if len(names) == 1 else ""
        reason = (
            "as the given split says"
            if side
            else "the given split names two sides"
            if names
            else "not in the given split"
        )
        rows.append(make_row(frame, side, reason))
    return tuple(rows), sorted(unmatched), conflicting


def _index(captures: Sequence[Capture]) -> dict[str, list[str]]:
    """Return the frames by every tail of their paths, with and without the file's ending."""
    index: dict[str, list[str]] = defaultdict(list)
    for capture in captures:
        for tail in sorted({tail for path in (capture.frame, capture.source) for tail in _tails(path)}):
            index[tail].append(capture.frame)
    return index


def _matches(index: Mapping[str, list[str]], name: str) -> list[str]:
    """Return the frames that the longest tail of a name fits."""
    return next((index[tail] for tail in _tails(name.replace("\\", "/")) if tail in index), [])


def _tails(path: str) -> list[str]:
    """Return a path and each of its ends, longest first, each with and without the file's ending.

    >>> _tails("a/b.png")
    ['a/b.png', 'a/b', 'b.png', 'b']
    """
    parts = PurePosixPath(path).parts
    ends = [PurePosixPath(*parts[start:]) for start in range(len(parts))]
    return [text for end in ends for text in (str(end), str(end.with_suffix("")))]
