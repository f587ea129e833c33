"""Read a JSON document into frozen dataclasses, and write it back.

A dataclass describes a JSON object: a field is a key, and its annotation is what may stand there. Understood are
``str``, ``int``, ``float``, ``bool``, ``Any``, ``X | None``, ``Literal``, ``tuple[X, ...]``, ``tuple[X, Y]``,
``Mapping[str, X]``, dataclasses, and ``Annotated`` with the constraints below. Four rules more:

* a field with the default None may be left out of the document, and null may not stand there; others must be there;
* a field called ``extra`` takes every key that the class does not know, so that nothing is lost on the way through;
* in a class with a field called ``lacking``, a key that may be left out may be null as well, which is something else:
  ``lacking`` holds the names of those that were left out;
* what ``__post_init__`` refuses with ValueError is a problem of that object.

Whole numbers stay whole numbers where a float is asked for: ``encode(decode(kind, document)) == document``.
"""

from __future__ import annotations

import json
import math
import re
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")

EXTRA = "extra"
LACKING = "lacking"
_LONGEST = 60
_ROUNDING = 1e-9
"""How far a computed share may lie outside its range: sums of doubles round."""


@dataclass(frozen=True, slots=True)
class Within:
    """The number lies between two others, but for rounding."""

    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Matching:
    """The string matches a regular expression in full; ``says`` names it for people."""

    pattern: str
    says: str


@dataclass(frozen=True, slots=True)
class Holding:
    """The object has at least these keys."""

    keys: tuple[str, ...]


class Problem(NamedTuple):
    """What is wrong at one place of a document."""

    place: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.place or 'the file'}: found {self.found}, expected {self.expected}"


class DocumentError(ValueError):
    """A document that is not of the kind it should be; ``problems`` has all of them, in document order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def decode(kind: type[Kind], document: Any) -> Kind:
    """Read a document.

    Raises
    ------
    DocumentError
        With every problem, not the first alone.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> decode(make_dataclass("Point", [("x", float), ("name", str)]), {"x": True})
    Traceback (most recent call last):
    ...
    curate.model.typed_json.DocumentError: x: found true, expected a number
    name: found nothing, expected a string
    """
    reader = _Reader()
    value = reader.read(kind, document, "")
    if reader.problems:
        raise DocumentError(reader.problems)
    found: Kind = value
    return found


def encode(value: Any) -> Any:
    """Write a dataclass, and all it holds, as a JSON document; keys in the order of the fields."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name: encode(getattr(value, name))
            for name, optional in _keys(type(value)).items()
            if not (optional and getattr(value, name) is None) and name not in getattr(value, LACKING, ())
        } | dict(getattr(value, EXTRA, {}))
    if isinstance(value, Mapping):
        return {name: encode(inner) for name, inner in value.items()}
    return [encode(inner) for inner in value] if isinstance(value, tuple | list) else value


def shown(value: Any) -> str:
    r"""Return a value as a message shows it: as JSON, on one line, cut where it is long.

    >>> shown("a\n"), shown(None), shown([1, 2]), len(shown(10**400))
    ('"a\\n"', 'null', 'a list of 2', 61)
    """
    if isinstance(value, Mapping):
        return f"an object of {len(value)} keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class _Entry(NamedTuple):
    """A field: what may stand there, and whether it may be left out."""

    kind: Any
    optional: bool


@cache
def _keys(kind: type) -> dict[str, bool]:
    """Return the fields that are keys of the object, and whether each may be left out when it is None."""
    may_be_null = any(entry.name == LACKING for entry in fields(kind))
    return {
        entry.name: entry.default is None and not may_be_null
        for entry in fields(kind)
        if entry.name not in {EXTRA, LACKING}
    }


