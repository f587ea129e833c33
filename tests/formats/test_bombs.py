"""Documents of a few bytes that name pictures of any size are read in bounded memory, or refused."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

MOST_MB = 500
SIDE = 11_585
"""The largest square mask that is unpacked at all: 2^27 pixels."""
CAMERA = 10_000
"""Side of a frame of 100 megapixels, which outlines are filled in."""

PROBE = """
import resource, sys
from pathlib import Path
from curate.errors import InputError
from curate.formats.pairing import KnownPicture, PictureIndex
from curate.formats.registry import format_of, read_as
from curate.formats.documents import LabelFile, read_document
from curate.formats.records import Surroundings
from curate.label.plan import plan_import
from curate.imaging.images import decode
path, kind, name, side = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
start = peak()
try:
    document = read_document(LabelFile(path, path.name, kind))
    entry = format_of(kind, document, name)
    decoder = lambda content: decode(content, path)
    around = Surroundings(size_of=lambda _: (side, side), decode=decoder, defect="dent", classes={0: "dent"})
    parsed = read_as(entry, document, path.name, around)
    picture = KnownPicture(("captures", "part", "main", "1.png"), "main/1.png", "", (side, side), (side, side))
    plan = plan_import(parsed, PictureIndex([picture]), ("dent",), {}, [])
    print(len(plan.annotations), file=sys.stderr)
except InputError as error:
    print(error, file=sys.stderr)
print(peak() - start)
"""


def _coco(counts: Any, side: int, copies: int) -> str:
    region = {"image_id": 1, "category_id": 7, "segmentation": {"size": [side, side], "counts": counts}}
    return json.dumps(
        {
            "images": [{"id": 1, "file_name": "1.png", "width": side, "height": side}],
            "annotations": [{"id": number, **region} for number in range(copies)],
            "categories": [{"id": 7, "name": "dent"}],
        }
    )


def _labelme(shape: dict[str, Any], side: int) -> str:
    shapes = [{"label": "dent", "group_id": None, "flags": {}, **shape}] * 4
    return json.dumps({"shapes": shapes, "imagePath": "1.png", "imageWidth": side, "imageHeight": side, "flags": {}})


def _supervisely() -> str:
    packed = base64.b64encode(zlib.compress(bytes(1 << 30), 9)).decode()
    bomb = {
        "geometryType": "bitmap",
        "bitmap": {"data": packed, "origin": [0, 0]},
        "id": 1,
        "classTitle": "dent",
        "tags": [],
    }
    return json.dumps({"size": {"height": SIDE, "width": SIDE}, "tags": [], "objects": [bomb]})


def _cvat() -> str:
    box = f'left="0" top="0" width="{SIDE}" height="{SIDE}"'
    mask = f'<mask label="dent" rle="1, {SIDE * SIDE - 1}" {box}/>' * 4
    image = f'<image id="0" name="1.png" width="{SIDE}" height="{SIDE}">'
    return f"<annotations><version>1.1</version><meta/>{image}{mask}</image></annotations>"


BOMBS = {
    "run lengths of the largest mask": ("x.json", "json", "coco", _coco([1, SIDE * SIDE - 1], SIDE, 4)),
    "run lengths of any size": ("x.json", "json", "coco", _coco([0, 10**10], 10**5, 4)),
    "packed run lengths": ("x.json", "json", "coco", _coco("0" * 1_000_000, SIDE, 1)),
    "circles": (
        "1.json",
        "json",
        "labelme",
        _labelme({"shape_type": "circle", "points": [[9, 9], [9e6, 9e6]]}, CAMERA),
    ),
    "rectangles": (
        "1.json",
        "json",
        "labelme",
        _labelme({"shape_type": "rectangle", "points": [[0, 0], [9e6, 9e6]]}, CAMERA),
    ),
    "a mask of CVAT": ("x.xml", "xml", "cvat", _cvat()),
    "a packed bitmap": ("1.json", "json", "supervisely", _supervisely()),
    "runs down the columns": (
        "x.csv",
        "csv",
        "severstal",
        "ImageId,ClassId,EncodedPixels\n" + f"1.png,dent,1 {SIDE * SIDE - 1}\n" * 4,
    ),
    "ellipses": ("labels.txt", "text", "dagm", f"1\t{9e6}\t{9e6}\t0\t5\t5\n"),
}


@pytest.mark.parametrize("title", BOMBS)
def test_a_few_bytes_never_take_all_memory(tmp_path: Path, title: str) -> None:
    name, kind, format_name, content = BOMBS[title]
    (tmp_path / name).write_text(content)
    side = CAMERA if str(CAMERA) in content else SIDE
    command = [sys.executable, "-c", PROBE, str(tmp_path / name), kind, format_name, str(side)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST_MB, done.stderr
