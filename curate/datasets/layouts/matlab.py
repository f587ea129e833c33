"""CrackForest: a MATLAB file per image, in which 2 marks a crack."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from curate.datasets.layouts.building import LayoutPicture, region
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.datasets.layouts.rows import reading_of_rows, table_of
from curate.geometry.shapes import bitmap_of
from curate.imaging.images import read_file
from curate.model.defect import GOOD

CRACK_FOREST_TRUTH = r"(?:.*/)?groundTruth/[^/]+\.mat"
_CRACK = 2
_MOST_BYTES = 1 << 18
"""The authors' files have some 20 KiB; larger ones may unpack to anything."""


def read_crack_forest(layout: Layout, folder: Folder) -> LayoutReading:
    """Read ``groundTruth/001.mat`` as the truth of ``image/001.jpg``; an image without a crack is good."""
    images = {PurePosixPath(path).stem: path for path in folder.matching(r"(?:.*/)?image/[^/]+\.(?:jpe?g|png)")}

    def make(image: str, path: str) -> LayoutPicture:
        crack = _segmentation(folder, path) == _CRACK
        regions = (region(1, layout.defect, [bitmap_of(crack)]),) if crack.any() else ()
        name = PurePosixPath(image).stem
        return LayoutPicture(layout.category, "test", layout.defect if regions else GOOD, name, image, regions=regions)

    tables = [
        table_of(path, [("its picture", (images.get(PurePosixPath(path).stem, ""),), path)], make)
        for path in folder.matching(CRACK_FOREST_TRUTH)
    ]
    return reading_of_rows(layout, folder, tables)[0]


def _segmentation(folder: Folder, path: str) -> Any:
    from scipy.io import loadmat

    content = read_file(folder.root / path)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"has {len(content)} bytes, at most {_MOST_BYTES} are unpacked")
    try:
        stream: Any = io.BytesIO(content)  # which it takes, whatever its types say
        found = np.asarray(loadmat(stream)["groundTruth"]["Segmentation"][0, 0])
    except (
        NotImplementedError,
        OSError,
        MemoryError,
    ) as error:  # 7.3; cut off; sizes that it claims
        raise ValueError(f"cannot be read as a MATLAB file: {error}") from error
    if found.ndim != 2 or found.dtype.kind not in "iu":  # noqa: PLR2004 - a picture
        raise ValueError(f"its segmentation has the shape {found.shape} and type {found.dtype}")
    return found
