from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curate.geometry.outlines import outline_of
from curate.geometry.rasterize import rasterize
from curate.geometry.run_lengths import compress, counts_of, decompress, mask_of_counts
from curate.model.region import Polygon

MASKS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@given(MASKS.filter(lambda mask: bool(mask.any())))
def test_an_outline_fills_to_the_mask_it_was_traced_from(mask: np.ndarray) -> None:
    outline = Polygon(tuple((float(x), float(y)) for x, y in outline_of(mask)))
    assert np.array_equal(rasterize(outline, mask.shape[1], mask.shape[0]), mask)


@given(MASKS)
def test_run_lengths_there_and_back(mask: np.ndarray) -> None:
    counts = counts_of(mask)
    assert decompress(compress(counts)) == counts
    assert np.array_equal(mask_of_counts(counts, *mask.shape), mask)


def test_a_ring_is_one_outline_with_a_bridge() -> None:
    mask = np.ones((3, 3), bool)
    mask[1, 1] = False
    assert outline_of(mask) == ((0, 0), (3, 0), (3, 3), (0, 3), (0, 0), (1, 1), (1, 2), (2, 2), (2, 1), (1, 1))
