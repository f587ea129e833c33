"""Regions that are linked to each other form one group."""

from __future__ import annotations

from collections.abc import Iterable


def group_names(links: Iterable[tuple[str, str]], known: Iterable[str]) -> dict[str, str]:
    """Name the group of every linked region: the smallest identifier among those that hang together.

    Parameters
    ----------
    links : iterable of pairs of identifiers
        Relations, parents; links to something unknown are ignored.
    known : iterable of str
        Identifiers of regions.

    Examples
    --------
    >>> group_names([("b", "c"), ("c", "a"), ("d", "x")], "abcd")
    {'a': 'a', 'b': 'a', 'c': 'a'}
    """
    present = set(known)
    root = {name: name for name in present}

    def top(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    linked = set()
    for first, second in links:
        if first in present and second in present and first != second:
            low, high = sorted((top(first), top(second)))
            root[high] = low
            linked |= {first, second}
    return {name: top(name) for name in sorted(linked)}
