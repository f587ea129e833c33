"""What can be corrected in a dataset without a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["remove file", "remove folder", "number types", "remove position", "rename", "three channels"]


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to correct.

    Attributes
    ----------
    kind : str
    path : str
        Relative to the dataset's root.
    target : str
        Its new name, ``""`` where it keeps its own.
    """

    kind: Kind
    path: str
    target: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the fix as a JSON document."""
        return {"kind": self.kind, "path": self.path, "target": self.target}
