"""Read annotation files and folders of masks: every file below a source is used, or left out with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from curate.datasets.defects_config import CONFIG_NAME, read_defects_config
from curate.datasets.legends import legend_at
from curate.disk.hashing import sha256_bytes
from curate.disk.reading import is_there, may_be_there
from curate.disk.unread import UnreadFiles, is_unread
from curate.errors import CurateError, InputError, MissingError, ReadError
from curate.formats import mask_images
from curate.formats.documents import (
    LEGENDS,
    ClassList,
    FileListing,
    LabelFile,
    class_list,
    list_files,
    read_document,
)
from curate.formats.mask_images import MASK_FOLDERS
from curate.formats.mask_values import Legend
from curate.formats.pairing import PictureIndex, Unpaired
from curate.formats.records import PLAIN, ImageRef, LeftOutError, Parsed, ReadOptions, Surroundings, joined, renamed
from curate.formats.registry import FORMATS, MASKS, format_of, read_as
from curate.imaging.images import Pixels, decode, read_file
from curate.imaging.masks import upright_mask
from curate.model.account import Account, LeftOut
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What annotation files say, and which files that were.

    Attributes
    ----------
    parsed : Parsed
    files : Account
    parts : tuple of Parsed
        What each source says, in the order of the sources.
    """

    parsed: Parsed
    files: Account
    parts: tuple[Parsed, ...] = ()


@dataclass
class _Source:
    """A file or folder that is being read."""

    path: Path
    listing: FileListing
    index: PictureIndex
    around: Surroundings
    unread: UnreadFiles
    decoded: set[Path] = field(default_factory=set)
    classes: dict[Path, ClassList] = field(default_factory=dict)

    def class_list(self, folder: Path) -> ClassList:
        """Return the list of classes that holds for a folder, read once."""
        if folder not in self.classes:
            self.classes[folder] = class_list(folder)
        return self.classes[folder]

    def pixels_of(self, *paths: Path) -> Pixels | None:
        """Decode the first picture that exists, None when it is damaged; a picture of a frame's bytes is no mask.

        One that cannot be read is noted, which ends the reading of its source: it may be sound.
        """
        path = next((path for path in paths if may_be_there(path)), None)
        if path is None:
            return None
        self.decoded.add(path.resolve())
        try:
            content = read_file(path)
            frame = self.index.frame_of_bytes.get(sha256_bytes(content))
            if frame:
                raise LeftOutError(codes.UNUSABLE_MASK_IMAGE, f"has the bytes of the frame {frame}: it is no mask")
            return decode(content, path)
        except CurateError as error:
            if is_unread(error):
                self.unread.add(error)
            return None


def read_sources(
    files: Sequence[Path],
    index: PictureIndex,
    defects: tuple[str, ...],
    format_name: str = "auto",
    options: ReadOptions = PLAIN,
    root: Path | None = None,
) -> SourceReading:
    """Read every file or folder; the errors of all are raised together.

    ``root`` is the workspace, where the pictures of the index lie: with it, masks that were drawn on the stored pixels
    of a frame with an EXIF orientation are turned as the frame is.
    """
    around = Surroundings(
        index.size_of,
        defect=options.defect,
        angle_unit=options.angle_unit,
        split_masks=options.split_masks,
        legend=options.legend,
        upright=partial(_upright, index, root) if root else Surroundings().upright,
    )
    readings, errors = [], []
    for path in files:
        try:
            source = _Source(path, list_files(path), index, around, UnreadFiles())
            reading = _read_source(source, defects, format_name)
            source.unread.raise_any()
            readings.append(reading)
        except CurateError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise InputError(f"{len(errors)} files cannot be read:\n" + "\n".join(str(error) for error in errors))
    parts = tuple(renamed(reading.parsed, options.renames) for reading in readings)
    return SourceReading(joined(parts), Account.total_of(reading.files for reading in readings), parts)


def _upright(index: PictureIndex, root: Path, mask: Pixels, image: ImageRef) -> Pixels:
    """Turn a mask of the stored size of its frame; any other is returned as it is, to be refused by its size."""
    picture = index.find(image)
    if isinstance(picture, Unpaired) or mask.shape[:2] != picture.size_px or len(set(picture.size_px)) == 1:
        return mask
    path = root.joinpath(*picture.path)
    return upright_mask(mask, read_file(path), path) if is_there(path) else mask


