"""What the cut images of a series are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath


def image_names(frames: Sequence[str]) -> dict[str, str]:
    """Name the cut image of each frame of one series.

    ``<series>/<stem>.png``; where two frames would get one name, also on file systems that take ``A`` and ``a`` for
    one, both keep their whole file name: ``<series>/<file name>.png``.

    >>> image_names(["s/1.jpg", "s/2.jpg", "s/2.png"])
    {'s/1.jpg': 's/1.png', 's/2.jpg': 's/2.jpg.png', 's/2.png': 's/2.png.png'}
    """
    names = {frame: f"{PurePosixPath(frame).with_suffix('')}.png" for frame in frames}
    while True:
        counts = Counter(name.casefold() for name in names.values())
        clashing = [frame for frame, name in names.items() if counts[name.casefold()] > 1]
        changed = {frame: f"{frame}.png" for frame in clashing if names[frame] != f"{frame}.png"}
        if not changed:
            return names
        names |= changed
