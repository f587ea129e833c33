"""What a category's own documents say: ``defects_config.json`` and ``dataset.json``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curate.datasets.card import CARD_NAME, read_card
from curate.datasets.defects_config import CONFIG_NAME, read_defects_config
from curate.disk.json_text import parse_json
from curate.disk.reading import is_there
from curate.errors import ConfigError, CurateError, InputError, ReadError
from curate.imaging.images import read_file
from curate.model.card import Card
from curate.model.defect import DefectEntry


@dataclass
class CategoryDocuments:
    """A category's documents, as far as they could be read.

    Attributes
    ----------
    config : object
        The parsed ``defects_config.json``; None when there is none, it is broken or could not be read.
    config_problem, card_problem : str
        Why it cannot be used; ``""`` when it can, or could not be read.
    entries : tuple of DefectEntry
    card : Card or None
    unread : dict of str to str
        Why a document's bytes could not be had, by its name.
    """

    config: Any = None
    config_problem: str = ""
    entries: tuple[DefectEntry, ...] = ()
    card: Card | None = None
    card_problem: str = ""
    unread: dict[str, str] = field(default_factory=dict)


def read_documents(folder: Path) -> CategoryDocuments:
    """Read the documents of a category's folder."""
    found = CategoryDocuments()
    for name, read in ((CONFIG_NAME, _read_config), (CARD_NAME, _read_card)):
        try:
            read(folder / name, found)
        except ReadError as error:
            found.unread[name] = error.message
    return found


def _read_config(path: Path, found: CategoryDocuments) -> None:
    if not is_there(path):
        return
    try:
        found.config = parse_json(read_file(path))
        if found.config is None:
            found.config_problem = "is null, expected a list of entries"
            return
        found.entries = read_defects_config(path)
    except ReadError:
        raise
    except ConfigError as error:
        found.config_problem = error.message
    except (ValueError, CurateError) as error:
        found.config_problem = f"is not valid JSON: {error}"


def _read_card(path: Path, found: CategoryDocuments) -> None:
    try:
        found.card = read_card(path)
    except InputError as error:
        found.card_problem = error.message
