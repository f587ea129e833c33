"""What import reports before it reads a file: names that are probably a mistake. Pure."""

from __future__ import annotations

import difflib
import re
import shlex
from collections import Counter
from collections.abc import Sequence

from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding

_MASK_FOLDERS = frozenset(
    {"ground_truth", "groundtruth", "gt", "mask", "masks", "mask_images", "annotation", "annotations", "segmentation"}
)
"""Folders that published datasets keep masks in; lower case, ``-`` and blanks as ``_``."""

_MASK_ENDINGS = ("_mask", "_gt", "_label")
_SUSPECT = re.compile("mask|truth|gt|label|annotation|segmentation", re.IGNORECASE)
"""What all of them hold: a million names are sieved by it first."""
_LISTED = 10
_GARBLED = re.compile("[┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀░▒▓│⌐⌠⌡■∙·√ⁿ∞φε∩≡≥≤≈αΓπΣσµτΦΘΩδ¬½¼¡«»ªº¿₧ƒ¥£¢]")
"""What bytes of other character sets look like when they are read as code page 437, which zip files fall back to."""
_CHARACTER_SETS = ("utf-8", "gb18030", "shift_jis", "euc_kr", "big5")


def about_category(category: str, configured: Sequence[str]) -> list[Finding]:
    """Remark on a category that ``curate.toml`` does not name though it names others.

    >>> [finding.message for finding in about_category("pipe_clp", ["pipe_clip", "screw"])]
    ['curate.toml names pipe_clip, screw, not pipe_clp; did you mean pipe_clip?']
    """
    if not configured or category in configured:
        return []
    near = difflib.get_close_matches(category.lower(), [name.lower() for name in configured], n=1)
    meant = next((name for name in configured if near and name.lower() == near[0]), "")
    message = f"curate.toml names {', '.join(configured)}, not {category}"
    message += f"; did you mean {meant}?" if meant else ""
    return [
        found(codes.UNCONFIGURED_CATEGORY, message, "curate.toml", hint=_undo(category, f"-c {meant or configured[0]}"))
    ]


def about_masks(category: str, names: Sequence[str]) -> list[Finding]:
    """Remark on files among the frames that their names call masks.

    Where all files look so, the name is the product's, not the masks'.
    """
    patterns: Counter[str] = Counter()
    suspects: list[str] = []
    for name in filter(_SUSPECT.search, names):
        pattern = _mask_pattern(name)
        if pattern:
            patterns[pattern] += 1
            suspects.append(name)
    if not suspects or len(suspects) == len(names):
        return []
    options = " ".join(f"--exclude {shlex.quote(pattern)}" for pattern in sorted(patterns))
    counts = ", ".join(f"{pattern} {count}" for pattern, count in sorted(patterns.items()))
    return [
        found(
            codes.MASKS_AMONG_FRAMES,
            f"{len(suspects)} of {len(names)} files look like masks, not frames: {counts}",
            suspects[0],
            related=tuple(suspects[1:_LISTED]),
            hint=_undo(category, options),
        )
    ]


def about_characters(names: Sequence[str]) -> list[Finding]:
    """Report names that were read in a wrong character set on their way here, and what they may have been."""
    suspects = [(name, meant) for name in filter(_GARBLED.search, names) if (meant := _meant(name))]
    if not suspects:
        return []
    name, meant = suspects[0]
    likely = " or ".join(f"{text!r} ({character_set})" for character_set, text in meant)
    message = (
        f"{len(suspects)} of {len(names)} names look as if read in a wrong character set: {name!r} may be {likely}"
    )
    return [found(codes.NAMES_GARBLED, message, name, related=tuple(other for other, _ in suspects[1:_LISTED]))]


def _meant(name: str) -> list[tuple[str, str]]:
    """Return what a name may have been: the character sets that fit all of its bytes, and the text in them."""
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return []  # it holds a character that such a mistake cannot make
    fitting = []
    for character_set in _CHARACTER_SETS:
        try:
            text = raw.decode(character_set)
        except UnicodeDecodeError:
            continue
        if all(character.isalnum() or ord(character) < 128 for character in text):  # noqa: PLR2004 - letters, or ASCII
            fitting.append((character_set, text))
    return fitting[:2]


def _undo(category: str, again: str) -> str:
    return (
        f"if so, delete captures/{category} and records/captures/{category} (every frame of {category}), and import "
        f"again with {again}; --dry-run shows beforehand what an import would do"
    )


def _mask_pattern(name: str) -> str:
    """Return the pattern that passes over a file which its name calls a mask; ``""`` for any other.

    >>> _mask_pattern("ok/Mask-Images/1.png"), _mask_pattern("ok/1_mask.png"), _mask_pattern("ok/1.png")
    ('Mask-Images', '*_mask.png', '')
    """
    *folders, file = name.split("/")
    for folder in folders:
        if folder.lower().replace("-", "_").replace(" ", "_") in _MASK_FOLDERS:
            return folder
    stem, _, suffix = file.rpartition(".")
    ending = next((ending for ending in _MASK_ENDINGS if stem.lower().endswith(ending)), "")
    return f"*{stem[-len(ending) :]}.{suffix}" if ending else ""
