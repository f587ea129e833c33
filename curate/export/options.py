"""What an export is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from curate.model.config import DEFAULT_SPLIT

NATIVE = "autovi"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How categories are published.

    Attributes
    ----------
    layout : str
        A layout that can be written.
    split : str
        Name of the split; another than the default goes to ``build/<layout>-<split>``.
    link : bool
        Hard-link the window images where the file system can; else copy them.
    check : bool
        Read back what was written and compare every region.
    dry_run : bool
        Plan and report; write nothing.
    sync : bool
        Flush what is written to the disk before it takes the old category's place.
    """

    layout: str = NATIVE
    split: str = DEFAULT_SPLIT
    link: bool = True
    check: bool = False
    dry_run: bool = False
    sync: bool = True

    @property
    def folder(self) -> str:
        """Name of the folder below ``build`` that it goes to."""
        return self.layout if self.split == DEFAULT_SPLIT else f"{self.layout}-{self.split}"
