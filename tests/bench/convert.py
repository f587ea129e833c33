"""Measure ``convert`` of large pictures with many small regions: ``python -m tests.bench.convert``.

Two pictures of 20 megapixels with 50 boxes each are written in every layout. Prints CPU seconds as a ratio to encoding
the masks that AutoVI has for them (the gate: at most 1.5), and the peak memory of one worker (at most 300 MB).
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, REGIONS, IMAGES = 5472, 3648, 50, 2
LAYOUTS = ("autovi", "mvtec-loco", "mvtec-ad", "visa", "coco", "yolo")


def draw(root: Path) -> Path:
    """Write the pictures, and their boxes as COCO."""
    rng = np.random.default_rng(0)
    folder = root / "set/test"
    folder.mkdir(parents=True)
    images, entries = [], []
    for number in range(IMAGES):
        cv2.imwrite(str(folder / f"{number}.jpg"), np.full((HEIGHT, WIDTH, 3), 90 + number, np.uint8))
        images.append({"id": number, "file_name": f"{number}.jpg", "width": WIDTH, "height": HEIGHT})
        for place in range(REGIONS):
            box = [int(rng.integers(0, WIDTH - 40)), int(rng.integers(0, HEIGHT - 40)), 40, 40]
            entry = {"id": number * REGIONS + place, "image_id": number, "category_id": 1, "bbox": box, "area": 1600}
            entries.append({**entry, "iscrowd": 0, "segmentation": []})
    document = {"images": images, "annotations": entries, "categories": [{"id": 1, "name": "pit"}]}
    (folder / "_annotations.coco.json").write_text(json.dumps(document))
    return folder.parent


def encoding() -> float:
    """Return the CPU seconds that encoding one mask of each region takes."""
    from curate.imaging.images import encode_png

    mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mask[100:140, 100:140] = 255
    before = time.process_time()
    for _ in range(10):
        encode_png(mask)
    return (time.process_time() - before) / 10 * REGIONS * IMAGES


def child(root: str, layout: str) -> None:
    """Convert in this process, and print CPU seconds and peak MB."""
    from curate.convert.run import ConversionOptions, convert_dataset, plan_conversion
    from curate.execution import Execution

    dataset, _ = plan_conversion(Path(root) / "set", layout)
    before = time.process_time()
    options = ConversionOptions(sync=False)
    convert_dataset(dataset, Path(root) / layout, layout, options=options, execution=Execution(jobs=1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.process_time() - before, peak)  # noqa: T201 - the parent reads it


def main() -> None:
    """Measure every layout."""
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder))
        floor = encoding()
        print(f"encoding {REGIONS * IMAGES} masks of {WIDTH}×{HEIGHT}: {floor:.1f} s of CPU")  # noqa: T201
        for layout in LAYOUTS:
            code = f"from tests.bench.convert import child; child({folder!r}, {layout!r})"
            done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
            cpu, peak = map(float, done.stdout.split())
            print(f"{layout}: {cpu:.1f} s, {cpu / floor:.2f} of encoding; {peak:.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main()
