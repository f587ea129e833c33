from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.model.typed_json import DocumentError, Holding, Matching, Within, decode, encode


@dataclass(frozen=True)
class Inner:
    share: Annotated[float, Within(0, 1)] | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outer:
    name: Annotated[str, Matching("[a-z]+", "small letters")]
    count: int
    is_new: bool
    kind: Literal["a", "b"]
    pair: tuple[float, str]
    inner: Annotated[Mapping[str, Inner], Holding(("one",))]
    many: tuple[Inner, ...]
    note: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


shares = st.none() | st.floats(0, 1) | st.integers(0, 1)
anything = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
inners = st.builds(
    lambda share, rest: {**rest, "share": share}, shares, st.dictionaries(st.text(), anything, max_size=2)
)
documents = st.fixed_dictionaries(
    {
        "name": st.from_regex("[a-z]+", fullmatch=True),
        "count": st.integers(-(2**63), 2**63),
        "is_new": st.booleans(),
        "kind": st.sampled_from(["a", "b"]),
        "pair": st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.text()).map(list),
        "inner": st.dictionaries(st.text(), inners).flatmap(lambda made: inners.map(lambda one: {**made, "one": one})),
        "many": st.lists(inners),
    },
    optional={"note": st.text(), "later": anything},
)


@given(documents)
def test_what_is_read_is_written_the_same(document: dict[str, Any]) -> None:
    assert encode(decode(Outer, document)) == document


RIGHT: dict[str, Any] = {
    "name": "x",
    "count": 1,
    "is_new": True,
    "kind": "a",
    "pair": [1, "x"],
    "inner": {"one": {"share": 0}},
    "many": [],
}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": "X"}, 'name: found "X", expected small letters'),
        ({"name": "x\n"}, 'name: found "x\\n", expected small letters'),
        ({"count": 1.0}, "count: found 1.0, expected a whole number"),
        ({"count": True}, "count: found true, expected a whole number"),
        ({"is_new": 1}, "is_new: found 1, expected true or false"),
        ({"kind": "c"}, 'kind: found "c", expected "a" or "b"'),
        ({"kind": None}, 'kind: found null, expected "a" or "b"'),
        ({"pair": [1]}, "pair: found a list of 1, expected a list of 2"),
        ({"pair": [float("nan"), ""]}, "pair[0]: found NaN, expected a number"),
        ({"inner": {}}, "inner: found an object of 0 keys, expected the key one in it, too"),
        ({"inner": {"one": {"share": 1.1}}}, "inner.one.share: found 1.1, expected a number from 0 to 1 or null"),
        ({"inner": {"one": {}}}, "inner.one.share: found nothing, expected a number or null"),
        ({"inner": {"one": 1}}, "inner.one: found 1, expected an object"),
        ({"many": {}}, "many: found an object of 0 keys, expected a list"),
        ({"many": [None]}, "many[0]: found null, expected an object"),
        ({"note": None}, "note: found null, expected a string"),
        ({"inner": {"one": {"share": 0}, "\x1b": {}}}, "inner.'\\x1b'.share: found nothing, expected a number or null"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        decode(Outer, {**RIGHT, **wrong})
    assert str(caught.value) == says


def test_all_problems_at_once_and_rounding_is_none() -> None:
    with pytest.raises(DocumentError) as caught:
        decode(Outer, {})
    assert len(caught.value.problems) == 7
    assert decode(Inner, {"share": 1.0000000000000002}).share == 1.0000000000000002


@dataclass(frozen=True)
class Patchy:
    share: Annotated[float, Within(0, 1)] | None = None
    name: str | None = None
    lacking: frozenset[str] = frozenset()


def test_a_key_that_is_null_is_not_one_that_is_lacking() -> None:
    for document in ({}, {"share": None}, {"share": 0.5, "name": None}, {"name": "x"}):
        assert encode(decode(Patchy, document)) == document
    assert encode(Patchy()) == {"share": None, "name": None}
    with pytest.raises(DocumentError, match="share: found 2, expected a number from 0 to 1 or null"):
        decode(Patchy, {"share": 2})
