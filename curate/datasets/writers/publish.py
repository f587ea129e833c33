"""Write one category in another layout: read each image's regions, place the image, write what goes with it, swap.

A category is built beside its place (:mod:`curate.disk.publish`). What a killed run has built stays there; the same
command goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from curate.datasets.card import CARD_NAME, fingerprint_of, format_card, read_card
from curate.datasets.defects_config import CONFIG_NAME, format_defects_config
from curate.datasets.truth import truth_or_problems
from curate.datasets.writers.names import distinct
from curate.datasets.writers.plan import Opened, Placed, Side, Writer
from curate.datasets.writers.registry import CONFIGURED
from curate.datasets.writers.shards import shards
from curate.datasets.writers.statistics import statistics_of
from curate.disk.atomic import place_file, storage_errors, write_bytes, write_text
from curate.disk.hashing import sha256_bytes, sha256_file
from curate.disk.members import is_member, listed_as
from curate.disk.publish import Draft, publish_folder, refuse_foreign, refuse_unwritable
from curate.disk.unread import all_named
from curate.errors import InputError
from curate.imaging.images import decode_upright, encode_png, read_file, read_header
from curate.model.card import Card, SampleOrigin
from curate.model.dataset import Category, Dataset, Sample

_NO_CARD = f"it has no {CARD_NAME}"

Mapper: TypeAlias = Callable[
    [Callable[[Sample], "Placed | Refused"], Sequence[Sample], str], Iterable["Placed | Refused"]
]


@dataclass(frozen=True, slots=True)
class CategoryJob:
    """One category to be written in a layout.

    Attributes
    ----------
    dataset : Dataset
        The source.
    category : Category
    writer : Writer
    destination : Path
        The folder above the category's.
    link : bool
        Hard-link images whose bytes stay; else copy them.
    logical : frozenset of str
        Defects that MVTec LOCO calls logical.
    split : dict
        How the split was made, where it is not the source's own.
    sync : bool
        Flush what is written to the disk before it takes the old category's place.
    skip_bad : bool
        Leave out images with a region that cannot be used, instead of writing nothing.
    """

    dataset: Dataset
    category: Category
    writer: Writer
    destination: Path
    link: bool = False
    logical: frozenset[str] = field(default_factory=frozenset)
    split: dict[str, Any] = field(default_factory=dict)
    sync: bool = True
    skip_bad: bool = False

    @property
    def folder(self) -> Path:
        """Where the category lies when it is done."""
        return self.destination / self.category.name

    @property
    def kept(self) -> frozenset[str]:
        """Endings of images whose bytes stay: in archives only one, because all samples must have the same parts."""
        found = {PurePosixPath(sample.path).suffix.lower() for sample in self.category.samples}
        return self.writer.kept if not self.writer.packed or len(found) == 1 else frozenset({".png"})


@dataclass(frozen=True, slots=True)
class Refused:
    """An image that cannot be written, with what is wrong with each of its regions."""

    sample: Sample
    problems: tuple[str, ...]

    @property
    def lines(self) -> str:
        """Say it, a line a region."""
        return "\n".join(f"  {problem}" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Published:
    """What was written of one category, and what could not be."""

    card: Card
    placed: tuple[Placed, ...]
    refused: tuple[Refused, ...] = ()


class BadRegionsError(InputError):
    """Images of a category have regions that cannot be used; nothing of it was written."""

    def __init__(self, refused: Sequence[Refused], path: Path) -> None:
        listing = "\n".join(one.lines for one in refused)
        hint = "correct them, or leave these images out with --skip-bad"
        super().__init__(f"{len(refused)} images have regions that cannot be used:\n{listing}", path=path, hint=hint)
        self.refused = tuple(refused)


def refuse_other(folder: Path) -> None:
    """Raise when a category's place is taken by something that curate did not write."""
    refuse_foreign(folder, is_own=_has_card, without=_NO_CARD)


def published_category(folder: Path, *, resumed: bool, sync: bool) -> AbstractContextManager[Draft]:
    """Give a folder to write a category into, and put it at its place: :func:`curate.disk.publish.publish_folder`."""
    return publish_folder(folder, is_own=_has_card, without=_NO_CARD, resumed=resumed, sync=sync)


