"""Checked maps as flat tensors, and back: what torchmetrics can gather from processes, reset and pickle.

Images may differ in size and in how many regions they have, so a state is a list of tensors that are joined along their
first axis. Nothing is rounded: 16-bit scores travel as 32-bit integers, masks as packed bits, names as UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from curate.evaluate.arrays import CheckedMap
from curate.model.defect import Saturation

STATES = ("images", "scores", "masks", "saturations", "names")
"""``images``: int64 rows of height, width, number of regions, whether pixels are left out, type. ``scores``: of all
pixels. ``masks``: packed bits of each region, then of what is left out. ``saturations``: float64 rows of value and
whether it is relative. ``names``: UTF-8 of each region's defect, ended by a zero."""

_TYPES = tuple(np.dtype(name) for name in ("uint8", "uint16", "float32", "float64"))
_CARRIED_AS = {np.dtype(np.uint16): np.int32}


def packed(one: CheckedMap) -> dict[str, Tensor]:
    """Return a map as a tensor for each state."""
    height, width = one.scores.shape
    planes = [mask for mask, _, _ in one.regions] + ([] if one.left_out is None else [one.left_out])
    row = [height, width, len(one.regions), one.left_out is not None, _TYPES.index(one.scores.dtype)]
    carried = one.scores.astype(_CARRIED_AS.get(one.scores.dtype, one.scores.dtype)).ravel()
    bits = [np.packbits(plane) for plane in planes]
    names = b"".join(name.encode() + b"\0" for _, name, _ in one.regions)
    thresholds = [(threshold.value, threshold.relative) for _, _, threshold in one.regions]
    return {
        "images": torch.tensor([row], dtype=torch.int64),
        "scores": torch.from_numpy(carried),
        "masks": torch.from_numpy(np.concatenate(bits) if bits else np.zeros(0, np.uint8)),
        "saturations": torch.tensor(thresholds, dtype=torch.float64).reshape(-1, 2),
        "names": torch.from_numpy(np.frombuffer(names, np.uint8).copy()),
    }


def empty() -> dict[str, Tensor]:
    """Return the states of no map, of types that hold those of any: every score is exact as a double."""
    shapes = {"images": (0, 5), "saturations": (0, 2)}
    types = {"images": torch.int64, "scores": torch.float64, "saturations": torch.float64}
    return {name: torch.zeros(shapes.get(name, (0,)), dtype=types.get(name, torch.uint8)) for name in STATES}


def unpacked(states: Mapping[str, Any]) -> Iterator[CheckedMap]:
    """Yield the maps of states whose lists were joined."""
    arrays = {name: states[name].detach().cpu().numpy() for name in STATES}
    names = iter(arrays["names"].tobytes().decode().split("\0"))
    thresholds = iter(arrays["saturations"].tolist())
    score_at = mask_at = 0
    for height, width, regions, has_left_out, kind in arrays["images"].tolist():
        area, stride = height * width, -(-height * width // 8)
        scores = arrays["scores"][score_at : score_at + area].astype(_TYPES[kind]).reshape(height, width)
        score_at += area
        planes = []
        for _ in range(regions + has_left_out):
            bits = np.unpackbits(arrays["masks"][mask_at : mask_at + stride], count=area)
            planes.append(bits.reshape(height, width).view(np.bool_))
            mask_at += stride
        entries = [(plane, next(names), _saturation(*next(thresholds))) for plane in planes[:regions]]
        yield CheckedMap(scores, tuple(entries), planes[-1] if has_left_out else None)


def _saturation(value: float, relative: float) -> Saturation:
    return Saturation(value if relative else int(value), relative=bool(relative))
