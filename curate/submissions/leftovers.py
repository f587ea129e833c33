"""What a submission's folder holds besides its maps and tables: the account, and pictures that stand in for maps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from curate.datasets.layout import list_tree
from curate.disk.litter import is_litter
from curate.imaging.images import IMAGE_SUFFIXES
from curate.imaging.maps import MAP_SUFFIXES
from curate.model.account import Account, LeftOut
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding
from curate.model.submission import SubmissionRun

PICTURES = (IMAGE_SUFFIXES | {".jp2", ".gif", ".webp", ".exr", ".jxl", ".avif", ".heic"}) - MAP_SUFFIXES
"""Endings of pictures that hold no exact scores."""

EXPECTED = f"expected maps ending in {', '.join(sorted(MAP_SUFFIXES))}"
HINT = "save the scores themselves: a JPEG or a coloured heat map is a picture of them, not exact"


def kinds(paths: Iterable[str]) -> str:
    """Count files by ending.

    >>> kinds(["a.jpg", "b.JPG", "LICENSE"]), kinds([])
    ('2 .jpg, 1 without an ending', 'nothing')
    """
    counts = Counter(PurePosixPath(path).suffix.lower() or "without an ending" for path in paths)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"


def pictures_for_maps(
    folder: Path, shown: str, key_of: Callable[[Path], str], known: Iterable[str], maps: Iterable[str]
) -> list[Finding]:
    """CUR607: pictures that lie where the map of an image is missing, one finding for each ending.

    Parameters
    ----------
    folder : Path
        Of one category.
    shown : str
        How messages call it.
    key_of : callable
        The key of the image that a file below ``folder`` belongs to.
    known, maps : iterable of str
        Keys of the dataset's images, and of those with a map.
    """
    without = set(known) - set(maps)
    by_ending = defaultdict(list)
    for file in list_tree(folder).files if without else ():
        suffix = PurePosixPath(file.path).suffix.lower()
        if suffix in PICTURES and not is_litter(file.path) and key_of(Path(file.path)) in without:
            by_ending[suffix].append(file.path)
    return [
        found(
            codes.UNSUPPORTED_MAP_TYPE,
            f"holds {len(paths)} {suffix} pictures where maps are missing, {EXPECTED}",
            shown,
            related=(f"{shown}/{paths[0]}" if shown else paths[0],),
            hint=HINT,
        )
        for suffix, paths in sorted(by_ending.items())
    ]


def files_account(root: Path, runs: Iterable[SubmissionRun], about_name: str) -> Account:
    """Say of every file below a submission's folder whether it was used, and why not."""
    used = {about_name}
    for run in runs:
        used.add(run.below(about_name))
        for part in run.categories:
            used |= {*part.maps.values(), *part.tables}
    files = list_tree(root).files
    left_out = [LeftOut(file.path, _reason(file.path)) for file in files if file.path not in used]
    return Account(len(files) - len(left_out), tuple(left_out))


def _reason(path: str) -> str:
    if is_litter(path):
        return "hidden, or left by a program"
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in MAP_SUFFIXES:
        return "maps that belong to no image that is scored"
    return "pictures, which are no maps" if suffix in PICTURES else "neither maps nor tables of scores"
