"""How bright an image is outside its defects. Pure."""

from __future__ import annotations

import numpy as np

from curate.model.dataset import Sample
from curate.validate.facts import SIGNATURE_SIDE
from curate.validate.table import CategoryTable


def background(table: CategoryTable, sample: Sample) -> float:
    """Return the mean grey value outside the boxes of an image's regions."""
    facts = table.images[sample.path]
    grid = np.frombuffer(facts.signature, np.uint8).reshape(SIGNATURE_SIDE, SIGNATURE_SIDE)
    outside = np.ones(grid.shape, dtype=bool)
    for path in sample.masks:
        left, top, right, bottom = table.masks[path].box
        across, down = SIGNATURE_SIDE / facts.width_px, SIGNATURE_SIDE / facts.height_px
        outside[int(top * down) : int(np.ceil(bottom * down)), int(left * across) : int(np.ceil(right * across))] = (
            False
        )
    level = float(grid[outside].mean()) if outside.any() else float(grid.mean())
    return facts.signature_low + level / 255 * (facts.signature_high - facts.signature_low)
