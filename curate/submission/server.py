"""Pack a submission as the evaluation server of MVTec AD 2 takes it: a ``.tar.gz`` of maps, and of masks made of them.

The form is that of ``check_and_prepare_data_for_upload.py`` in ``MVTecAD2_public_code_utils`` (MVTec Software, 2025)::

    <name>/anomaly_images/<object>/test_private/000_regular.tiff              one channel, float16
    <name>/anomaly_images/<object>/test_private_mixed/000_mixed.tiff
    <name>/anomaly_images_thresholded/<object>/test_private/000_regular.png   0 and 255; may be left out as a whole

Nothing else may lie in it, so maps of ``test_public`` are left out. The thresholds are the participant's: they are
asked for, never chosen here.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.disk.atomic import place_file
from curate.errors import ImageError, InputError, MissingError
from curate.execution import Execution
from curate.imaging.images import IMAGE_SUFFIXES, encode_png, read_file
from curate.imaging.maps import MapError, decode_map, image_size, is_map_name
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Dataset
from curate.model.finding import Finding, has_errors, ordered
from curate.model.natural import natural_key
from curate.submission.run import SubmissionReport
from curate.submissions.archive import submission_folder

MAPS, MASKS = "anomaly_images", "anomaly_images_thresholded"
PRIVATE_TESTS = ("test_private", "test_private_mixed")
OBJECTS = frozenset({"can", "fabric", "fruit_jelly", "rice", "sheet_metal", "vial", "wallplugs", "walnuts"})
"""All of these make a submission that the server takes."""

_SHORT, _LONG = 3, 4
_TIFF_FLOAT = 3
_ONLY = "the form mvtec-ad-2 is for that dataset alone; --layout mvtec-ad-2 insists on it"


@dataclass(frozen=True, slots=True)
class ServerMap:
    """A map of an image without published truth: where it lies, its image, and its name in the archive, no ending."""

    source: Path
    image: Path
    name: str
    category: str


def thresholds_of(asked: Sequence[str], categories: Sequence[str]) -> Mapping[str, float] | None:
    """Read ``SCORE`` and ``CATEGORY=SCORE``; None for ``none``, which leaves the masks out.

    Raises
    ------
    InputError
        If a category has no threshold, one is no finite number, or one names no category.

    >>> thresholds_of(["0.5", "can=0.25"], ["can", "rice"])
    {'can': 0.25, 'rice': 0.5}
    """
    if list(asked) == ["none"]:
        return None
    given: dict[str, float] = {}
    for text in asked:
        name, _, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value) or (name and name not in categories):
            known = ", ".join(categories)
            raise InputError(f"--threshold {text}: expected SCORE, CATEGORY=SCORE with one of {known}, or none alone")
        given[name] = value
    lacking = [name for name in categories if name not in given and "" not in given]
    if lacking:
        raise InputError(
            f"no threshold is known for {', '.join(lacking)}: the server scores masks as well, score > threshold",
            hint="name yours with --threshold [CATEGORY=]SCORE, chosen without test images, or leave masks out with "
            "--threshold none; MVTec's script suggests mean + 3 standard deviations of the scores of validation images",
        )
    return {name: given.get(name, given.get("", 0.0)) for name in categories}


def pack_for_server(
    root: Path, dataset: Dataset, archive: Path, *, thresholds: Sequence[str], execution: Execution = Execution()
) -> SubmissionReport:
    """Check the maps of the private test sets and pack them as the server of MVTec AD 2 takes them.

    Parameters
    ----------
    root : Path
        ``[anomaly_images/]<category>/test_private[_mixed]/<image>``, maps of any kind; a folder, zip or tar file.
    dataset : Dataset
        MVTec AD 2 with the images of its private test sets; all its categories are packed.
    archive : Path
        Ends with ``.tar.gz``.
    thresholds : sequence of str
        ``SCORE`` for all categories, ``CATEGORY=SCORE``, or ``none``, which leaves the masks out.
    execution : Execution

    Raises
    ------
    InputError
        If the dataset is another one, the archive is called otherwise, or a threshold is lacking or wrong.
    """
    if dataset.layout != "mvtec-ad-2":
        raise InputError(f"is read as {dataset.layout}, expected mvtec-ad-2", path=dataset.root, hint=_ONLY)
    if not archive.name.endswith(".tar.gz"):
        raise InputError("expected a name that ends with .tar.gz, as the server takes it", path=archive)
    categories = [category.name for category in dataset.categories]
    chosen = thresholds_of(thresholds, categories)
    with submission_folder(root) as folder:
        maps, findings = server_maps(folder, dataset, categories)
        for _, said in execution.map(partial(_verdict, folder), maps, "check maps"):
            findings += said
        counted = Counter(entry.category for entry in maps)
        written = not has_errors(findings)
        if written:
            write_server_archive(archive, maps, chosen, folder)
    return SubmissionReport(
        str(archive if written else root),
        {name: counted[name] for name in categories},
        dict.fromkeys(categories, 0),
        ordered(findings),
        written=written,
    )


def _verdict(root: Path, entry: ServerMap) -> tuple[bool, list[Finding]]:
    scores, findings = checked_map(entry, root)
    return scores is not None, findings


def server_maps(root: Path, dataset: Dataset, categories: Sequence[str]) -> tuple[list[ServerMap], list[Finding]]:
    """Find the map of each image of the private test sets, and say what is missing or too much.

    Parameters
    ----------
    root : Path
        Of the submission: ``[anomaly_images/]<category>/test_private[_mixed]/<image>``, maps of any kind.
    dataset : Dataset
        MVTec AD 2 itself, with the images of its private test sets.
    categories : sequence of str
    """
    base = root / MAPS if (root / MAPS).is_dir() else root
    maps: list[ServerMap] = []
    findings: list[Finding] = []
    for category in categories:
        for part in PRIVATE_TESTS:
            fitting, said = _matched(root, base, Path(dataset.root), category, part)
            maps += fitting
            findings += said
        if (base / category / "test_public").is_dir():
            message = "is left out: the server takes maps of the private test sets alone"
            findings.append(_left_out(message, _shown(base / category / "test_public", root)))
    if (root / MASKS).is_dir():
        findings.append(_left_out("is not taken: masks are made of the maps, with --threshold", MASKS))
    absent = sorted(OBJECTS - set(categories))
    if absent:
        message = f"the server takes all eight objects at once, {', '.join(absent)} are not in it"
        hint = "pack it again with all of them in the dataset and in the submission"
        findings.append(found(codes.MISSING_CATEGORY, message, hint=hint, severity="warning"))
    return maps, findings


def _matched(
    root: Path, base: Path, dataset_root: Path, category: str, part: str
) -> tuple[list[ServerMap], list[Finding]]:
    """Give each image of one private test set its map."""
    place = f"{category}/{part}"
    maps, findings = [], []
    images = _by_stem(dataset_root / place, images=True)
    if not images:
        findings.append(found(codes.MISSING_CATEGORY, "the dataset has no images of this test set", place))
    given = _by_stem(base / place, images=False)
    for stem, files in given.items():
        if stem not in images:
            message = f"belongs to no image: the dataset has no {place}/{stem}"
            findings.append(found(codes.MAP_WITHOUT_IMAGE, message, _shown(files[0], root)))
        elif len(files) > 1:
            message = f"is a second map for {place}/{stem}"
            findings.append(found(codes.SEVERAL_MAPS_FOR_IMAGE, message, _shown(files[1], root)))
    for stem, (image, *_) in images.items():
        if stem in given:
            maps.append(ServerMap(given[stem][0], image, f"{place}/{stem}", category))
        else:
            findings.append(found(codes.MISSING_MAP, "has no anomaly map", f"{place}/{stem}"))
    return maps, findings


def _left_out(message: str, shown: str) -> Finding:
    return found(codes.UNRELATED_FOLDER, message, shown, hint="", severity="info")


def _by_stem(folder: Path, *, images: bool) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir(), key=lambda entry: natural_key(entry.name)) if folder.is_dir() else ():
        if path.name.startswith("."):
            continue
        if path.suffix.lower() in IMAGE_SUFFIXES if images else is_map_name(path):
            files.setdefault(path.stem, []).append(path)
    return files


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def checked_map(entry: ServerMap, root: Path) -> tuple[NDArray[Any] | None, list[Finding]]:
    """Read a map and say whether 16-bit floats can hold it; another size than its image's is a warning."""
    shown = _shown(entry.source, root)
    try:
        scores = decode_map(read_file(entry.source), entry.source)
        width, height = image_size(entry.image)
    except MapError as error:
        return None, [found(error.code, error.message, shown)]
    except (ImageError, MissingError) as error:
        return None, [found(codes.UNREADABLE_IMAGE_SIZE, error.message, shown)]
    findings = []
    if scores.shape != (height, width):
        message = (
            f"is {scores.shape[1]}×{scores.shape[0]} (width × height), its image is {width}×{height}: it is packed "
            "as it is, what the server makes of it is not published"
        )
        findings.append(found(codes.MAP_SIZE_DIFFERS, message, shown, severity="warning"))
    with np.errstate(over="ignore"):
        halves = scores.astype(np.float16)
    if not np.isfinite(halves).all():
        message = f"has the score {np.abs(scores).max():g}, the server's 16-bit floats end at 65504"
    elif np.ptp(scores) > 0 and np.ptp(halves) == 0:
        message = "has scores that are all equal as 16-bit floats, which the server takes"
    else:
        return scores, findings
    hint = "scale all maps of the category by the same factor"
    return None, [*findings, found(codes.UNSUPPORTED_MAP_TYPE, message, shown, hint=hint)]


