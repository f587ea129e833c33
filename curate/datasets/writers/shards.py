"""WebDataset: tar shards of image, mask and JSON, side by side. The same dataset gives the same bytes."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from curate.datasets.layouts.packed import MASK_END
from curate.datasets.writers.listings import coco_side
from curate.datasets.writers.plan import Opened, Side

MOST_BYTES = 256 << 20
"""A shard is closed before it grows beyond this: what one worker reads in a few seconds."""


def shard_image(opened: Opened) -> str:
    """``<split>/<label>_<name>``; the part behind the slash is the sample's key, dots become underscores."""
    return f"{opened.sample.split}/{opened.flat_name.replace('.', '_')}"


def shard_side(opened: Opened, path: str) -> Side:
    """The union mask, black for good images so that every sample has the same parts, and the regions as run lengths.

    Readers that learn the types of fields from the first samples (``datasets``) would see only empty lists of regions,
    so the regions are JSON in a text, and unknown fields are empty texts.
    """
    regions = json.dumps(coco_side(opened, path).row, ensure_ascii=False, separators=(",", ":"))
    document = {
        "name": opened.sample.name,
        "label": opened.label,
        "split": opened.sample.split,
        "specimen": opened.sample.specimen,
        "shot_at": opened.sample.shot_at,
        "regions": regions,
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
    return Side({f"{path}{MASK_END}": lambda: opened.union * np.uint8(255)}, {f"{path}.json": text})


def shards(split: str, files: Iterable[tuple[str, Sequence[tuple[str, bytes]]]]) -> Iterator[tuple[str, bytes]]:
    """Pack samples into tar files.

    Parameters
    ----------
    split : str
    files : iterable of (str, sequence of (str, bytes))
        Key of a sample, and its parts: ending with its dot, content.

    Yields
    ------
    tuple of (str, bytes)
        Name of a shard, its bytes.
    """
    number, size, stream = 0, 0, io.BytesIO()
    archive = _open(stream)
    for key, parts in files:
        weight = sum(len(content) for _, content in parts)
        if size and size + weight > MOST_BYTES:
            archive.close()
            yield f"{split}-{number:06d}.tar", stream.getvalue()
            number, size, stream = number + 1, 0, io.BytesIO()
            archive = _open(stream)
        for ending, content in parts:
            entry = tarfile.TarInfo(f"{key}{ending}")
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
        size += weight
    archive.close()
    if size:
        yield f"{split}-{number:06d}.tar", stream.getvalue()


def _open(stream: io.BytesIO) -> Any:
    return tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT)
