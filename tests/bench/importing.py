"""Measure ``import`` and ``screen`` against the floors of docs/measurements.md: ``python -m tests.bench.importing``.

Ingest over plainly hashing the same files, an import of an unchanged folder over listing and stat, screening a window
over decoding its frame, and loading a million records. Best of alternating rounds; ratios, because machines differ.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from curate.disk.tables import read_table, write_table
from curate.execution import Execution
from curate.imaging.images import decode, encode_png
from curate.importing.options import ImportOptions
from curate.importing.run import import_frames
from curate.model.capture import Capture
from curate.screen.measures import look_at, to_grey
from curate.workspace.workspace import init_workspace

ROUNDS = 5


def best(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Return the least wall time of several runs, in seconds."""
    times = []
    for _ in range(ROUNDS):
        before()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def frames(folder: Path, count: int) -> None:
    """Write JPEG files of about 1.4 MB that differ in a comment."""
    rng = np.random.default_rng(0)
    smooth = cv2.GaussianBlur(rng.integers(0, 256, (1942, 2590, 3), dtype=np.uint8), (0, 0), 2.0)
    frame = cv2.normalize(smooth, np.empty_like(smooth), 0, 255, cv2.NORM_MINMAX)
    content = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
    folder.mkdir(parents=True)
    for index in range(count):
        comment = b"\xff\xfe\x00\x0a" + f"{index:08d}".encode()
        (folder / f"{index:05d}.jpg").write_bytes(content[:2] + comment + content[2:])


def ingest(root: Path, count: int) -> None:
    """Print the ratios of ingest."""
    camera = root / "camera"
    frames(camera, count)
    paths = sorted(camera.iterdir())

    def hashing() -> None:
        for path in paths:
            with path.open("rb") as stream:
                hashlib.file_digest(stream, "sha256").hexdigest()

    floor = best(hashing)
    target = root / "workspace"
    for title, link, jobs in (("copy", False, 0), ("copy", False, 1), ("link", True, 0), ("link", True, 1)):
        options, execution = ImportOptions(link=link), Execution(jobs=jobs)

        def take(options: ImportOptions = options, execution: Execution = execution) -> None:
            import_frames(init_workspace(target)[0], [camera], "clip", options, execution=execution)

        spent = best(take, before=lambda: shutil.rmtree(target, ignore_errors=True))
        print(f"ingest, {title}, {execution.workers} threads: {floor / spent:.2f} of the speed of hashing")  # noqa: T201


def unchanged(root: Path, count: int) -> None:
    """Print what an import costs that has nothing to do, beside listing the folder with the state of each file."""
    camera = root / "camera"
    camera.mkdir(parents=True)
    content = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    for index in range(count):
        comment = b"\xff\xfe\x00\x0a" + f"{index:08d}".encode()
        (camera / f"frame_{index:08d}.jpg").write_bytes(content[:2] + comment + content[2:])

    def listing() -> None:
        with os.scandir(camera) as entries:
            for entry in entries:
                entry.stat()

    def again() -> None:
        assert not import_frames(
            init_workspace(root / "workspace")[0], [camera], "clip", ImportOptions(link=True)
        ).added

    import_frames(init_workspace(root / "workspace")[0], [camera], "clip", ImportOptions(link=True))
    spent, floor = (1e6 * best(work) / count for work in (again, listing))
    told = f"{spent:.1f} µs a file, listing and stat {floor:.1f}: {spent / floor:.1f} times"
    print(f"unchanged folder of {count}: {told}")  # noqa: T201


def screening() -> None:
    """Print what measuring a window costs, as a share of decoding its frame; the first decoding must be OpenCV's."""
    rng = np.random.default_rng(1)
    smooth = cv2.GaussianBlur(rng.integers(0, 256, (1942, 2590, 3), dtype=np.uint8), (0, 0), 2.0)
    frame = cv2.normalize(smooth, np.empty_like(smooth), 0, 255, cv2.NORM_MINMAX)
    content = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    window = encode_png(np.ascontiguousarray(frame[700:1100, 900:1300]))

    def screen(content: bytes) -> None:
        look_at(to_grey(decode(content, Path("window.png"))))

    encoded = np.frombuffer(content, np.uint8)
    floors = {"OpenCV by itself": best(lambda: cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED))}
    floors["curate"] = best(lambda: decode(content, Path("frame.jpg")))  # keeps freed memory from here on
    for what, picture in (("a window", window), ("a whole frame, decoding included", content)):
        spent = best(lambda: screen(picture))  # noqa: B023 - called at once
        shares = ", ".join(f"{spent / floor:.3f} of decoding the frame by {who}" for who, floor in floors.items())
        print(f"screening {what}: {shares}")  # noqa: T201


def records(root: Path) -> None:
    """Print how long a million records take to load."""
    row = Capture("s/f", "2022-08-11T10:00:00.123+02:00", "exif", "123", "good", "", 2590, 1942, "RGB", 1, "0" * 64)
    for shard in range(100):
        rows = [
            replace(row, frame=f"s{shard}/frame_{index:06d}.jpg", sha256=f"{index:064x}") for index in range(10_000)
        ]
        write_table(root / f"s{shard}.csv", rows, Capture)
    start = time.process_time()
    count = sum(len(read_table(path, Capture)) for path in sorted(root.glob("s*.csv")))
    print(f"{count} records: {time.process_time() - start:.1f} s of CPU")  # noqa: T201


if __name__ == "__main__":
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        ingest(Path(folder) / "ingest", 200)
        unchanged(Path(folder) / "unchanged", 10_000)
        screening()
        records(Path(folder))
