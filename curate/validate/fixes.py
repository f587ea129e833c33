"""Decide what can be fixed without a person. Pure.

Nothing is lost by it, and no region and no picture changes:

* files that operating systems leave behind, and empty folders, go;
* number types of ``defects_config.json`` become those that the published scripts insist on;
* GPS coordinates go, bytes of pixels stay;
* a file named after another format gets its own ending;
* grey masks of the AutoVI layout, and palette masks whose colours are grey, become RGB with the same values.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from curate.imaging.containers import SUFFIXES
from curate.model.codes import names as codes
from curate.model.finding import Finding
from curate.model.fix import Fix
from curate.validate.table import CategoryTable

JUNK = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", ".localized"})
_COLOURS = 3


def plan_fixes(table: CategoryTable, findings: Iterable[Finding]) -> list[Fix]:
    """Return what can be fixed of a category's findings, in a fixed order."""
    present = {finding.code for finding in findings}
    fixes = [
        Fix("remove file", path)
        for path in (*table.tree.strays, *table.tree.beside)
        if PurePosixPath(path).name.lower() in JUNK or PurePosixPath(path).name.startswith("._")
    ]
    if codes.EMPTY_FOLDER in present:
        fixes += [Fix("remove folder", folder) for folder in sorted(table.tree.empty, reverse=True)]
    if codes.JSON_NUMBER_TYPE in present:
        fixes.append(Fix("number types", table.at("defects_config.json")))
    for sample, facts in table.readable():
        if facts.has_position:
            fixes.append(Fix("remove position", sample.path))
    fixes += _renames(table)
    fixes += _masks(table)
    return fixes


def _renames(table: CategoryTable) -> list[Fix]:
    taken = {*table.images, *table.masks}
    fixes = []
    for path, facts in sorted((*table.images.items(), *table.masks.items())):
        if facts.problem:
            continue
        suffix = SUFFIXES[facts.format][0]
        own = PurePosixPath(path).suffix.lower().replace(".jpeg", ".jpg").replace(".tiff", ".tif")
        target = str(PurePosixPath(path).with_suffix(suffix))
        if own != suffix and target not in taken:
            fixes.append(Fix("rename", path, target))
    return fixes


def _masks(table: CategoryTable) -> list[Fix]:
    if table.tree.layout != "autovi":
        return []
    known = {entry.pixel_value for entry in table.entries}
    return [
        Fix("three channels", facts.path)
        for _, facts in table.regions()
        if (facts.channels < _COLOURS or facts.mode == "P")
        and not facts.channels_differ
        and facts.distinct == 1
        and facts.alpha != "varies"
        and (not known or facts.values[0] in known)
    ]
