"""Layouts that a person describes: by options of a command, or in a ``layout.toml`` that can be shared.

Both become one line of text, ``NAME?key=value&…``: what every command takes for a layout and a result records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from curate.datasets.layout import SPLIT_FOLDERS, SPLITS
from curate.datasets.layouts.description import Images, Layout
from curate.datasets.layouts.plain import PLAIN, plain_folders
from curate.datasets.layouts.table import BY_NAME
from curate.errors import ConfigError, InputError
from curate.formats.mask_values import Legend, legend_of_values

_GROUPS = ("category", "split", "label", "specimen", "name")
_SUFFIX = r"\.(?:png|jpe?g|bmp|tiff?|webp)"
_PLACE = re.compile(r"\{(\w+)\}")
_LISTS = ("good", "defect_masks", "split_folders", "images", "masks")
_TEXTS = ("layout", "title", "category", "defect", "values")
_FLAGS = ("unmarked_good", "supervised")
KEYS = (*_TEXTS, *_LISTS, *_FLAGS)
"""What a description may say."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a person says about a folder; see docs/layouts.md.

    Attributes
    ----------
    name : str
        A layout that curate knows; ``""``: recognised by looking.
    lists : dict of str to list of str
        ``good``, ``defect_masks``, ``split_folders`` (``split=folder``), ``images`` and ``masks`` (patterns).
    texts : dict of str to str
        ``title``, ``category``, ``defect``.
    legend : mapping
        What the values of masks stand for.
    flags : frozenset of str
        ``unmarked_good``, ``supervised``.
    """

    name: str = ""
    lists: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    legend: Legend = field(default_factory=dict)
    flags: frozenset[str] = frozenset()

    @property
    def changes_folders(self) -> bool:
        """Whether it says how folders are named."""
        return any(self.lists.values())


def layout_text(name: str | None, **said: Any) -> str | None:
    """Write what options say as one line of text; a layout's name alone, or None, when they say nothing more.

    >>> layout_text("folders", good="ok_front,ok_back", values=""), layout_text(None, values="60=dent")
    ('folders?good=ok_front&good=ok_back', '?values=60%3Ddent')
    """
    pairs: list[tuple[str, str]] = []
    for key, value in said.items():
        if key in _LISTS:
            parts = value if isinstance(value, list) else str(value or "").split(",")
            pairs += [(key, part.strip()) for part in parts if part.strip()]
        elif key in _FLAGS:
            pairs += [(key, "yes")] if value else []
        elif value:
            pairs.append((key, str(value)))
    return f"{name or ''}?{urlencode(pairs)}" if pairs else name


def text_of_file(path: Path) -> str:
    """Read a ``layout.toml`` as one line of text.

    Raises
    ------
    ConfigError
        If it is not TOML, or says something that a description has not; every such key is named.
    """
    import tomllib

    from curate.disk.reading import read_text

    try:
        document = tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"is not valid TOML: {error}", path=path) from error
    problems = [f"{key}: not known" for key in document if key not in KEYS]
    said: dict[str, Any] = {}
    for key in (key for key in KEYS if key in document):
        value = document[key]
        if key == "values" and isinstance(value, dict):
            said[key] = ",".join(f"{number}={name}" for number, name in value.items())
        elif key == "split_folders" and isinstance(value, dict):
            said[key] = [f"{split}={folder}" for split, folder in value.items()]
        elif (
            (key in _LISTS and isinstance(value, list) and all(isinstance(part, str) for part in value))
            or (key in _FLAGS and isinstance(value, bool))
            or (key in _TEXTS and isinstance(value, str))
        ):
            said[key] = value
        else:
            problems.append(f"{key}: {type(value).__name__} is not what it takes")
    if problems:
        listing = "\n".join(f"  {problem}" for problem in problems)
        hint = f"it may hold {', '.join(KEYS)}; see docs/layouts.md"
        raise ConfigError(f"has {len(problems)} problem(s):\n{listing}", path=path, hint=hint)
    return layout_text(said.pop("layout", ""), **said) or ""


def read_description(text: str) -> Description:
    """Read what :func:`layout_text` wrote, a layout's name, or the path of a ``layout.toml``.

    Raises
    ------
    InputError, ConfigError
        If it says something that a description has not.
    """
    if text.endswith(".toml"):
        text = text_of_file(Path(text))
    name, _, query = text.partition("?")
    lists: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    flags = set()
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in KEYS:
            raise InputError(f"a layout cannot be described by {key!r}, only by {', '.join(KEYS)}")
        if key in _LISTS:
            lists.setdefault(key, []).append(value)
        elif key in _FLAGS:
            flags.add(key)
        else:
            texts[key] = value
    legend = legend_of_values(texts.pop("values", ""))
    return Description(name, lists, texts, legend, frozenset(flags))


def layout_of(description: Description) -> Layout | None:
    """Return the layout that is described; None when it is to be recognised by looking.

    Raises
    ------
    InputError
        If no layout has the name, or a pattern cannot be understood.
    """
    name = description.name or ("folders" if description.changes_folders else "")
    if not name:
        return None
    if name not in BY_NAME:
        raise InputError(f"unknown layout {name!r}, expected one of {', '.join(BY_NAME)}")
    layout = BY_NAME[name]
    if description.changes_folders:
        if name != "folders":
            raise InputError(f"the folders of {layout.title} are known; only `--layout folders` takes names of them")
        layout = _by_patterns(description) if description.lists.get("images") else _by_names(description)
    said = description.texts
    return replace(
        layout,
        title=said.get("title", layout.title),
        category=said.get("category", layout.category),
        defect=said.get("defect", layout.defect),
        unmarked_good=layout.unmarked_good or "unmarked_good" in description.flags,
        supervised=layout.supervised or "supervised" in description.flags,
    )


def _by_names(description: Description) -> Layout:
    masks = description.lists.get("defect_masks", [])
    plain = plain_folders(PLAIN.mask_folders + tuple(masks), _splits(description))
    good = tuple(word.lower() for word in description.lists.get("good", ()))
    return replace(BY_NAME["folders"], images=plain.images, masks=plain.masks, splits=plain.splits, good=good)


def _splits(description: Description) -> dict[str, str]:
    """Return the split of each folder name, in lower case."""
    named = [part.partition("=") for part in description.lists.get("split_folders", ())]
    wrong = [split for split, sign, folder in named if split not in SPLITS or not (sign and folder)]
    if wrong:
        raise InputError(f"{wrong[0]!r} is no split folder: write for example train=training,test=holdout")
    return {folder.lower(): split for split, _, folder in named} | ({} if named else SPLIT_FOLDERS)


def _by_patterns(description: Description) -> Layout:
    splits = _splits(description)
    images = [_expression(text, splits) for text in description.lists["images"]]
    return replace(
        BY_NAME["folders"],
        images=tuple(Images(one, label="" if "(?P<label>" in one else "?") for one in images),
        masks=tuple(_expression(text, splits) for text in description.lists.get("masks", ())),
        splits=tuple(splits.items()),
        good=tuple(word.lower() for word in description.lists.get("good", ())),
        empty_is_good=True,
    )


def _expression(text: str, splits: dict[str, str]) -> str:
    """Turn a pattern such as ``{split}/{label}/{name}`` into a regular expression over a path."""
    known = dict.fromkeys(_GROUPS, r"[^/]+") | {"split": "|".join(map(re.escape, splits))}
    parts = []
    for place, part in enumerate(_PLACE.split(text)):
        if place % 2 == 0:
            parts.append(re.escape(part).replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))
        elif part in known:
            parts.append(f"(?P<{part}>{known[part]})" if f"(?P<{part}>" not in "".join(parts) else f"(?P={part})")
        else:
            raise InputError(f"{{{part}}} is no part of a path: expected {', '.join(known)}")
    if "(?P<name>" not in "".join(parts):
        raise InputError(f"the pattern {text!r} has no {{name}}")
    return "".join(parts) + ("" if re.search(r"\.\w+$", text) else _SUFFIX)