def write_server_archive(
    archive: Path, maps: Sequence[ServerMap], thresholds: Mapping[str, float] | None, root: Path
) -> None:
    """Write the ``.tar.gz``, whole or not at all, one map in memory at a time; the same maps give the same bytes.

    Masks are made of the scores as they are in the submission, before they become 16-bit floats.
    """
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft"
        with (
            draft.open("wb") as stream,
            gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
        ):
            for name, content in _members(maps, thresholds, root):
                entry = tarfile.TarInfo(f"{archive.name.removesuffix('.tar.gz')}/{name}")
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        place_file(draft, archive)


def _members(
    maps: Sequence[ServerMap], thresholds: Mapping[str, float] | None, root: Path
) -> Iterator[tuple[str, bytes]]:
    for entry in maps:
        scores, findings = checked_map(entry, root)
        if scores is None:
            raise InputError(f"changed while it was packed: {findings[-1].message}", path=entry.source)
        yield f"{MAPS}/{entry.name}.tiff", encode_half_tiff(scores)
        if thresholds is not None:
            mask = np.where(scores > thresholds[entry.category], 255, 0).astype(np.uint8)
            yield f"{MASKS}/{entry.name}.png", encode_png(mask)


def encode_half_tiff(scores: NDArray[Any]) -> bytes:
    """Encode scores of shape (height, width) as a baseline TIFF 6.0 of one strip of 16-bit floats, little endian."""
    pixels = np.ascontiguousarray(scores, "<f2")
    height, width = pixels.shape
    tags = (
        (256, _LONG, width),
        (257, _LONG, height),
        (258, _SHORT, 16),  # bits per sample
        (259, _SHORT, 1),  # no compression
        (262, _SHORT, 1),  # black is zero
        (273, _LONG, 8),  # the strip follows the header
        (277, _SHORT, 1),  # samples per pixel
        (278, _LONG, height),  # rows per strip
        (279, _LONG, pixels.nbytes),
        (339, _SHORT, _TIFF_FLOAT),
    )
    padding = b"\0" * (pixels.nbytes % 4)
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, kind, 1, v) for tag, kind, v in tags)
    header = struct.pack("<2sHI", b"II", 42, 8 + pixels.nbytes + len(padding))
    return header + pixels.tobytes() + padding + directory + struct.pack("<I", 0)
