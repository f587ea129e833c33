"""What a person can ask of an import."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from curate.errors import InputError
from curate.importing.clocks import ClockFix
from curate.importing.user_metadata import UserMetadata, compile_pattern
from curate.model.config import DEFAULT_SERIES

FOLDER_NAME = re.compile(r"^[^./\\\0][^/\\\0]*$")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How frames are taken into a category.

    Attributes
    ----------
    series : str
        Where the frames go; a folder's name.
    link : bool
        Hard-link instead of copying, where the file system can.
    label : str
        What is known about every frame of these sources: ``good`` or a defect's name.
    label_from_folder : bool
        Take the label from the innermost folder's name; words such as ``ok`` and ``normal`` mean ``good``.
    decode : bool
        Decode every frame as well and record the hash of its pixels; frames known without one are read again.
    order : str
        One of :data:`curate.importing.order.POLICIES`.
    series_gap_s : float
        A pause of more than so many seconds starts a new series; 0 never does.
    pattern : str
        Regular expression, searched in file names, with the named groups
        :data:`curate.importing.user_metadata.PATTERN_GROUPS`.
    manifest : Path, optional
        CSV or JSON lines about the files.
    columns : mapping of str to str
        What (:data:`curate.importing.user_metadata.COLUMNS`) to the manifest's column that says it.
    exclude : tuple of str
        Patterns of names to pass over, such as ``ground_truth`` or ``*_mask.png``.
    reorder : bool
        Order frames that were imported before anew, too.
    clocks : mapping of str to ClockFix
        Camera to what its clock shows wrongly.
    move : bool
        Move frames that are known, and seen again, to the series that is said for them now.
    sync : bool
        Flush frames and their folders to the disk before the record that names them is written.
    """

    series: str = DEFAULT_SERIES
    link: bool = False
    label: str = ""
    label_from_folder: bool = False
    decode: bool = False
    order: str = "auto"
    series_gap_s: float = 0.0
    pattern: str = ""
    manifest: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    reorder: bool = False
    clocks: Mapping[str, ClockFix] = field(default_factory=dict)
    move: bool = False
    sync: bool = True

    def check(self, category: str) -> None:
        """Refuse names of the category or the series that cannot be folders'.

        Raises
        ------
        InputError
        """
        for what, name in (("category", category), ("series", self.series)):
            if not FOLDER_NAME.match(name):
                raise InputError(
                    f"the {what} {name!r} cannot be a folder's name", hint="leave out slashes and a leading dot"
                )

    def metadata(self) -> UserMetadata:
        """Return what is known of the frames without looking into the manifest.

        Raises
        ------
        InputError
            If the pattern is no regular expression, or has other groups.
        """
        pattern = compile_pattern(self.pattern) if self.pattern else None
        return UserMetadata(pattern, {}, self.label, self.label_from_folder, self.series)
