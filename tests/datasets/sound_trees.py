"""A tiny sound tree for each layout whose images stand in a table: two good images and a defective one."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.datasets.layouts.packed import MASK_END
from curate.datasets.parquet import parquet_bytes, parquet_rows
from curate.geometry.run_lengths import compress, counts_of
from curate.imaging.images import encode_png
from tests.datasets.trees import HEIGHT_PX, WIDTH_PX, marks, mask, picture, text

BOX = (1, 1, 4, 3, 255)
AREA_PX = 6
Rows = list[Any]


@dataclass(frozen=True)
class SoundTree:
    """A tree and its table.

    Attributes
    ----------
    layout : str
    draw : callable
        Writes everything but the table.
    table : str
        Its path.
    rows : list
        What stands in it: the last row's image is defective.
    opened, packed : callable
        From the table's bytes to its rows, and back; rows are JSON values.
    """

    layout: str
    draw: Callable[[Path], None]
    table: str
    rows: Rows
    opened: Callable[[bytes], Rows]
    packed: Callable[[Rows], bytes]

    def write(self, root: Path, rows: Rows | None = None) -> Path:
        """Draw the tree with these rows, or its own."""
        self.draw(root)
        return self.put(root, self.packed(self.rows if rows is None else rows))

    def put(self, root: Path, content: bytes) -> Path:
        """Write the table's bytes."""
        (root / self.table).parent.mkdir(parents=True, exist_ok=True)
        (root / self.table).write_bytes(content)
        return root


def _csv_rows(content: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(content.decode())))


def _csv_bytes(rows: Rows) -> bytes:
    stream = io.StringIO()
    columns = list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row))
    table = csv.writer(stream)
    table.writerow(columns)
    table.writerows([row.get(key, "") for key in columns] if isinstance(row, dict) else [row] for row in rows)
    return stream.getvalue().encode()


def _real_iad(root: Path) -> None:
    base = root / "realiad_1024/usb"
    picture(base / "OK/S0001/a.jpg")
    picture(base / "OK/S0002/b.jpg")
    picture(base / "NG/HS/S0003/c.jpg")
    mask(base / "NG/HS/S0003/c.png", BOX)


def _real_iad_bytes(rows: Rows) -> bytes:
    return json.dumps({"meta": {"prefix": "usb/"}, "train": rows[:1], "test": rows[1:]}).encode()


def _real_iad_opened(content: bytes) -> Rows:
    document = json.loads(content)
    return [*document["train"], *document["test"]]


def _tabular(root: Path) -> None:
    for name in "abc":
        picture(root / f"images/{name}.png")
    mask(root / "masks/c.png", BOX)


def _visa(root: Path) -> None:
    for place in ("Normal/a", "Normal/b", "Anomaly/c"):
        picture(root / f"pcb1/Data/Images/{place}.jpg")
    mask(root / "pcb1/Data/Masks/Anomaly/c.png", (1, 1, 4, 3, 1))


def _visa_row(split: str, label: str, image: str, drawn: str = "") -> dict[str, str]:
    folder = "pcb1/Data/Images/"
    return {"object": "pcb1", "split": split, "label": label, "image": f"{folder}{image}.jpg", "mask": drawn}


def _hugging_face(root: Path) -> None:
    for name in "abc":
        picture(root / f"part/test/{name}.png")
    mask(root / "part/test/masks/c_0.png", BOX)


def _hugging_face_row(name: str, label: str) -> dict[str, Any]:
    drawn = label != "good"
    return {
        "file_name": f"{name}.png",
        "name": name,
        "label": label,
        "masks_file_names": [f"masks/{name}_0.png"] if drawn else [],
        "defects": [label] if drawn else [],
        "saturation_thresholds": [2.0] if drawn else [],
        "relative_saturations": [False] if drawn else [],
        "specimen": None,
        "shot_at": None,
    }


