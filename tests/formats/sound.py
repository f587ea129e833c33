"""One sound document a format: what the tests of the rules break, and how many entries each has."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.formats.documents import Kind, parsed_content
from curate.formats.records import Parsed, Surroundings
from curate.formats.registry import format_of, read_as
from curate.geometry.rasterize import rasterize
from curate.geometry.run_lengths import compress, counts_of
from curate.imaging.images import encode_png
from curate.model.region import Polygon

WIDTH, HEIGHT = 20, 10
SQUARE = [[4, 2], [10, 2], [10, 6], [4, 6]]
MASK = rasterize(Polygon(((4.0, 2.0), (10.0, 2.0), (10.0, 6.0), (4.0, 6.0))), WIDTH, HEIGHT)
AREA_PX = 24


def decode(content: bytes) -> NDArray[Any]:
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED) if content else None
    if pixels is None:
        raise ValueError("no picture")
    return np.asarray(pixels)


AROUND = Surroundings(
    size_of=lambda _: (WIDTH, HEIGHT),
    pixels_of={"m.png": MASK.astype(np.uint8) * 255}.get,
    classes={0: "scratch", 1: "dent"},
    defect="dent",
    decode=decode,
)


@dataclass(frozen=True)
class SoundDocument:
    """A document with two images: the first has regions of 24 px, the second is good (where the format holds two).

    Attributes
    ----------
    format : str
    kind : str
        How it is opened.
    content : bytes
    name : str
        Its file's.
    regions, images : int
        Entries that it has: regions, and images where a document lists several.
    """

    format: str
    kind: Kind
    content: bytes
    name: str
    regions: int
    images: int = 0

    def parsed(self, content: bytes | None = None) -> Parsed:
        """Read it, or what was made of it."""
        from pathlib import Path

        document = parsed_content(self.content if content is None else content, self.kind, Path(self.name))
        return self.read(document)

    def read(self, document: Any) -> Parsed:
        """Read an opened document as this format, if it is recognised as such."""
        entry = format_of(self.kind, document, self.format)
        return Parsed() if entry is None else read_as(entry, document, self.name, AROUND)


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


def _coco() -> bytes:
    images = [{"id": n, "file_name": f"{n}.png", "width": WIDTH, "height": HEIGHT} for n in (1, 2)]
    flat = [value for point in SQUARE for value in point]
    counts = counts_of(MASK)
    outlines: list[Any] = [
        {"segmentation": [flat], "attributes": {"saturation_px": 9, "group_id": 1}},
        {"segmentation": {"size": [HEIGHT, WIDTH], "counts": counts}, "iscrowd": 1},
        {
            "segmentation": {"size": [HEIGHT, WIDTH], "counts": compress(counts)},
            "saturation_threshold": 3,
            "relative_saturation": False,
        },
        {"segmentation": []},
    ]
    entries = [
        {"id": n, "image_id": 1, "category_id": 7, "bbox": [4, 2, 6, 4], "area": AREA_PX, **outline}
        for n, outline in enumerate(outlines, 1)
    ]
    categories = [{"id": 7, "name": "dent"}]
    return _json({"images": images, "annotations": entries, "categories": categories})


def _label_studio() -> bytes:
    value = {"points": [[x * 100 / WIDTH, y * 100 / HEIGHT] for x, y in SQUARE], "closed": True}
    box = {"x": 20, "y": 20, "width": 30, "height": 40, "rotation": 0}
    size = {"original_width": WIDTH, "original_height": HEIGHT, "image_rotation": 0, "to_name": "image"}
    result = [
        {"id": "a", "type": "polygonlabels", "from_name": "p", "value": {**value, "polygonlabels": ["dent"]}, **size},
        {"id": "a", "type": "number", "from_name": "saturation_px", "value": {"number": 9}, **size},
        {"id": "b", "type": "rectanglelabels", "from_name": "r", "value": {**box, "rectanglelabels": ["dent"]}, **size},
        {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": []},
    ]
    entry = {"id": 5, "completed_by": {"id": 1, "email": "a@b"}, "was_cancelled": False, "updated_at": "2026-01-01"}
    tasks = [
        {"id": 1, "data": {"image": "1.png"}, "annotations": [{**entry, "result": result}]},
        {"id": 2, "data": {"image": "2.png"}, "annotations": [{**entry, "id": 6, "result": []}]},
    ]
    return _json(tasks)


def _labelme() -> bytes:
    picture = base64.b64encode(encode_png(np.ones((4, 6), np.uint8))).decode()
    common = {"label": "dent", "group_id": 1, "flags": {}, "description": "saturation: 12 px"}
    shapes = [
        {**common, "shape_type": "polygon", "points": SQUARE},
        {**common, "shape_type": "rectangle", "points": [[4, 2], [10, 6]]},
        {**common, "shape_type": "circle", "points": [[8, 5], [10, 5]]},
        {**common, "shape_type": "mask", "points": [[4, 2], [9, 5]], "mask": picture},
    ]
    return _json({"shapes": shapes, "imagePath": "1.png", "imageWidth": WIDTH, "imageHeight": HEIGHT, "flags": {}})


def _supervisely() -> bytes:
    packed = base64.b64encode(zlib.compress(encode_png(np.full((4, 6), 255, np.uint8)))).decode()
    objects: list[Any] = [
        {"geometryType": "bitmap", "bitmap": {"data": packed, "origin": [4, 2]}},
        {"geometryType": "polygon", "points": {"exterior": SQUARE, "interior": []}},
        {"geometryType": "rectangle", "points": {"exterior": [[4, 2], [10, 6]], "interior": []}},
    ]
    objects = [{"id": n, "classTitle": "dent", "tags": [], **one} for n, one in enumerate(objects)]
    return _json({"size": {"height": HEIGHT, "width": WIDTH}, "tags": [], "objects": objects})


def _via_regions() -> list[dict[str, Any]]:
    xs, ys = zip(*SQUARE, strict=True)
    shapes = [
        {"name": "polygon", "all_points_x": list(xs), "all_points_y": list(ys)},
        {"name": "rect", "x": 4, "y": 2, "width": 6, "height": 4},
        {"name": "ellipse", "cx": 8, "cy": 5, "rx": 3, "ry": 2, "theta": 0.5},
    ]
    return [{"shape_attributes": shape, "region_attributes": {"type": "dent", "sat": "50 %"}} for shape in shapes]


def _via() -> bytes:
    entries = {
        f"{n}.png9": {"filename": f"{n}.png", "size": 9, "regions": _via_regions() if n == 1 else []} for n in (1, 2)
    }
    return _json({"_via_img_metadata": entries})


def _via_csv() -> bytes:
    rows = [("1.png", json.dumps(r["shape_attributes"]), json.dumps(r["region_attributes"])) for r in _via_regions()]
    rows.append(("2.png", "{}", "{}"))
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return "\n".join(["filename,region_shape_attributes,region_attributes", *quoted]).encode()


_CVAT = f"""<annotations><version>1.1</version><meta/><image id="0" name="1.png" width="{WIDTH}" height="{HEIGHT}">
<polygon label="dent" points="4,2;10,2;10,6;4,6" group_id="2"><attribute name="sat">50 %</attribute></polygon>
<box label="dent" xtl="4" ytl="2" xbr="10" ybr="6" rotation="90.00"/>
<ellipse label="dent" cx="8" cy="5" rx="4" ry="2" rotation="30"/>
<mask label="dent" rle="0, 24" left="4" top="2" width="6" height="4"/>
</image><image id="1" name="2.png" width="{WIDTH}" height="{HEIGHT}"/></annotations>"""

_VOC = f"""<annotation><filename>1.png</filename><size><width>{WIDTH}</width><height>{HEIGHT}</height></size>
<object><name>dent</name><bndbox><xmin>5</xmin><ymin>3</ymin><xmax>10</xmax><ymax>6</ymax></bndbox></object>
<object><name>dent</name><polygon><x1>4</x1><y1>2</y1><x2>10</x2><y2>2</y2><x3>10</x3><y3>6</y3></polygon></object>
<object><name>dent</name><polygon><pt><x>4</x><y>2</y></pt><pt><x>10</x><y>2</y></pt><pt><x>10</x><y>6</y></pt>
</polygon></object></annotation>"""

_RUNS = " ".join(f"{HEIGHT * column + 3} 4" for column in range(4, 10))

_MANIFEST = [
    {
        "source-ref": "1.png",
        "mask-ref": "m.png",
        "mask-ref-metadata": {
            "internal-color-map": {"0": {"class-name": "dent", "hex-color": "#ffffff"}},
            "type": "groundtruth/semantic-segmentation",
        },
        "boxes": {
            "annotations": [{"class_id": 0, "left": 4, "top": 2, "width": 6, "height": 4}],
            "image_size": [{"width": WIDTH, "height": HEIGHT, "depth": 3}],
        },
        "boxes-metadata": {"class-map": {"0": "dent"}, "type": "groundtruth/object-detection"},
    },
    {"source-ref": "2.png", "x": 0, "x-metadata": {"class-name": "n", "type": "groundtruth/image-classification"}},
]

_MAKERS: tuple[tuple[str, Kind, Callable[[], bytes] | str, str, int, int], ...] = (
    ("coco", "json", _coco, "x.json", 4, 3),  # its list of categories has an entry, too
    ("cvat", "xml", _CVAT, "x.xml", 4, 2),
    ("dagm", "text", "1\t39\t24\t-0.42\t8\t5\n2\t3\t2\t0.1\t8\t5\n", "labels.txt", 2, 2),
    ("dagm", "csv", "filename,x,y,angle,w,h\n1.png,8,5,0.5,3,2\n2.png,8,5,0.1,3,2\n", "x.csv", 2, 2),
    ("dagm", "text", "1\n1 0 2.png 0 0\n2 1 1.png 0 m.png\n", "Labels.txt", 1, 2),
    ("deep-pcb", "text", "4 2 10 6 3\n5,2,9,6,6\n", "1.txt", 2, 0),
    ("label-studio", "json", _label_studio, "x.json", 2, 4),  # a task and an annotation an image
    ("labelme", "json", _labelme, "1.json", 4, 0),
    ("sagemaker", "lines", "\n".join(map(json.dumps, _MANIFEST)), "x.manifest", 2, 2),
    ("severstal", "csv", f"ImageId,ClassId,EncodedPixels\n1.png,1,{_RUNS}\n2.png,1,\n", "x.csv", 1, 2),
    ("severstal", "csv", f"ImageId_ClassId,EncodedPixels\n1.png_1,{_RUNS}\n1.png_0,{_RUNS}\n2.png_1,\n", "y.csv", 2, 2),
    ("supervisely", "json", _supervisely, "1.png.json", 3, 0),
    ("via", "json", _via, "x.json", 3, 2),
    ("via", "csv", _via_csv, "x.csv", 3, 2),
    ("voc", "xml", _VOC, "1.xml", 3, 0),
    ("yolo", "text", "0 0.35 0.4 0.3 0.4\n1 0.2 0.2 0.5 0.2 0.5 0.6 0.2 0.6\n", "1.txt", 2, 0),
    ("yolo", "text", "4 2 10 2 10 6 4 6 dent 0\n", "labelTxt/1.txt", 1, 0),
)

DOCUMENTS: tuple[SoundDocument, ...] = tuple(
    SoundDocument(name, kind, make.encode() if isinstance(make, str) else make(), file, regions, images)
    for name, kind, make, file, regions, images in _MAKERS
)