def _has_card(folder: Path) -> bool:
    return read_card(folder / CARD_NAME) is not None


def publish(job: CategoryJob, mapped: Mapper) -> Published:
    """Write one category and swap it in.

    Parameters
    ----------
    job : CategoryJob
    mapped : callable
        Maps a function over the images, in their order: :meth:`curate.execution.Execution.map`.

    Raises
    ------
    InputError
        If the category's place is taken by something else, or two images would get one name.
    BadRegionsError
        If regions of the source cannot be used; all of them are named.
    ImageError
        If an image of the source cannot be read.
    """
    refuse_unwritable(
        (path for sample in job.category.samples for path in (sample.path, *sample.masks)), Path(job.dataset.root)
    )
    with published_category(job.folder, resumed=True, sync=job.sync) as draft:
        return _write(job, draft.folder, mapped)


def _write(job: CategoryJob, fresh: Path, mapped: Mapper) -> Published:
    write = partial(_write_sample, job, fresh, job.kept)
    title = f"{job.writer.layout} {job.category.name}"
    done = tuple(mapped(write, distinct(job.category, job.writer.image, job.logical), title))
    refused = tuple(one for one in done if isinstance(one, Refused))
    placed = tuple(one for one in done if isinstance(one, Placed))
    if refused and not (job.skip_bad and placed):
        raise BadRegionsError(refused, Path(job.dataset.root))
    _refuse_twice(placed)
    files = {path: digest for entry in placed for path, digest in ({entry.path: entry.sha256} | entry.files).items()}
    for path, content in _index(job, fresh, placed):
        write_bytes(fresh / path, content)
        files[path] = sha256_bytes(content)
    if job.writer.packed:
        files = {path: digest for path, digest in files.items() if path.endswith(".tar")}
    card = _card(job, placed, files)
    write_text(fresh / CARD_NAME, format_card(card))
    _keep_only(fresh, {*files, CARD_NAME})
    return Published(card, placed, refused)


def _write_sample(job: CategoryJob, fresh: Path, kept: frozenset[str], sample: Sample) -> Placed | Refused:
    root = Path(job.dataset.root)
    with all_named((root / path for path in (sample.path, *sample.masks)), read_file):
        return _written_sample(job, fresh, kept, sample)


def _written_sample(job: CategoryJob, fresh: Path, kept: frozenset[str], sample: Sample) -> Placed | Refused:
    root = Path(job.dataset.root)
    path = root / sample.path
    content = read_file(path)
    header = read_header(content, path)
    size = (header.width_px, header.height_px)
    truths, problems = truth_or_problems(root, job.category, sample, size)
    if problems:
        return Refused(sample, tuple(str(error) for error in problems))
    opened = Opened(job.category, sample, size, tuple(truths), job.logical)
    target = job.writer.image(opened)
    side = job.writer.side(opened, target)
    suffix = path.suffix.lower()
    if suffix in kept and header.orientation == 1:
        target += suffix
        digest = sha256_bytes(content)
        if is_member(path):
            _write_once(fresh / target, content)
        else:
            _place(path, fresh / target, digest, link=job.link)
    else:
        target += ".png"
        pixels = encode_png(decode_upright(content, path))
        digest = sha256_bytes(pixels)
        _write_once(fresh / target, pixels)
    areas = tuple((truth.entry.defect_name, truth.patch.area_px) for truth in truths)
    return Placed(sample, target, digest, size, _write_side(fresh, side), areas, side.row)


def _write_side(fresh: Path, side: Side) -> dict[str, str]:
    digests = {}
    encoded = ((path, encode_png(pixels())) for path, pixels in side.masks.items())
    for path, content in chain(encoded, ((path, text.encode()) for path, text in side.texts.items())):
        _write_once(fresh / path, content)
        digests[path] = sha256_bytes(content)
    return digests


def _place(source: Path, target: Path, digest: str, *, link: bool) -> None:
    if not (target.is_file() and sha256_file(target) == digest):
        place_file(source, target, link=link)


def _write_once(target: Path, content: bytes) -> None:
    """Write a file unless a killed run has written it."""
    if not (target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content):
        write_bytes(target, content)


