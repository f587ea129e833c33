"""The order of names against natsort's, which everyone knows; ours is a key of a few lines that loads nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from natsort import natsorted

from curate.model.natural import natural_key, natural_sorted

# Digits of other scripts are text here and numbers there.
NAMES = st.text(st.sampled_from("ab9Z0123 -_.()é\N{COMBINING ACUTE ACCENT}e日\udcff"), max_size=8)


@given(st.lists(NAMES))
def test_names_are_in_the_order_of_natsort(names: list[str]) -> None:
    assert sorted(names, key=natural_key) == natsorted(names)


@given(st.sets(NAMES))
def test_the_order_of_a_set_is_always_the_same(names: set[str]) -> None:
    assert natural_sorted(names) == natural_sorted(sorted(names, reverse=True))


def test_numbers_of_any_length_count_as_numbers() -> None:
    long = "9" * 5000  # more digits than int() takes
    assert natural_sorted([f"1{long}", long, "f", "2"]) == ["2", long, f"1{long}", "f"]
