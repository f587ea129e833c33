"""Measure ``crop`` against merely decoding the frames and encoding the windows: ``python -m tests.bench.crop``.

Two tables. Speed: the whole stage (read, decode, match, cut, encode, write, record) on 5-megapixel JPEG frames over the
floor (read, decode, fixed cut, encode), same threads, best of alternating runs in processes of their own; the gates
of docs/measurements.md are 1.25, for matching 0.25 × decoding, and two threads should do 1.4 times the work of one.
Accuracy: position error on drawn frames of many textures (``--frames N``).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from curate.demo.scene import Scene, SessionSettings, harsh, plan_session
from tests.crop.workspaces import demo_workspace, jpeg

LARGE = SessionSettings(
    frames=32,
    seed=71,
    texture_seed=72,
    frame_px=(2590, 1942),
    window_px=400,
    context_px=800,
    jitter_px=120.0,
    conditions={},
)
"""Every frame shows the part, so that both works encode as many windows."""

SIDE = LARGE.window_px


def floor_only(root: Path, threads: int) -> None:
    """Read and decode every frame, cut a fixed box, encode it as the stage does."""
    import cv2

    from curate.imaging.images import encode_png

    cv2.setNumThreads(1)
    left, top = (LARGE.frame_px[0] - SIDE) // 2, (LARGE.frame_px[1] - SIDE) // 2

    def one(path: Path) -> int:
        frame = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
        assert frame is not None
        window = np.ascontiguousarray(frame[top : top + SIDE, left : left + SIDE])
        return len(encode_png(window))

    with ThreadPoolExecutor(threads) as pool:
        sum(pool.map(one, sorted((root / "captures").rglob("*.jpg"))))


def stage(root: Path, threads: int) -> None:
    """Run the stage from nothing."""
    from curate.crop.run import crop_windows
    from curate.execution import Execution
    from curate.workspace.workspace import open_workspace

    for folder in (root / "windows", root / "records" / "windows", root / ".curate"):
        shutil.rmtree(folder, ignore_errors=True)
    workspace, _, (category,) = open_workspace(root)
    report = crop_windows(workspace, category, execution=Execution(jobs=threads))
    assert report.matched == LARGE.frames


WORKS = {"floor": floor_only, "stage": stage}


def child(what: str, root: str, threads: int) -> None:
    """Measure from inside, imports left out: they are the command's, not the stage's."""
    import filelock  # noqa: F401
    import numpy.ma  # noqa: F401 - the first median asks for it
    import pandas as pd  # noqa: F401 - the running median asks for it
    from PIL import Image

    import curate.crop.run  # noqa: F401
    from curate.workspace.workspace import open_workspace

    Image.init()
    open_workspace(Path(root))  # checking curate.toml imports what checks it
    start, before = time.perf_counter(), time.process_time()
    WORKS[what](Path(root), threads)
    print(time.perf_counter() - start, time.process_time() - before)  # noqa: T201 - the parent reads it


def timed(what: str, root: Path, threads: int) -> tuple[float, float]:
    """Run one work in a process of its own and return its wall and CPU seconds."""
    code = f"from tests.bench.crop import child; child({what!r}, {str(root)!r}, {threads})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu


def speed(root: Path, *, rounds: int = 5) -> list[str]:
    """Return one line a number of threads: ratios of the best wall and the best CPU times."""
    demo_workspace(root, LARGE)
    lines = []
    walls: dict[str, list[float]] = {what: [] for what in WORKS}
    for threads in (1, 2):
        runs: dict[str, list[tuple[float, float]]] = {what: [] for what in WORKS}
        for _ in range(rounds):
            for what in WORKS:
                runs[what].append(timed(what, root, threads))
        floors, stages = ([min(times) for times in zip(*runs[what], strict=True)] for what in WORKS)
        ratios = ", ".join(
            f"{name} {stages[place]:.2f} / {floors[place]:.2f} s = {stages[place] / floors[place]:.2f}"
            for place, name in enumerate(("wall", "CPU"))
        )
        lines.append(f"{threads} thread(s), stage / floor: {ratios}  (gate 1.25)")
        for what, best in zip(WORKS, (floors, stages), strict=True):
            walls[what].append(best[0])
    scaling = ", ".join(f"{what} {one / two:.2f}" for what, (one, two) in walls.items())
    lines.append(f"two threads over one, wall: {scaling}  (gate 1.4 on an idle machine); {_load()}")
    return lines


def matching(root: Path, *, rounds: int = 3) -> str:
    """Return one line: the CPU time of finding the part over that of decoding the frame, each frame's best."""
    import cv2

    from curate.crop.match import find
    from curate.crop.template import prepare_template

    cv2.setNumThreads(1)
    templates = [prepare_template(Scene(LARGE).template(), "part")]
    decoding, finding = [], []
    for path in sorted((root / "captures").rglob("*.jpg")):
        content, times = np.frombuffer(path.read_bytes(), np.uint8), []
        for _ in range(rounds):
            start = time.process_time()
            frame = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
            assert frame is not None
            decoded = time.process_time()
            find(frame, templates)
            times.append((decoded - start, time.process_time() - decoded))
        decoding.append(min(entry[0] for entry in times))
        finding.append(min(entry[1] for entry in times))
    decode_ms, find_ms = (1000.0 * float(np.median(times)) for times in (decoding, finding))
    ratio = find_ms / decode_ms
    return f"match / decode, CPU: {find_ms:.2f} / {decode_ms:.2f} ms = {ratio:.2f}  (gate 0.25); {_load()}"


