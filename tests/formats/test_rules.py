"""The rules that every reader keeps, over all formats: the account, unknown is not good, no odd value is a bug."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, tostring

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.errors import InputError
from curate.formats.pairing import KnownPicture, PictureIndex
from curate.formats.records import Parsed
from curate.formats.registry import FORMATS
from curate.geometry.rasterize import rasterize
from curate.label.plan import plan_import
from tests.formats.sound import DOCUMENTS, HEIGHT, WIDTH, SoundDocument

EACH = pytest.mark.parametrize("sound", DOCUMENTS, ids=lambda sound: f"{sound.format}-{sound.kind}-{sound.name}")

PICTURES = PictureIndex(
    KnownPicture(("captures", "part", "main", f"{n}.png"), f"main/{n}.png", "", (WIDTH, HEIGHT), (WIDTH, HEIGHT))
    for n in (1, 2)
)


def settled(parsed: Parsed) -> dict[str, Any]:
    """Take a reading all the way into a record of annotations."""
    return dict(plan_import(parsed, PICTURES, ("dent", "scratch", "1", "0"), {}, []).annotations)


def holds(parsed: Parsed) -> None:
    """Check what holds of everything that was read, sound or not."""
    assert len(parsed.account.left_out) <= parsed.account.total
    if any(out.reason != "is not annotated yet" for out in parsed.account.left_out):
        assert parsed.findings
    for drawn in parsed.drawn:
        if drawn.lost or parsed.orphans:
            assert drawn.label != "good"
        if drawn.label == "good":
            assert not drawn.regions
    said = {finding.code for finding in parsed.findings}
    assert all(code.startswith("CUR") for code in said)
    for annotation in settled(parsed).values():
        assert all(rasterize(region.shapes, WIDTH, HEIGHT).any() for region in annotation.regions)


def test_every_format_has_a_sound_document() -> None:
    assert {entry.name for entry in FORMATS} == {sound.format for sound in DOCUMENTS}


@EACH
def test_what_is_sound_is_used_to_the_last_entry(sound: SoundDocument) -> None:
    parsed = sound.parsed()
    assert [finding.message for finding in parsed.findings if finding.severity != "info"] == []
    assert (parsed.account.used, parsed.account.left_out) == (sound.regions + sound.images, ())
    assert sum(len(drawn.regions) for drawn in parsed.drawn) == sound.regions
    assert {drawn.label for drawn in parsed.drawn if not drawn.regions} <= {"good"}
    holds(parsed)


@EACH
def test_an_entry_more_is_used_or_left_out(sound: SoundDocument) -> None:
    """Breaking any one value never makes entries vanish from the account without a finding."""
    whole = sound.parsed().account.total
    for changed in _each_value_broken(sound):
        try:
            parsed = sound.parsed(changed)
        except InputError:
            continue
        holds(parsed)
        if parsed.account.total < whole and parsed != Parsed():
            assert parsed.findings or parsed.account.left_out, changed


def _each_value_broken(sound: SoundDocument) -> Iterator[bytes]:
    if sound.kind == "json":
        document = json.loads(sound.content)
        for place in _places(document):
            yield json.dumps(_with(document, place, None)).encode()
    elif sound.kind == "xml":
        for index in range(len(list(fromstring(sound.content).iter()))):
            yield from (
                _xml_without(sound.content, index, attribute) for attribute in _attributes(sound.content, index)
            )
    else:
        lines = sound.content.decode().splitlines()
        for number in range(1, len(lines)):
            yield "\n".join([*lines[:number], "?", *lines[number + 1 :]]).encode()


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from _places(inner, (*at, key))


def _with(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    if not at:
        return new
    copy = value.copy()
    copy[at[0]] = _with(value[at[0]], at[1:], new)
    return copy


def _attributes(content: bytes, index: int) -> list[str]:
    return ["", *list(fromstring(content).iter())[index].attrib]


def _xml_without(content: bytes, index: int, attribute: str, new: str | None = None) -> bytes:
    root = fromstring(content)
    element: Element = list(root.iter())[index]
    if not attribute:
        element.text = new
    elif new is None:
        del element.attrib[attribute]
    else:
        element.set(attribute, new)
    return bytes(tostring(root))


ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 3, 1e300, 10**30, math.nan, math.inf, "", "x", "1", "nan", "🦆", "a/../b"),
    *([], [[]], [1], [None], {}, {"a": 1}, {"counts": [1], "size": [200000, 200000]}),
)
TEXTS = ("", "nan", "inf", "-1", "1e300", "9" * 30, "x", "0;0", "a,b", "1 2 3", "🦆", "\x00", "{", "[1", "null")


def _mutated(sound: SoundDocument, seed: int) -> bytes:
    """Break a sound document in up to three places, or its bytes."""
    chance = random.Random(seed)
    way = chance.choice(("value", "value", "value", "cut", "bytes", "encoding"))
    if way == "cut":
        return sound.content[: chance.randrange(len(sound.content))]
    if way == "bytes":
        damaged = bytearray(sound.content)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        return bytes(damaged)
    if way == "encoding":
        return sound.content.decode().encode(chance.choice(("utf-16", "utf-16-be", "utf-8-sig", "utf-32")))
    content = sound.content
    for _ in range(chance.randint(1, 3)):
        content = _broken_value(content, sound.kind, chance)
    return content


def _broken_value(content: bytes, kind: str, chance: random.Random) -> bytes:
    if kind in {"json", "lines"}:
        texts = content.decode().splitlines() if kind == "lines" else [content.decode()]
        number = chance.randrange(len(texts))
        document = json.loads(texts[number])
        place = chance.choice(list(_places(document)))
        texts[number] = json.dumps(_with(document, place, chance.choice(ODD)))
        return "\n".join(texts).encode()
    if kind == "xml":
        index = chance.randrange(len(list(fromstring(content).iter())))
        attribute = chance.choice(_attributes(content, index))
        return _xml_without(content, index, attribute, chance.choice((None, *TEXTS[:11])) if attribute else "x")
    separator = "," if kind == "csv" else None
    lines = [line.split(separator) for line in content.decode().splitlines()]
    cells = [(row, column) for row, line in enumerate(lines) for column in range(len(line))]
    row, column = chance.choice(cells)
    lines[row][column : column + 1] = chance.choice(([chance.choice(TEXTS)], [], ["1", "2"]))
    return "\n".join((separator or " ").join(line) for line in lines).encode()


@EACH
def test_no_odd_value_is_a_bug(sound: SoundDocument, fuzz_examples: int) -> None:
    """Every malformed document is read in part with findings, or refused by name; fixed seeds, within five seconds."""

    @settings(
        max_examples=fuzz_examples,
        deadline=5000,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32 - 1))
    def attempt(seed: int) -> None:
        try:
            holds(sound.parsed(_mutated(sound, seed)))
        except InputError as error:
            assert sound.name.rpartition("/")[2] in str(error)  # noqa: PT017 - any refusal names the file

    with np.errstate(all="ignore"):
        attempt()
