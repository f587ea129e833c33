from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.importing.names import assign_names, distinct_name


def test_a_taken_name_gets_the_start_of_the_hash() -> None:
    assert assign_names({"ab" * 32: "s/1.jpg"}, ["s/1.jpg"]) == {"ab" * 32: "s/1~abababab.jpg"}


def test_a_longer_start_when_that_is_taken_too() -> None:
    taken = ["s/1.jpg", "s/1~abababab.jpg"]
    assert assign_names({"ab" * 32: "s/1.jpg"}, taken) == {"ab" * 32: "s/1~abababababababab.jpg"}


def test_long_names_stay_within_255_bytes() -> None:
    name = distinct_name("s/" + "ü" * 125 + ".jpeg", "12345678")
    assert len(name.partition("/")[2].encode()) <= 255
    assert name.endswith("ü~12345678.jpeg")


@given(st.dictionaries(st.text("0123456789abcdef", min_size=64, max_size=64), st.sampled_from(["a.jpg", "b.jpg"])))
def test_names_are_distinct_and_do_not_depend_on_the_order(wanted: dict[str, str]) -> None:
    names = assign_names(wanted, [])
    assert len(set(names.values())) == len(wanted)
    assert assign_names(dict(reversed(wanted.items())), []) == names