def _load() -> str:
    """Say how busy the machine is: on a busy one, the ratios say little."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def measured(settings: SessionSettings) -> list[tuple[bool, bool, float]]:
    """Return for each frame: whether a part can be cropped, whether it was accepted, and its error in pixels."""
    import cv2

    from curate.crop.judge import calibrate, judge_match, judge_overhang, worst
    from curate.crop.known import Found
    from curate.crop.match import find
    from curate.crop.place import place_around
    from curate.crop.template import prepare_template
    from curate.model.config import WindowConfig

    scene = Scene(settings)
    template = prepare_template(scene.template(), "part")
    limits, side = calibrate(WindowConfig(mode="match"), []), settings.window_px
    results = []
    for shot in plan_session(settings):
        frame = cv2.imdecode(np.frombuffer(jpeg(scene.render(shot)), np.uint8), cv2.IMREAD_COLOR)
        assert frame is not None
        match = Found.of_match(find(frame, [template]))
        place = place_around(match.x_px, match.y_px, (side, side))
        verdict = worst(judge_match(match, limits), judge_overhang(place, *settings.frame_px))
        there = not {"empty", "displaced"} & set(shot.conditions)
        centre = shot.centre_px or (np.inf, np.inf)
        error = float(np.hypot(match.x_px - centre[0], match.y_px - centre[1]))
        results.append((there, verdict.status == "accepted", error))
    return results


def accuracy(sessions: Sequence[SessionSettings]) -> str:
    """Return one line about position errors."""
    with ProcessPoolExecutor(2) as pool:
        results = [entry for session in pool.map(measured, sessions) for entry in session]
    errors = np.array([error for _, accepted, error in results if accepted])
    there = sum(entry[0] for entry in results)
    return (
        f"{len(results)} frames, {there} with a part: accepted {sum(a for t, a, _ in results if t)} of them and "
        f"{sum(a for t, a, _ in results if not t)} of {len(results) - there} without; error of the accepted: "
        f"median {np.median(errors):.2f} px, 99 % {np.percentile(errors, 99):.2f} px, largest {errors.max():.2f} px, "
        f"{np.mean(errors <= 5):.2%} within 5 px"
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=600, help="frames for the accuracy table")
    frames = parser.parse_args().frames
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(speed(Path(folder))))  # noqa: T201
        print(matching(Path(folder)))  # noqa: T201
    small = [harsh(50, 5000 + seed, 500 + seed) for seed in range(-(-frames // 50))]
    print("harsh, 960×720: " + accuracy(small))  # noqa: T201
    camera = {"frame_px": (2590, 1942), "window_px": 400, "context_px": 800}
    large = [replace(session, frames=12, **camera) for session in small[:10]]  # type: ignore[arg-type]
    print("harsh, 2590×1942: " + accuracy(large))  # noqa: T201


if __name__ == "__main__":
    main()
