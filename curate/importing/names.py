"""Choose the names of frames below ``captures/``: those they came with, unless two would share one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MAX_NAME_BYTES = 255
"""What Linux, macOS and Windows file systems take for one part of a path."""


def assign_names(wanted: Mapping[str, str], taken: Iterable[str]) -> dict[str, str]:
    """Give each content a name of its own.

    Parameters
    ----------
    wanted : mapping of str to str
        sha256 to the name that it came with.
    taken : iterable of str
        Names that are in use by other contents.

    Returns
    -------
    dict of str to str
        sha256 to name. Of several contents with one name, the lowest sha256 keeps it if it is free, and the others
        get the start of their sha256 before the suffix, so the answer does not depend on the order of the input.

    Examples
    --------
    >>> assign_names({"b" * 64: "1.jpg", "a" * 64: "1.jpg"}, [])["b" * 64]
    '1~bbbbbbbb.jpg'
    """
    used = set(taken)
    names: dict[str, str] = {}
    for sha256, name in sorted(wanted.items()):
        chosen = name
        length = 8
        while chosen in used:
            chosen = distinct_name(name, sha256[:length])
            length += 8
        used.add(chosen)
        names[sha256] = chosen
    return names


def distinct_name(name: str, mark: str) -> str:
    """Put a mark before the suffix, shortening the stem where the name would get too long.

    >>> distinct_name("shift 1/0001.jpg", "3f2a9c1b")
    'shift 1/0001~3f2a9c1b.jpg'
    """
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    tail = f"~{mark}{dot}{suffix}"
    room = MAX_NAME_BYTES - len(tail.encode("utf-8"))
    short = stem.encode("utf-8")[:room].decode("utf-8", "ignore")
    return f"{folder}{slash}{short}{tail}"
