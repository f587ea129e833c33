"""What a shell may offer for the names that a command takes: of the workspace, of layouts, of finding codes.

Each function is a ``shell_complete`` of Click. They read only what is quick to read, and offer nothing where there is
nothing to read: a message would land in the middle of the line that somebody types.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from curate.errors import CurateError

if TYPE_CHECKING:
    from curate.workspace.config import NamesInConfig

LAYOUTS = (
    "aitex",
    "anomalib-table",
    "autovi",
    "btad",
    "coco",
    "crackforest",
    "dagm",
    "dagm-ellipses",
    "deep-pcb",
    "deepcrack",
    "elpv",
    "eyecandies",
    "folders",
    "huggingface",
    "kolektorsdd",
    "kolektorsdd2",
    "labelme",
    "magnetic-tile",
    "mpdd",
    "mvtec-ad",
    "mvtec-ad-2",
    "mvtec-loco",
    "neu-det",
    "pku-pcb",
    "real-iad",
    "rsdds",
    "segmentation",
    "severstal",
    "visa",
    "visa-1cls",
    "visa-2cls",
    "voc",
    "webdataset",
    "wood",
    "yolo",
)
"""Of :mod:`curate.datasets.layouts.table`, which would load NumPy and OpenCV; a test compares them."""


def category_names(context: click.Context, option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer the categories of ``curate.toml`` and those that frames were imported for."""
    del option
    return _matching(_names(context), typed)


def window_names(context: click.Context, option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer the windows of the categories that were typed, or of all."""
    del option
    return _matching((name for names in _chosen(context) for name in names.windows), typed)


def split_names(context: click.Context, option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer the splits of the categories that were typed, or of all."""
    del option
    return _matching((name for names in _chosen(context) for name in names.splits), typed)


def defect_names(context: click.Context, option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer ``good`` and the defects of the categories that were typed, or of all."""
    del option
    return _matching(("good", *(name for names in _chosen(context) for name in names.defects)), typed)


def layout_names(context: click.Context, option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer the layouts that can be read."""
    del context, option
    return _matching(LAYOUTS, typed)


def finding_codes(context: click.Context, option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer finding codes, with their titles where the shell shows them, and ``all``."""
    del context, option
    from curate.model.codes import ALL_CODES

    offered = [
        CompletionItem(entry.code, help=entry.title) for entry in ALL_CODES if entry.code.startswith(typed.upper())
    ]
    return [*offered, *_matching(["all"], typed)]


def _matching(names: Iterable[str], typed: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in dict.fromkeys(names) if name.startswith(typed)]


def _chosen(context: click.Context) -> list[NamesInConfig]:
    names = _names(context)
    wanted = context.params.get("categories") or names
    return [names[name] for name in wanted if name in names]


def _names(context: click.Context) -> dict[str, NamesInConfig]:
    """Return what the workspace of ``-C`` names, or nothing where there is none."""
    from curate.workspace.config import NamesInConfig, names_in_config
    from curate.workspace.workspace import find_workspace

    try:
        workspace = find_workspace(Path(context.params.get("workspace_dir") or "."))
        known = names_in_config(workspace.config_path)
        return known | {name: NamesInConfig() for name in workspace.categories() if name not in known}
    except (CurateError, OSError):
        return {}