def _read_source(source: _Source, defects: tuple[str, ...], format_name: str) -> SourceReading:
    readings: list[Parsed] = []
    unrecognised: list[tuple[LabelFile, InputError | None]] = []
    used: set[str] = set()
    for file in source.listing.labels if format_name != MASKS else ():
        try:
            parsed = _read_file(source, file, format_name)
        except InputError as error:
            unrecognised.append((file, error))
            continue
        except (ReadError, MissingError) as error:
            source.unread.add(error)
            continue
        if parsed is None:
            unrecognised.append((file, None))
        else:
            readings.append(parsed)
            used.add(file.path.suffix.lower())
    source.unread.raise_any()  # before anything is said of what the source is, or lacks
    if readings:
        return _with_documents(source, readings, unrecognised, used)
    broken = [error for _, error in unrecognised if error is not None]
    if source.path.is_dir() and format_name in {"auto", MASKS} and (source.listing.pictures or not broken):
        return _read_masks(source, defects, unrecognised)
    if broken:
        raise broken[0] if len(broken) == 1 else InputError("\n".join(map(str, broken)))
    known = ", ".join(dict.fromkeys(entry.title for entry in FORMATS))
    raise InputError(
        f"is not of a known annotation format ({known})" if format_name == "auto" else f"is not {format_name}",
        path=source.path,
        hint="name the format with --format, or export another one from the annotation tool",
    )


def _with_documents(
    source: _Source,
    readings: list[Parsed],
    unrecognised: list[tuple[LabelFile, InputError | None]],
    used: set[str],
) -> SourceReading:
    notes, out = _unrecognised(unrecognised, used)
    name = source.path.name
    pictures = [path for path in source.listing.pictures if (source.path / path).resolve() not in source.decoded]
    masks = [path for path in pictures if MASK_FOLDERS & {part.lower() for part in path.split("/")[:-1]}]
    if masks:
        said = f"{len(masks)} pictures in folders of masks are not read: annotation files lie beside them"
        notes.append(found(codes.UNUSED_VALUE, said, f"{name}/{masks[0]}", severity="warning"))
    out += [LeftOut(f"{name}/{path}", "a picture beside annotation files") for path in pictures]
    taken = len(readings) + len(source.listing.pictures) - len(pictures)
    return SourceReading(joined([*readings, Parsed((), tuple(notes))]), Account(taken, (*out, *source.listing.others)))


def _unrecognised(
    unrecognised: list[tuple[LabelFile, InputError | None]], used: set[str]
) -> tuple[list[Finding], list[LeftOut]]:
    """Say which files could not be used: an error where others of the same suffix are annotations."""
    notes, out = [], []
    for file, error in unrecognised:
        why = error.message if error else "is of no annotation format that curate knows"
        severity: Severity = "error" if error or file.path.suffix.lower() in used else "warning"
        hint = error.hint if error else None
        notes.append(found(codes.ANNOTATION_FILE_LEFT_OUT, why, file.name, severity=severity, hint=hint))
        out.append(LeftOut(file.name, why))
    return notes, out


def _read_file(source: _Source, file: LabelFile, format_name: str) -> Parsed | None:
    document = read_document(file)
    entry = format_of(file.kind, document, format_name)
    if entry is None:
        return None
    folder = file.path.parent
    classes = source.class_list(folder) if entry.needs_classes else ClassList()
    beside = replace(
        source.around,
        # Manifests name their masks relative to the folder above them.
        pixels_of=lambda name: source.pixels_of(folder / name, folder.parent / name),
        classes=classes.names,
        key_points=classes.key_points,
        decode=lambda content: decode(content, file.path),
    )
    return read_as(entry, document, file.name, beside)


def _read_masks(
    source: _Source, defects: tuple[str, ...], unrecognised: list[tuple[LabelFile, InputError | None]]
) -> SourceReading:
    pictures = source.listing.pictures
    if not pictures:
        raise InputError(
            "holds neither annotation files nor masks", path=source.path, hint="point to the folder of the masks"
        )
    name = source.path.name
    masks = mask_images.mask_files(pictures, defects, source.index.stems(), source.path.resolve().name)
    taken = {path for mask in masks for path in (mask.path, mask.objects) if path}
    others = [path for path in pictures if path not in taken]
    notes, out = _unrecognised(unrecognised, set())
    if others:
        said = f"{len(others)} of its {len(pictures)} pictures are taken for images, not for masks, by their names"
        notes.append(found(codes.UNUSED_VALUE, said, name))
    out += [LeftOut(f"{name}/{path}", "taken for an image, not for a mask, by its name") for path in others]
    beside = replace(
        source.around,
        pixels_of=lambda path: source.pixels_of(source.path / PurePosixPath(path)),
        legend=source.around.legend or _legend(source.path),
    )
    entries = read_defects_config(_config_beside(source.path))
    parsed = mask_images.read(masks, name, defects, entries, beside)
    files = Account(len(taken), (*out, *source.listing.others))
    return SourceReading(joined([parsed, Parsed((), tuple(notes))]), files)


def _legend(folder: Path) -> Legend:
    """Return what the label map of a folder of masks says; empty when there is none."""
    path = next((above / name for above in (folder, folder.parent) for name in LEGENDS if is_there(above / name)), None)
    return legend_at(path) if path else {}


def _config_beside(source: Path) -> Path:
    """Return the ``defects_config.json`` of a folder of masks: in it, or above it as in a published dataset."""
    candidates = [folder / CONFIG_NAME for folder in (source, source.parent, source.parent.parent)]
    return next((path for path in candidates if is_there(path)), candidates[0])