@cache
def _entries(kind: type) -> dict[str, _Entry]:
    """Return what may stand at the keys of the object."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        name: _Entry(_without_none(hints[name]) if optional else hints[name], optional)
        for name, optional in _keys(kind).items()
    }


def _without_none(hint: Any) -> Any:
    rest = [part for part in get_args(hint) if part is not types.NoneType]
    is_union = get_origin(hint) in {Union, types.UnionType}
    return rest[0] if is_union and len(rest) == 1 else hint


_WORDS: dict[Any, str] = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


class _Reader:
    """Collects problems while it reads."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, kind: Any, value: Any, place: str) -> Any:
        """Return the value, or None after a problem."""
        origin, parts = get_origin(kind), get_args(kind)
        if kind is Any:
            return value
        if origin is Annotated:
            return self._constrained(parts[0], parts[1:], value, place)
        if origin in {Union, types.UnionType}:
            return None if value is None else self._or_null(_without_none(kind), value, place)
        if origin is Literal:
            words = " or ".join(shown(part) for part in parts)
            is_one = any(type(value) is type(part) and value == part for part in parts)
            return value if is_one else self._wrong(place, value, words)
        if origin is tuple:
            return self._list(parts, value, place)
        if origin in {Mapping, dict}:
            return self._mapping(parts[1], value, place)
        if is_dataclass(kind) and isinstance(kind, type):
            return self._object(kind, value, place)
        return value if _is(kind, value) else self._wrong(place, value, _WORDS[kind])

    def _wrong(self, place: str, value: Any, expected: str) -> None:
        self.problems.append(Problem(place, shown(value), expected))

    def _or_null(self, kind: Any, value: Any, place: str) -> Any:
        before = len(self.problems)
        read = self.read(kind, value, place)
        mine = [entry._replace(expected=f"{entry.expected} or null") for entry in self.problems[before:]]
        self.problems[before:] = [
            entry if entry.place == place else old for entry, old in zip(mine, self.problems[before:], strict=True)
        ]
        return read

    def _constrained(self, kind: Any, rules: tuple[Any, ...], value: Any, place: str) -> Any:
        before = len(self.problems)
        read = self.read(kind, value, place)
        if len(self.problems) > before:
            return read
        for rule in rules:
            expected = _broken(rule, value)
            if expected:
                self._wrong(place, value, expected)
        return read

    def _list(self, parts: tuple[Any, ...], value: Any, place: str) -> Any:
        endless = parts[-1] is Ellipsis
        if not isinstance(value, list | tuple) or not (endless or len(value) == len(parts)):
            return self._wrong(place, value, "a list" if endless else f"a list of {len(parts)}")
        if endless and _are_plain_numbers(parts[0], value):
            return tuple(value)
        kinds = parts[:1] * len(value) if endless else parts
        return tuple(
            self.read(kind, entry, f"{place}[{n}]") for n, (kind, entry) in enumerate(zip(kinds, value, strict=True))
        )

    def _mapping(self, kind: Any, value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(place, value, "an object")
        return {name: self.read(kind, entry, _inside(place, name)) for name, entry in value.items()}

    def _object(self, kind: type, value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(place, value, "an object")
        before, entries = len(self.problems), _entries(kind)
        found: dict[str, Any] = {}
        defaults = {entry.name: entry.default for entry in fields(kind)}
        for name, entry in entries.items():
            if name in value:
                found[name] = self.read(entry.kind, value[name], _inside(place, name))
            elif defaults[name] is not None:
                self.problems.append(Problem(_inside(place, name), "nothing", _expected(entry.kind)))
        if EXTRA in defaults:
            found[EXTRA] = {key: value[key] for key in value if key not in entries}
        if LACKING in defaults:
            found[LACKING] = frozenset(entries.keys() - value.keys())
        if len(self.problems) > before:
            return None
        try:
            return kind(**found)
        except ValueError as error:
            self.problems.append(Problem(place, str(error), "an object that makes sense"))
            return None


def _are_plain_numbers(kind: Any, values: Sequence[Any]) -> bool:
    """Whether all values are finite floats in range, or null where that may be: most of a result is curves."""
    nullable = get_origin(kind) in {Union, types.UnionType}
    inner = _without_none(kind) if nullable else kind
    rules = inner.__metadata__ if get_origin(inner) is Annotated else ()
    if (get_args(inner)[0] if rules else inner) is not float or not all(isinstance(rule, Within) for rule in rules):
        return False
    low = max([-sys.float_info.max, *(rule.low for rule in rules)])
    high = min([sys.float_info.max, *(rule.high for rule in rules)])
    return all((type(value) is float and low <= value <= high) or (nullable and value is None) for value in values)


def _inside(place: str, name: str) -> str:
    name = name if name.isprintable() else ascii(name)
    return f"{place}.{name}" if place else name


def _is(kind: Any, value: Any) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and _is_finite(value)
    return isinstance(value, kind)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of more than 308 digits
        return False


def _broken(rule: Any, value: Any) -> str:
    """Say what a constraint expects; "" where it holds."""
    if isinstance(rule, Within):
        holds = rule.low - _ROUNDING <= value <= rule.high + _ROUNDING
        upper = f" to {rule.high:g}" if math.isfinite(rule.high) else " up"
        return "" if holds else f"a number from {rule.low:g}{upper}"
    if isinstance(rule, Matching):
        return "" if re.fullmatch(rule.pattern, value) else rule.says
    if isinstance(rule, Holding):
        lacking = [key for key in rule.keys if key not in value]
        return f"the key{'s' if len(lacking) > 1 else ''} {', '.join(lacking)} in it, too" if lacking else ""
    raise TypeError(f"unknown constraint {rule!r}")


def _expected(kind: Any) -> str:
    """Say in words what a kind of value is."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _expected(parts[0])
    if origin in {Union, types.UnionType}:
        return f"{_expected(_without_none(kind))} or null"
    if origin is Literal:
        return " or ".join(shown(part) for part in parts)
    return "a list" if origin is tuple else _WORDS.get(kind, "an object")
