"""Run lengths of a box of an image are those of the whole image."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.geometry.run_lengths import counts_of, counts_of_patch, mask_of_counts


@given(
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.data(),
)
def test_a_box_counts_as_its_whole_image_does(
    width: int, height: int, left: int, right: int, top: int, bottom: int, data: st.DataObject
) -> None:
    bits = data.draw(st.lists(st.booleans(), min_size=width * height, max_size=width * height))
    patch = np.array(bits, bool).reshape(height, width)
    whole = np.pad(patch, ((top, bottom), (left, right)))
    counts = counts_of_patch(patch, (left, top), whole.shape[::-1])
    assert counts == counts_of(whole)
    assert np.array_equal(mask_of_counts(counts, *whole.shape), whole)
