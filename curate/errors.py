"""Every error that curate raises on purpose. This module imports nothing.

A message for a person names the file, what was found, what was expected and the next step; the parts are kept as
attributes so that a program can read them too.
"""

from __future__ import annotations


class CurateError(Exception):
    """Root of all errors that are not bugs.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence, with what was found and what was expected.
    path : str, optional
        The file or folder that the message is about.
    hint : str, optional
        The next step.
    """

    def __init__(self, message: str, *, path: object = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = "" if path is None else str(path)
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.path}: {self.message}" if self.path else self.message
        return f"{text}\n  next: {self.hint}" if self.hint else text


class InputError(CurateError, ValueError):
    """Input that cannot be read or does not make sense."""


class ImageError(InputError):
    """A file that cannot be decoded as an image."""


class ReadError(CurateError, OSError):
    """A file whose bytes could not be had, so that nothing is known about it: never a verdict on what it holds.

    Attributes
    ----------
    files : tuple of CurateError
        One error per file, where this one stands for several.
    """

    files: tuple[CurateError, ...] = ()

    def __str__(self) -> str:
        return CurateError.__str__(self)


class ConfigError(InputError):
    """A ``curate.toml`` or ``defects_config.json`` that breaks its schema."""


class RecordError(InputError):
    """A record file of the workspace that does not have the columns or the types it must have."""


class ConflictError(CurateError):
    """Something that was to be replaced has changed in the meantime, so nothing was done."""


class MissingError(CurateError, FileNotFoundError):
    """A file, folder, category or earlier stage's record that must exist and does not."""

    def __str__(self) -> str:
        return CurateError.__str__(self)


class StorageError(CurateError, OSError):
    """The disk refused: full, read-only or without permission."""

    def __str__(self) -> str:
        return CurateError.__str__(self)
