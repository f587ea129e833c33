"""Words for counts in messages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sized
from dataclasses import fields
from pathlib import Path
from typing import Any

_PACKAGE = "curate-inspection"
_USER_OF_URL = re.compile(r"(?<=://)[^\s/?#@]+@")
_SIGNED = re.compile(
    r"(?<=[?&])(X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|GoogleAccessId|sig|se|sv|"
    r"access_token|api_key|password)=[^&\s'\"]+",
    re.IGNORECASE,
)


def counted(number: int, one: str, several: str) -> str:
    """Put a number before the words that fit it.

    >>> counted(1, "mask has", "masks have"), counted(0, "mask has", "masks have")
    ('1 mask has', '0 masks have')
    """
    return f"{number} {one if number == 1 else several}"


def without_credentials(text: str) -> str:
    """Cut from the URLs in a text what lets somebody in: user and password, keys, signatures.

    >>> without_credentials("s3://KEY:SECRET@line/a.png: gone"), without_credentials("https://x/a?X-Amz-Signature=0f&n=1")
    ('s3://…@line/a.png: gone', 'https://x/a?X-Amz-Signature=…&n=1')
    """
    return _SIGNED.sub(r"\1=…", _USER_OF_URL.sub("…@", text)) if "://" in text else text


def install_command(extra: str) -> str:
    """Return the command that installs an extra of curate, as it was installed: from an index, or from a checkout.

    >>> install_command("plot").endswith("[plot]'")
    True
    """
    return f"pip install '{_source()}[{extra}]'"


def _source() -> str:
    """Return what ``pip install`` was given: the folder of a checkout, else the package's name on an index."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import unquote, urlsplit

    checkout = Path(__file__).parents[2]
    try:
        origin = json.loads(distribution(_PACKAGE).read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    url = urlsplit(origin.get("url", ""))
    folder = Path(unquote(url.path)) if url.scheme == "file" else checkout
    return str(folder) if (folder / "pyproject.toml").is_file() else _PACKAGE


_LONGEST = 60


class Shown:
    """Gives a dataclass (made with ``repr=False``) a one-line ``repr`` and a small table in notebooks.

    Numbers and texts are shown as they are, collections as how much they hold.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self._facts().items())
        return f"{type(self).__name__}({shown})"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in self._facts().items()
        )
        return f"<table><caption>{escape(type(self).__name__)}</caption>{rows}</table>"

    def _facts(self) -> dict[str, str]:
        """Return what is worth knowing, in words."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.repr}  # type: ignore[arg-type]
        return {name: summary(value) for name, value in values.items() if value is not None}


def summary(value: Any) -> str:
    """Return a value in a few words.

    >>> summary(0.25), summary("part"), summary((1, 2)), summary({"a": 1, "b": 2}), summary({"good": [1, 2]})
    ('0.25', "'part'", '2 entries', '{a: 1, b: 2}', '{good}')
    """
    if isinstance(value, Mapping) and len(value) < 8:  # noqa: PLR2004 - few enough to name
        plain = all(isinstance(entry, int | float | str) for entry in value.values())
        shown = ", ".join(f"{name}: {entry}" if plain else str(name) for name, entry in value.items())
        if len(shown) <= _LONGEST:
            return f"{{{shown}}}"
    if isinstance(value, Sized) and not isinstance(value, str | bytes | Shown):
        return "1 entry" if len(value) == 1 else f"{len(value)} entries"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
