"""Measure the leakage checks of ``validate`` against decoding: ``python -m tests.bench.leakage [FOLDER] [COUNT]``.

Draws COUNT (10,000) pictures of 400×400 behind one fixed camera, so that every frame looks alike, with a few shots
planted a second time in the test set; checks them and half as many; prints ratios of CPU and wall time, same threads,
best of two alternating runs, each in its own process; what was found; and the load. About 2 GB in FOLDER, a temporary
one by default, removed at the end.
The gate: near-duplicates and all other checks in less than 1.3 × decoding the images once, near-linear in their number.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

COUNT, SIDE, THREADS, ROUNDS = 10_000, 400, 2, 2
SHOT_AGAIN = ("noise", "lamp", "jpeg", "shift", "turn", "brighter", "mirrored", "quarter")
"""What is planted: train image number k + 1 stands again in the test set, changed that way."""

Pixels = NDArray[np.uint8]


def scenery(side: int = SIDE) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what all frames share, the fixture behind the item and a pool of sensor noise."""
    rng = np.random.default_rng(0)
    light = rng.uniform(50, 200, (24, 24, 3)).astype(np.float32)
    grain = cv2.GaussianBlur(rng.normal(0, 14, (side, side, 3)).astype(np.float32), (0, 0), 1.2)
    base = cv2.resize(light, (side, side), interpolation=cv2.INTER_CUBIC) + grain
    return np.asarray(base, np.float32), rng.normal(0, 1.6, (2 * side, 2 * side, 3)).astype(np.float32)


def frame(number: int, base: NDArray[np.float32], noise: NDArray[np.float32]) -> Pixels:
    """Draw one item: its own texture, place and light, before the scenery that all share."""
    rng = np.random.default_rng(number + 1)
    side = base.shape[0]
    size = side * 5 // 8
    item = cv2.resize(rng.normal(0, 22, (14, 14)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    x, y = rng.integers(side // 6, side // 4, 2).tolist()
    down, right = rng.integers(0, side, 2).tolist()
    picture = base * rng.uniform(0.92, 1.08)
    picture[y : y + size, x : x + size] += item[:, :, None]
    picture += noise[down : down + side, right : right + side]
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


def again(picture: Pixels, kind: str) -> Pixels:
    """Return the same shot as another trigger, lamp, encoder or careless hand would give it."""
    side = picture.shape[0]
    if kind == "noise":
        return np.asarray(np.clip(picture + np.random.default_rng(7).normal(0, 4, picture.shape), 0, 255), np.uint8)
    if kind in {"lamp", "brighter"}:
        return np.asarray(np.clip(picture * (1.06 if kind == "lamp" else 1.25), 0, 255), np.uint8)
    if kind == "jpeg":
        return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 1), np.uint8)
    if kind == "shift":
        return np.roll(picture, (2, 3), axis=(0, 1))
    if kind == "turn":
        turn = cv2.getRotationMatrix2D((side / 2, side / 2), 1.0, 1.0)
        return np.asarray(cv2.warpAffine(picture, turn, (side, side), borderMode=cv2.BORDER_REFLECT), np.uint8)
    return np.ascontiguousarray(picture[:, ::-1] if kind == "mirrored" else np.rot90(picture))


def draw_category(root: Path, count: int = COUNT, side: int = SIDE) -> Path:
    """Write ``root/line``: nine tenths train, the rest test, the last ones planted."""
    base, noise = scenery(side)
    train, planted = count * 9 // 10, len(SHOT_AGAIN)

    def draw(number: int) -> None:
        kind = SHOT_AGAIN[number - (count - planted)] if number >= count - planted else ""
        again_of = number - (count - planted) + 1
        picture = again(frame(again_of, base, noise), kind) if kind else frame(number, base, noise)
        name = f"train/good/{number:05d}" if number < train else f"test/good/{number - train:05d}"
        path = root / "line" / f"{name}.png"
        assert cv2.imwrite(str(path), picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])

    for folder in ("train", "test"):
        (root / "line" / folder / "good").mkdir(parents=True)
    (root / "line" / "defects_config.json").write_text("[]\n", encoding="utf-8")
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(draw, range(count)))
    return root


def planted(count: int) -> dict[str, tuple[str, str]]:
    """Return test image and train image of each planted pair, by what was done to it."""
    first = count - len(SHOT_AGAIN)
    return {
        kind: (f"line/test/good/{first + place - count * 9 // 10:05d}.png", f"line/train/good/{place + 1:05d}.png")
        for place, kind in enumerate(SHOT_AGAIN)
    }


def check(root: Path) -> str:
    """Validate, remembering nothing; return what was found."""
    from curate.execution import Execution
    from curate.validate.run import validate_dataset

    report = validate_dataset(root, execution=Execution(jobs=THREADS))
    return "\n".join(f"{f.code} {f.severity} {f.path}: {f.message} {' '.join(f.related)}" for f in report.findings)


def decode_only(root: Path) -> str:
    """Read and decode the same files with OpenCV, the fastest decoder at hand."""
    cv2.setNumThreads(1)

    def decode(path: Path) -> bool:
        return cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED) is not None

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(decode, sorted(root.rglob("*.png"))))
    return ""


def timed(what: str, root: Path) -> tuple[float, float, str]:
    """Run one work in a process of its own: its wall seconds, CPU seconds, and what it said."""
    code = f"from tests.bench.leakage import child; child({what!r}, {str(root)!r})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    head, _, said = done.stdout.partition("\n")
    wall, cpu = map(float, head.split())
    return wall, cpu, said


def child(what: str, root: str) -> None:
    """Measure from inside, imports left out: they are the command's, not the check's."""
    import curate.validate.run  # noqa: F401

    start, before = time.perf_counter(), time.process_time()
    said = {"decode": decode_only, "check": check}[what](Path(root))
    print(time.perf_counter() - start, time.process_time() - before)  # noqa: T201
    print(said)  # noqa: T201


def report(folder: Path, count: int) -> str:
    """Measure half of the images and all, and render the table."""
    lines = [" images  decode s (CPU)   check s (CPU)     wall ratio  CPU ratio"]
    said = ""
    for number in (count // 2, count):
        root = draw_category(folder / str(number), number)
        rounds = [(timed("decode", root), timed("check", root)) for _ in range(ROUNDS)]
        decode_wall, decode_cpu = min(first[0] for first, _ in rounds), min(first[1] for first, _ in rounds)
        check_wall, check_cpu = min(second[0] for _, second in rounds), min(second[1] for _, second in rounds)
        lines.append(
            f"{number:7}  {decode_wall:6.1f} ({decode_cpu:6.1f})  {check_wall:6.1f} ({check_cpu:6.1f})"
            f"  {check_wall / decode_wall:10.3f}  {check_cpu / decode_cpu:9.3f}"
        )
        said = rounds[0][1][2]
        shutil.rmtree(root)
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return "\n".join([*lines, f"load {load}, {THREADS} threads", f"planted: {planted(count)}", said])


if __name__ == "__main__":
    number = int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as scratch:
        print(report(Path(scratch), number))  # noqa: T201
