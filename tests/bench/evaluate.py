"""Measure ``evaluate`` against merely decoding the same files: ``python -m tests.bench.evaluate [FOLDER]``.

Prints ratios of wall times, same threads, best of three alternating runs, each in its own process; and peak memory,
also of half the images. The command as a whole is compared with a process that imports NumPy and OpenCV and decodes
the same files (:mod:`tests.bench.processes`), once what the check of the dataset finds is remembered, and on a first
run. On a machine that others use too, CPU times say more than wall times; the load is printed.
The gates of docs/measurements.md: 16-bit ≤ 1.15, 8-bit ≤ 1.35, float32 ≤ 1.1 × 16-bit; ≤ 150 MB (PNG), ≤ 400 MB
(float32), flat in the number of images; the command ≤ 1.25, wall and CPU; 1000 resamples add less than 30 s.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.bench.decode import THREADS, decode_only
from tests.bench.processes import decoding, evaluating, least
from tests.bench.tank import DEFECTIVE, GOOD, KINDS, draw_tank

ROUNDS = 3


def evaluate(root: Path, folder: str) -> None:
    """Score the same files."""
    from curate.evaluate.run import evaluate_submission
    from curate.execution import Execution

    report = evaluate_submission(root / folder, root / "data", execution=Execution(jobs=THREADS))
    assert report.result is not None


def timed(what: str, root: Path, folder: str) -> tuple[float, float, float]:
    """Run one work in a process of its own: its wall seconds, CPU seconds, peak MB."""
    code = f"from tests.bench.evaluate import child; child({what!r}, {str(root)!r}, {folder!r})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    wall, cpu, peak = map(float, done.stdout.split())
    return wall, cpu, peak


def child(what: str, root: str, folder: str) -> None:
    """Measure from inside, imports left out: they are the command's, not the pass's."""
    import curate.evaluate.run  # noqa: F401

    start, before = time.perf_counter(), time.process_time()
    {"decode": decode_only, "evaluate": evaluate}[what](Path(root), folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.perf_counter() - start, time.process_time() - before, peak)  # noqa: T201


def report(root: Path) -> str:
    """Measure everything and render the table."""
    half = root / "half"
    if not half.is_dir():
        draw_tank(half, good=GOOD // 2, defective=DEFECTIVE // 2)
    lines = [
        f"{'maps':8}  decode s  evaluate s   ratio  command    CPU  first CPU  1000 resamples s  CPU s  peak  of half"
    ]
    walls, cpus = {}, {}
    for name, (folder, _) in KINDS.items():
        rounds = [(timed("decode", root, folder), timed("evaluate", root, folder)) for _ in range(ROUNDS)]
        base = min(first[0] for first, _ in rounds)
        walls[name] = wall = min(second[0] for _, second in rounds)
        cache = root / "cache"
        first = evaluating(root, folder, cache, first=True)
        bare, whole = least(ROUNDS, partial(decoding, root, folder), partial(evaluating, root, folder, cache))
        more = evaluating(root, folder, cache, "--bootstrap", "1000").wall_s - whole.wall_s
        cpus[name] = cpu = min(second[1] for _, second in rounds)
        peak, of_half = max(second[2] for _, second in rounds), timed("evaluate", half, folder)[2]
        lines.append(
            f"{name:8}  {base:8.2f}  {wall:10.2f}  {wall / base:6.3f}  "
            f"{whole.wall_s / bare.wall_s:7.3f}  {whole.cpu_s / bare.cpu_s:5.3f}  {first.cpu_s / bare.cpu_s:9.3f}  "
            f"{more:16.1f}  {cpu:5.2f}  {peak:7.0f}  {of_half:7.0f}"
        )
    wall, cpu = (times["float32"] / times["16-bit"] for times in (walls, cpus))
    lines.append(f"float32 / 16-bit PNG: {wall:.3f} (CPU {cpu:.3f}); load {os.getloadavg()[0]:.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        place = Path(sys.argv[1])
        if not (place / "data").is_dir():
            draw_tank(place)
        print(report(place))  # noqa: T201
    else:
        with tempfile.TemporaryDirectory() as scratch:
            print(report(draw_tank(Path(scratch))))  # noqa: T201