def _refuse_twice(placed: Sequence[Placed]) -> None:
    first: dict[str, Sample] = {}
    for entry in placed:
        stem = str(PurePosixPath(entry.path).with_suffix("")).lower()
        other = first.setdefault(stem, entry.sample)
        if other is not entry.sample:
            raise InputError(
                f"{other.path} and {entry.sample.path} would both be written to {entry.path}",
                hint="rename one of them in the source",
            )


def _index(job: CategoryJob, fresh: Path, placed: Sequence[Placed]) -> Iterator[tuple[str, bytes]]:
    yield from job.writer.index(job.category, placed).items()
    if job.writer.layout in CONFIGURED:
        yield CONFIG_NAME, format_defects_config(job.category.defects).encode()
    if job.writer.packed:
        for split in ("train", "val", "test"):
            own = [entry for entry in placed if entry.sample.split == split]
            yield from shards(split, ((PurePosixPath(entry.path).stem, _parts(fresh, entry)) for entry in own))


def _parts(fresh: Path, entry: Placed) -> list[tuple[str, bytes]]:
    """Return one sample's parts: the image, its mask, its JSON."""
    paths = sorted([entry.path, *entry.files])
    stem = PurePosixPath(entry.path).with_suffix("").as_posix()
    return [(path[len(stem) :], read_file(fresh / path)) for path in paths]


def _card(job: CategoryJob, placed: Sequence[Placed], files: Mapping[str, str]) -> Card:
    root = Path(job.dataset.root)
    try:
        source = read_card(root / job.category.prefix / CARD_NAME)
    except InputError:
        source = None
    start = f"{job.category.prefix}/" if job.category.prefix else ""
    origins = {f"{start}{origin.path}": origin for origin in source.samples} if source else {}
    packed = job.writer.packed
    samples = [_origin(entry, origins.get(listed_as(entry.sample.path)), packed=packed) for entry in placed]
    known: dict[str, Any] = {
        "name": source.name if source else job.dataset.name,
        "version": source.version if source else "",
        "license": source.license if source else "",
        "description": source.description if source else "",
        "supervision": source.supervision if source else "none",
        "split": job.split or (source.split if source else {"policy": "published", "layout": job.dataset.layout}),
    }
    return Card(
        category=job.category.name,
        layout=job.writer.layout,
        fingerprint=fingerprint_of(files),
        statistics=statistics_of(placed),
        samples=tuple(sorted(samples, key=lambda origin: origin.path)),
        **known,
    )


def _origin(entry: Placed, origin: SampleOrigin | None, *, packed: bool) -> SampleOrigin:
    """Say where an image comes from; a shard's masks are no files of the dataset, its regions stand in its texts."""
    known = origin or SampleOrigin("", "", frame=entry.sample.path)
    return SampleOrigin(
        path=entry.path,
        sha256=entry.sha256,
        frame=known.frame,
        shot_at=entry.sample.shot_at or known.shot_at,
        series=known.series,
        camera=known.camera,
        specimen=entry.sample.specimen or known.specimen,
        order=known.order,
        masks={path: digest for path, digest in entry.files.items() if path.endswith(".png") and not packed},
    )


def _keep_only(fresh: Path, wanted: set[str]) -> None:
    """Take out what a killed run with other options left, and what has gone into shards."""
    with storage_errors(fresh):
        for path in sorted(fresh.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(fresh).as_posix() not in wanted:
                path.unlink()


def write_visa_tables(destination: Path) -> None:
    """Join the tables of all categories into VisA's ``split_csv/1cls.csv`` and ``id2class.json``."""
    folders = sorted(path.parent for path in destination.glob("[!.]*/id2class.json"))
    texts = [(folder / "1cls.csv").read_text(encoding="utf-8").partition("\n") for folder in folders]
    if texts:
        write_text(destination / "split_csv/1cls.csv", texts[0][0] + "\n" + "".join(rest for _, _, rest in texts))
        names: dict[str, Any] = {}
        for folder in folders:
            names |= json.loads((folder / "id2class.json").read_text(encoding="utf-8"))
        write_text(destination / "id2class.json", json.dumps(names, indent=2, ensure_ascii=False) + "\n")