def _parquet(rows: Rows) -> bytes:
    """Write rows as they are; what has no place in the table's types stays what parquet makes of it, or is refused."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet_bytes(rows, sorted({row["label"] for row in rows}))
    except (pa.ArrowException, KeyError, TypeError, AttributeError, ValueError, OverflowError):
        stream = io.BytesIO()
        try:
            parquet.write_table(pa.Table.from_pylist([row for row in rows if isinstance(row, dict)]), stream)
        except (pa.ArrowException, TypeError, AttributeError, ValueError, OverflowError):
            return b"PAR1"
        return stream.getvalue()


def _shard_row(name: str, label: str) -> dict[str, Any]:
    drawn = marks(BOX)
    region = {
        "defect": label,
        "segmentation": {"size": [HEIGHT_PX, WIDTH_PX], "counts": compress(counts_of(drawn != 0))},
        "saturation_threshold": 2,
        "relative_saturation": False,
    }
    regions = json.dumps([region] if label != "good" else [])
    return {"name": name, "label": label, "split": "test", "specimen": "", "shot_at": "", "regions": regions}


def _shard(rows: Rows) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, row in zip("abcdefgh", rows, strict=False):
            image = encode_png(marks())
            parts = ((".png", image), (MASK_END, image), (".json", json.dumps(row).encode()))
            for ending, content in parts:
                entry = tarfile.TarInfo(f"{name}{ending}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _shard_rows(content: bytes) -> Rows:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [json.load(archive.extractfile(entry)) for entry in archive if entry.name.endswith(".json")]  # type: ignore[arg-type]


def _deep_pcb(root: Path) -> None:
    picture(root / "group1/00041/c_test.jpg")
    picture(root / "group1/00041/c_temp.jpg")
    text(root / "test.txt", "group1/00041/c.jpg group1/00041_not/c.txt\n")


_REAL_IAD = [
    {"anomaly_class": "OK", "image_path": "OK/S0001/a.jpg", "mask_path": None},
    {"anomaly_class": "OK", "image_path": "OK/S0002/b.jpg", "mask_path": None},
    {"anomaly_class": "HS", "image_path": "NG/HS/S0003/c.jpg", "mask_path": "NG/HS/S0003/c.png"},
]
_TABULAR = [
    {"image_path": "images/a.png", "label": "normal", "label_index": "0", "split": "test", "mask_path": ""},
    {"image_path": "images/b.png", "label": "normal", "label_index": "0", "split": "test", "mask_path": ""},
    {"image_path": "images/c.png", "label": "dent", "label_index": "1", "split": "test", "mask_path": "masks/c.png"},
]
_VISA = [
    _visa_row("train", "normal", "Normal/a"),
    _visa_row("test", "normal", "Normal/b"),
    _visa_row("test", "anomaly", "Anomaly/c", "pcb1/Data/Masks/Anomaly/c.png"),
]

TREES: tuple[SoundTree, ...] = (
    SoundTree("real-iad", _real_iad, "realiad_jsons/usb.json", _REAL_IAD, _real_iad_opened, _real_iad_bytes),
    SoundTree("anomalib-table", _tabular, "samples.csv", _TABULAR, _csv_rows, _csv_bytes),
    SoundTree("visa", _visa, "split_csv/1cls.csv", _VISA, _csv_rows, _csv_bytes),
    SoundTree(
        "huggingface",
        _hugging_face,
        "part/test/metadata.parquet",
        [_hugging_face_row("a", "good"), _hugging_face_row("b", "good"), _hugging_face_row("c", "dent")],
        lambda content: parquet_rows(content, Path("metadata.parquet")),
        _parquet,
    ),
    SoundTree(
        "webdataset",
        lambda _: None,
        "part/test-000000.tar",
        [_shard_row("a", "good"), _shard_row("b", "good"), _shard_row("c", "dent")],
        _shard_rows,
        _shard,
    ),
    SoundTree(
        "deep-pcb",
        _deep_pcb,
        "group1/00041_not/c.txt",
        [["1", "1", "4", "3", "3"]],
        lambda content: [line.split() for line in content.decode().splitlines()],
        lambda rows: "\n".join(" ".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows).encode(),
    ),
)
