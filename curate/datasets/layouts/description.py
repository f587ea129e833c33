"""What a row of :mod:`curate.datasets.layouts.table` says: how a dataset lies on disk and what its files mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from curate.disk.json_text import parse_json
from curate.errors import InputError
from curate.imaging.images import read_file
from curate.model.account import EMPTY, Account, LeftOut
from curate.model.dataset import Category, MaskRule
from curate.model.finding import Finding

IMAGE = r"(?P<name>[^/]+)\.(?:png|jpe?g|bmp|tiff?)"
"""A picture's file name."""

CATEGORY = r"(?:(?:.*/)?(?P<category>[^/]+)/)?"
"""A category's folder, however deep; nothing when the root is the category itself."""

ANYWHERE = r"(?:.*/)?"


@dataclass(frozen=True, slots=True)
class Images:
    """Where pictures lie.

    Attributes
    ----------
    pattern : str
        Regular expression over the whole path, case ignored, with the groups ``name`` and, where the path says them,
        ``category``, ``split``, ``label`` and ``specimen``.
    split, label : str
        What holds where the path does not say it. The label ``?`` stands for "defective if a mask says so".
    """

    pattern: str
    split: str = "test"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A listed folder: what readers of tables work on.

    Attributes
    ----------
    root : Path
    paths : tuple of str
        Every file below it, relative, ``/``-separated, sorted.
    """

    root: Path
    paths: tuple[str, ...]

    def matching(self, pattern: str) -> list[str]:
        """Return the paths that a regular expression matches as a whole, case ignored."""
        found = compiled(pattern)
        return [path for path in self.paths if found.fullmatch(path)]

    def text(self, path: str) -> str:
        """Read a text file.

        Raises
        ------
        InputError
            If it is not UTF-8.
        """
        try:
            return read_file(self.root / path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"is not UTF-8 text: {error}", path=self.root / path) from error

    def document(self, path: str) -> Any:
        """Read a JSON file.

        Raises
        ------
        InputError
            If it is not JSON.
        """
        try:
            return parse_json(self.text(path))
        except ValueError as error:
            raise InputError(f"is not valid JSON: {error}", path=self.root / path) from error


@dataclass(frozen=True, slots=True)
class LayoutReading:
    """What a reader made of a folder.

    Attributes
    ----------
    categories : tuple of Category
    findings : tuple of Finding
        What had to be left out or decided.
    documents : tuple of str
        Tables and documents that were read.
    left_out : tuple of LeftOut
        Files that the layout knows and does not use, with the reason; what else is no image of a category and no
        document is unexplained.
    entries : Account
        Of the entries of documents.
    """

    categories: tuple[Category, ...]
    findings: tuple[Finding, ...] = ()
    documents: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    entries: Account = EMPTY


Reader: TypeAlias = Callable[["Layout", Folder], LayoutReading]


@dataclass(frozen=True, slots=True)
class Holds:
    """What a layout can hold; each is ``yes``, ``no``, or a few words on what becomes of it.

    ``beside`` means: kept in files that curate writes beside it and other programs do not read.
    """

    regions: str = "one an image"
    defects: str = "the folder's"
    saturation: str = "no"
    validation: str = "no"
    specimen: str = "no"
    time: str = "no"


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout.

    Attributes
    ----------
    name : str
        What ``--layout`` takes.
    title : str
        For people.
    signs : tuple of str
        It is recognised when each of these regular expressions matches some path; none: only by ``--layout``.
    without : tuple of str
        … and none of these does.
    images : tuple of Images
    masks : tuple of str
        Patterns of mask files; a mask belongs to the picture that agrees in every group of the pattern.
    mask_rule : str
    splits : tuple of (str, str)
        Folder names, in lower case, of splits that are not called ``train``, ``val`` or ``test``.
    category : str
        The category's name where no folder says it.
    defect : str
        The label of a picture that a mask calls defective.
    empty_is_good : bool
        Good pictures have masks too, and these are black.
    reader : callable or None
        Reads tables; None when patterns are enough.
    official_split : bool
        Whether the dataset says which pictures are for training.
    unmarked_good : bool
        Whether pictures of which no mask or document says anything are good.
    good : tuple of str
        Folders of good pictures besides the words that are known in every room, in lower case.
    supervised : bool
        Whether defects among its training images are there to be learnt from.
    holds : Holds
    shared_masks : bool
        Whether a mask stands for all pictures that it fits, not for one.
    ignored : tuple of (str, str)
        Patterns of files that the layout knows and does not use, each with the reason.
    sources : tuple of str
        Where the facts come from; ``primary:`` marks the authors' own words or files.
    """

    name: str
    title: str
    signs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    images: tuple[Images, ...] = ()
    masks: tuple[str, ...] = ()
    mask_rule: MaskRule = "nonzero"
    splits: tuple[tuple[str, str], ...] = ()
    category: str = ""
    defect: str = "defect"
    empty_is_good: bool = False
    reader: Reader | None = None
    official_split: bool = True
    unmarked_good: bool = False
    good: tuple[str, ...] = ()
    supervised: bool = False
    holds: Holds = field(default_factory=Holds)
    shared_masks: bool = False
    ignored: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of a layout: case is ignored, as upper-case suffixes are common."""
    return re.compile(pattern, re.IGNORECASE)
