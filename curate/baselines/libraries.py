"""Import the libraries of the extra ``baselines``: quietly, and with a next step where they are not installed."""

from __future__ import annotations

import importlib
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from curate.errors import MissingError
from curate.model.words import install_command


def library(name: str) -> Any:
    """Import and return a module of the extra.

    Raises
    ------
    MissingError
        If it is not installed.
    """
    # Progress is shown by whoever called us, and nothing of these libraries may reach standard output or error.
    os.environ.setdefault("TQDM_DISABLE", "1")
    try:
        with quiet():
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingError(
            f"this method needs the library {(error.name or name).split('.')[0]}, which is not installed",
            hint=install_command("baselines"),
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the warnings and log lines of these libraries to themselves: none of them is for whoever runs a method."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
