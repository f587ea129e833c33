"""Images: readable, alike in form, and free of what does not belong into a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from curate.imaging.containers import SUFFIXES
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding
from curate.validate.table import CategoryTable, grouped

_ODD_SHARE = 0.1
"""Up to this share of a category's images, another size or kind is an oddity of theirs; beyond, sizes simply vary."""

_MARKED = 2e-4
"""Share of pure colour from which a picture counts as drawn on: a circle of 30 pixels' radius on 400×400 has 1e-3."""

_MARKED_SHARE = 0.2
_UPRIGHT = 1


def readable(table: CategoryTable) -> Iterator[Finding]:
    """CUR201, CUR210: images and masks that cannot be decoded, and files that could not be read."""
    for path, reason in sorted(table.unread.items()):
        yield found(codes.UNREAD_FILE, reason, path)
    for path, facts in sorted((*table.images.items(), *table.masks.items())):
        if facts.problem:
            yield found(codes.UNREAD_FILE if facts.unread else codes.UNREADABLE_IMAGE, facts.problem, path)
        readable_name = path.encode("utf-8", "backslashreplace").decode()
        if readable_name != path:
            yield found(
                codes.UNREADABLE_IMAGE, "its name is not UTF-8 text, so no list can hold it: rename it", readable_name
            )


def sizes(table: CategoryTable) -> Iterator[Finding]:
    """CUR202: images whose size differs from nearly all others'."""
    yield from _odd_ones(
        table, codes.IMAGE_SIZE_DIFFERS, {sample.path: facts.size for sample, facts in table.readable()}, "pixels"
    )


def only_in_training(table: CategoryTable) -> Iterator[Finding]:
    """CUR202: sizes that training images have and no other: what is learnt there is never measured."""
    by_split: dict[str, Counter[str]] = {"train": Counter(), "test": Counter()}
    for sample, facts in table.readable():
        by_split.setdefault(sample.split, Counter())[facts.size] += 1
    others = {size for split, sizes_of in by_split.items() if split != "train" for size in sizes_of}
    alone = {size: count for size, count in by_split["train"].items() if size not in others}
    if others and sum(alone.values()) > 1:
        listing = ", ".join(f"{size} ({count})" for size, count in sorted(alone.items(), key=lambda one: -one[1])[:5])
        message = f"{sum(alone.values())} training images have sizes that no test image has: {listing}"
        yield found(codes.IMAGE_SIZE_DIFFERS, message, table.at("train") if table.native else table.at())


def kinds(table: CategoryTable) -> Iterator[Finding]:
    """CUR203: images whose channels or depth differ from nearly all others'."""
    described = {
        path: f"{facts.channels} × {facts.bits} bits" for path, facts in table.images.items() if not facts.problem
    }
    yield from _odd_ones(table, codes.IMAGE_KIND_DIFFERS, described, "a pixel")


def _odd_ones(table: CategoryTable, code: str, values: dict[str, str], unit: str) -> Iterator[Finding]:
    counts = Counter(values.values())
    if len(counts) < 2:  # noqa: PLR2004 - all alike
        return
    usual, number = counts.most_common(1)[0]
    odd = [path for path in sorted(values) if values[path] != usual]
    if number > 1 and len(odd) <= max(1, _ODD_SHARE * len(values)):
        for path in odd:
            yield found(code, f"has {values[path]} {unit}, {number} others of {table.name} have {usual}", path)
    else:
        listing = ", ".join(
            f"{value} ({count})" for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]
        )
        message = f"images of {len(counts)} kinds: {listing}{', …' if len(counts) > 5 else ''} {unit}"  # noqa: PLR2004
        yield found(code, message, table.at(), severity="info")


def orientation(table: CategoryTable) -> Iterator[Finding]:
    """CUR204: pictures that viewers turn and training code does not."""
    turned = [(sample.path, facts.orientation) for sample, facts in table.readable() if facts.orientation != _UPRIGHT]
    yield from _several(table, codes.EXIF_ORIENTATION, "EXIF orientation other than 1", [path for path, _ in turned])


def constant(table: CategoryTable) -> Iterator[Finding]:
    """CUR205: pictures of one grey value."""
    for sample, facts in table.readable():
        if facts.low == facts.high:
            yield found(codes.CONSTANT_IMAGE, f"every pixel has the grey value {facts.low}", sample.path)


def position(table: CategoryTable) -> Iterator[Finding]:
    """CUR206: GPS coordinates."""
    yield from _several(
        table, codes.GPS_POSITION, "GPS coordinates", [s.path for s, facts in table.readable() if facts.has_position]
    )


def drawn_marks(table: CategoryTable) -> Iterator[Finding]:
    """CUR207: pure colours in a few pictures of a category that otherwise has none."""
    images = list(table.readable())
    marked = [sample.path for sample, facts in images if facts.marks >= _MARKED]
    clean = sum(facts.marks == 0 for _, facts in images)
    if marked and len(marked) <= _MARKED_SHARE * len(images) and clean >= (1 - _MARKED_SHARE) * len(images) - 1:
        yield from _several(
            table, codes.MARKS_IN_IMAGE, "pure colours, as drawn marks have and nearly all other images lack", marked
        )


def suffixes(table: CategoryTable) -> Iterator[Finding]:
    """CUR208: names that promise another format."""
    wrong = {
        path: f"is a {facts.format} file named {PurePosixPath(path).suffix}"
        for path, facts in sorted((*table.images.items(), *table.masks.items()))
        if not facts.problem and PurePosixPath(path).suffix.lower() not in SUFFIXES[facts.format]
    }
    yield from grouped(codes.WRONG_SUFFIX, wrong)


def pages(table: CategoryTable) -> Iterator[Finding]:
    """CUR209: files that hold more than one picture."""
    for sample, facts in table.readable():
        if facts.pages > 1:
            yield found(codes.SEVERAL_PAGES, f"holds {facts.pages} pictures", sample.path)


def _several(table: CategoryTable, code: str, what: str, paths: list[str]) -> Iterator[Finding]:
    """Yield one finding about many files: a camera writes such a tag into all of them."""
    if len(paths) == 1:
        yield found(code, f"has {what}", paths[0])
    elif paths:
        yield found(code, f"{len(paths)} images have {what}", table.at(), related=tuple(paths))


CHECKS = (readable, sizes, only_in_training, kinds, orientation, constant, position, drawn_marks, suffixes, pages)
