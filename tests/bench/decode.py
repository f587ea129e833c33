"""Decode the files that an evaluation reads, and do no more: ``python -m tests.bench.decode ROOT FOLDER [SPLIT…]``."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

THREADS = 2


def decode_only(root: Path, folder: str, *splits: str) -> None:
    """Decode all maps and masks with OpenCV, the fastest decoder at hand, and the images of some splits."""
    cv2.setNumThreads(1)
    category = root / "data" / "tank"
    places = [root / folder, category / "ground_truth", *(category / split for split in splits)]
    paths = [path for place in places for path in sorted(place.rglob("*.*"))]

    def decode(path: Path) -> bool:
        return cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED) is not None

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(decode, paths))


if __name__ == "__main__":
    decode_only(Path(sys.argv[1]), *sys.argv[2:])
