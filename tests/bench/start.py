"""Measure what ``curate evaluate`` costs beyond decoding: ``python -m tests.bench.start [FOLDER]``.

*Decoding* is a process that imports NumPy and OpenCV and decodes the same files on as many threads: maps and masks; for
a first run, which checks the dataset, its images, too. *Beyond* is the whole command less that process. A first run
finds an empty cache; both are least of nine paired runs, and CPU says more than wall where others use the machine.
Gate of docs/measurements.md: 60 maps of 400×400 take at most 0.35 s beyond decoding, on a first run, too.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.processes import decoding, evaluating, least
from tests.bench.tank import KINDS, draw_tank

ROUNDS = 9
GOOD, DEFECTIVE, SIZE = 40, 20, (400, 400)


def report(root: Path) -> str:
    """Measure everything and render the table."""
    cache = root / "cache"
    lines = [f"{'maps':8}  {'run':5}  decoding s (wall, CPU)  beyond s (wall, CPU)"]
    for name, (folder, _) in KINDS.items():
        times = least(
            ROUNDS,
            partial(decoding, root, folder, "test", "train"),
            partial(evaluating, root, folder, cache, first=True),
            partial(decoding, root, folder),
            partial(evaluating, root, folder, cache),
        )
        for run, (decode, whole) in {"first": times[:2], "again": times[2:]}.items():
            beyond = [mine - base for mine, base in zip(whole, decode, strict=True)]
            lines.append(f"{name:8}  {run:5}  {decode[0]:14.2f}{decode[1]:8.2f}  {beyond[0]:13.2f}{beyond[1]:7.2f}")
    return "\n".join([*lines, f"load {os.getloadavg()[0]:.1f}"])


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    if not (place / "data").is_dir():
        draw_tank(place, good=GOOD, defective=DEFECTIVE, size=SIZE)
    print(report(place))  # noqa: T201
    if len(sys.argv) == 1:
        shutil.rmtree(place)
