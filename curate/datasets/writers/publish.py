"""Write one category in another layout: read each image's regions, place the image, write what goes with it, swap.

A category is built in a hidden folder of the destination and takes the old one's place in two renames. The hidden
folder stays after a kill; the same command goes on where it stopped.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from curate.datasets.card import CARD_NAME, fingerprint_of, format_card, read_card
from curate.datasets.dataset import CONFIG_NAME, format_defects_config
from curate.datasets.truth import read_truth
from curate.datasets.writers.plan import Opened, Placed, Side, Writer
from curate.datasets.writers.registry import CONFIGURED
from curate.datasets.writers.shards import shards
from curate.datasets.writers.statistics import statistics_of
from curate.disk.atomic import place_file, storage_errors, sweep_temporaries, write_bytes, write_text
from curate.disk.hashing import sha256_bytes, sha256_file
from curate.disk.members import is_member, listed_as
from curate.errors import InputError
from curate.imaging.images import decode, encode_png, read_file, read_header, upright
from curate.model.card import Card, SampleOrigin
from curate.model.dataset import Category, Dataset, Sample

NEW, OLD = ".curate-new-", ".curate-old-"

Mapper: TypeAlias = Callable[[Callable[[Sample], Placed], Sequence[Sample], str], Iterable[Placed]]


@dataclass(frozen=True, slots=True)
class Job:
    """One category to be written.

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
    """

    dataset: Dataset
    category: Category
    writer: Writer
    destination: Path
    link: bool = False
    logical: frozenset[str] = field(default_factory=frozenset)
    split: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the category lies when it is done."""
        return self.destination / self.category.name

    @property
    def kept(self) -> frozenset[str]:
        """Endings of images whose bytes stay: in archives only one, because all samples must have the same parts."""
        found = {PurePosixPath(sample.path).suffix.lower() for sample in self.category.samples}
        return self.writer.kept if not self.writer.packed or len(found) == 1 else frozenset({".png"})

    @property
    def fresh(self) -> Path:
        """Where it is built."""
        return self.destination / f"{NEW}{self.category.name}"


@dataclass(frozen=True, slots=True)
class Published:
    """What was written of one category."""

    card: Card
    placed: tuple[Placed, ...]


def refuse_foreign(folder: Path) -> None:
    """Raise when a category's place is taken by something that curate did not write."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and read_card(folder / CARD_NAME) is None)):
        raise InputError(
            f"exists and was not written by curate: it has no {CARD_NAME}",
            path=folder,
            hint="choose another folder, or move this one away",
        )


def publish(job: Job, mapped: Mapper) -> Published:
    """Write one category and swap it in.

    Parameters
    ----------
    job : Job
    mapped : callable
        Maps a function over the images, in their order: :meth:`curate.execution.Execution.map`.

    Raises
    ------
    InputError
        If the category's place is taken by something else, or two images would get one name.
    ImageError
        If an image or a mask of the source cannot be read.
    """
    refuse_foreign(job.folder)
    _prepare(job)
    write = partial(_write_sample, job)
    title = f"{job.writer.layout} {job.category.name}"
    placed = tuple(mapped(write, job.category.samples, title))
    _refuse_twice(placed)
    files = {path: digest for entry in placed for path, digest in ({entry.path: entry.sha256} | entry.files).items()}
    for path, content in _index(job, placed):
        write_bytes(job.fresh / path, content)
        files[path] = sha256_bytes(content)
    if job.writer.packed:
        files = {path: digest for path, digest in files.items() if path.endswith(".tar")}
        for folder in ("train", "val", "test"):
            shutil.rmtree(job.fresh / folder, ignore_errors=True)
    card = _card(job, placed, files)
    write_text(job.fresh / CARD_NAME, format_card(card))
    _swap(job, {*files, CARD_NAME})
    return Published(card, placed)


def _prepare(job: Job) -> None:
    """Make the hidden folder, or keep the one of a killed run: what it holds is compared before it is kept."""
    with storage_errors(job.destination):
        job.fresh.mkdir(parents=True, exist_ok=True)
        sweep_temporaries(job.fresh)


def _write_sample(job: Job, sample: Sample) -> Placed:
    root = Path(job.dataset.root)
    path = root / sample.path
    content = read_file(path)
    header = read_header(content, path)
    size = (header.width_px, header.height_px)
    truths = tuple(read_truth(root, job.category, sample, size))
    opened = Opened(job.category, sample, size, truths, job.logical)
    target = job.writer.image(opened)
    side = job.writer.side(opened, target)
    suffix = path.suffix.lower()
    if suffix in job.kept and header.orientation == 1:
        target += suffix
        digest = sha256_bytes(content)
        if is_member(path):
            _write_once(job.fresh / target, content)
        else:
            _place(path, job.fresh / target, digest, link=job.link)
    else:
        target += ".png"
        pixels = encode_png(upright(decode(content, path), header.orientation))
        digest = sha256_bytes(pixels)
        _write_once(job.fresh / target, pixels)
    areas = tuple((truth.entry.defect_name, int((truth.mask != 0).sum())) for truth in truths)
    return Placed(sample, target, digest, size, _write_side(job, side), areas, side.row)


def _write_side(job: Job, side: Side) -> dict[str, str]:
    contents = {path: encode_png(pixels) for path, pixels in side.masks.items()}
    contents |= {path: text.encode() for path, text in side.texts.items()}
    for path, content in contents.items():
        _write_once(job.fresh / path, content)
    return {path: sha256_bytes(content) for path, content in contents.items()}


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


def _index(job: Job, placed: Sequence[Placed]) -> Iterator[tuple[str, bytes]]:
    yield from job.writer.index(job.category, placed).items()
    if job.writer.layout in CONFIGURED:
        yield CONFIG_NAME, format_defects_config(job.category.defects).encode()
    if job.writer.packed:
        for split in ("train", "val", "test"):
            own = [entry for entry in placed if entry.sample.split == split]
            yield from shards(split, ((PurePosixPath(entry.path).stem, _parts(job, entry)) for entry in own))


def _parts(job: Job, entry: Placed) -> list[tuple[str, bytes]]:
    """Return one sample's parts: the image, its mask, its JSON."""
    paths = sorted([entry.path, *entry.files])
    stem = PurePosixPath(entry.path).with_suffix("").as_posix()
    return [(path[len(stem) :], read_file(job.fresh / path)) for path in paths]


def _card(job: Job, placed: Sequence[Placed], files: Mapping[str, str]) -> Card:
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


def _swap(job: Job, wanted: set[str]) -> None:
    """Take out what does not belong, then put the folder into its place."""
    old = job.destination / f"{OLD}{job.category.name}"
    with storage_errors(job.folder):
        for path in sorted(job.fresh.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(job.fresh).as_posix() not in wanted:
                path.unlink()
        if old.exists():
            shutil.rmtree(old)
        if job.folder.exists():
            job.folder.rename(old)
        job.fresh.rename(job.folder)
        shutil.rmtree(old, ignore_errors=True)


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
