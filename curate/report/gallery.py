"""Every picture of a dataset or of a workspace's windows, with outlines and what is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from curate.disk.tables import read_table
from curate.drawing.outlines import outlines_of
from curate.drawing.pictures import Picture, as_colour
from curate.errors import CurateError
from curate.imaging.images import decode, read_file
from curate.imaging.masks import decode_mask
from curate.model.codes import BY_CODE
from curate.model.config import CategoryConfig
from curate.model.dataset import Category, Sample
from curate.model.defect import GOOD
from curate.model.rows import MaskRow
from curate.report.charts import count, listed, moment, rounded
from curate.report.frames import UNUSED
from curate.report.heats import ImageMap
from curate.report.page import GalleryEntry, HeatPicture
from curate.report.pictures import PALETTE, Form, encode, outlines, shrunk
from curate.view.frames import FrameView
from curate.view.pictures import CasePictures, RegionOutline, case_pictures, heat_of
from curate.workspace.workspace import Workspace

_SPLIT_RANK = {"test": 0, "val": 1, "train": 2}


class GalleryItem(Protocol):
    """One picture that a gallery will show."""

    @property
    def about(self) -> GalleryEntry:
        """What is known without opening it."""

    @property
    def maps(self) -> tuple[ImageMap, ...]:
        """The maps that are shown beside it."""

    def look(self, side_px: int) -> CasePictures:
        """Open it, at most so large."""


@dataclass(frozen=True, slots=True)
class SampleItem:
    """An image of a dataset."""

    about: GalleryEntry
    root: Path
    category: Category
    sample: Sample
    maps: tuple[ImageMap, ...] = ()

    def look(self, side_px: int) -> CasePictures:
        """Open the image and its masks."""
        return case_pictures(self.root, self.category, self.sample, side_px=side_px)


@dataclass(frozen=True, slots=True)
class WindowItem:
    """A window of a workspace that has not been exported."""

    about: GalleryEntry
    path: Path
    masks: tuple[tuple[Path, str], ...]
    maps: tuple[ImageMap, ...] = ()

    def look(self, side_px: int) -> CasePictures:
        """Open the window and its masks."""
        whole = as_colour(decode(read_file(self.path), self.path))
        image = shrunk(whole, side_px)
        scale = image.shape[1] / whole.shape[1]
        regions = tuple(_window_region(path, defect, scale) for path, defect in self.masks)
        return CasePictures(image, (whole.shape[1], whole.shape[0]), regions)


def _window_region(path: Path, defect: str, scale: float) -> RegionOutline:
    mask = decode_mask(read_file(path), path)[0]
    return RegionOutline(path.name, defect, int((mask != 0).sum()), tuple(outlines_of(mask, scale)))


@dataclass(frozen=True, slots=True)
class KnownOfImages:
    """What methods say of images, by category and key: in words, as numbers, and as maps."""

    said: Mapping[tuple[str, str], str] = field(default_factory=dict)
    scores: Mapping[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    maps: Mapping[tuple[str, str], tuple[ImageMap, ...]] = field(default_factory=dict)


def sample_items(
    root: Path,
    categories: Sequence[Category],
    codes: Mapping[str, Sequence[str]],
    known: KnownOfImages,
) -> list[SampleItem]:
    """List a dataset's images: the test set first, defects before good images.

    Parameters
    ----------
    root : Path
    categories : sequence of Category
    codes : mapping
        Codes of findings by path.
    known : KnownOfImages
        What methods say of images.
    """
    items = []
    for category in categories:
        for sample in sorted(category.samples, key=_rank):
            named = {code for path in (sample.path, *sample.masks) for code in codes.get(readable(path), ())}
            lines = [count(len(sample.masks) + len(sample.regions), "region")] if not sample.is_good else []
            lines += [f"shot at {moment(sample.shot_at)}"] if sample.shot_at else []
            lines += [f"specimen {sample.specimen}"] if sample.specimen else []
            image = category.name, sample.key
            lines += [known.said[image]] if image in known.said else []
            entry = GalleryEntry(
                key=readable(sample.path),
                category=category.name,
                split=sample.split,
                label=sample.label,
                picture=None,
                codes=tuple(sorted(named)),
                lines=tuple(lines),
                image=sample.key,
                scores=known.scores.get(image, {}),
            )
            items.append(SampleItem(entry, root, category, sample, known.maps.get(image, ())))
    return items


def readable(path: str) -> str:
    r"""Escape bytes of a file's name that are no UTF-8, as findings do.

    >>> print(readable("a\udcff"))
    a\udcff
    """
    return path.encode("utf-8", "backslashreplace").decode()


def _rank(sample: Sample) -> tuple[int, bool]:
    return _SPLIT_RANK.get(sample.split, len(_SPLIT_RANK)), sample.is_good


def window_items(
    workspace: Workspace, category: CategoryConfig, window: str, frames: Sequence[FrameView]
) -> list[WindowItem]:
    """List a category's cut windows: defects before good ones, in shooting order."""
    record = workspace.masks_record(window, category.name)
    masks: dict[str, list[tuple[Path, str]]] = {}
    for row in read_table(record, MaskRow) if record.is_file() else ():
        masks.setdefault(row.image, []).append((workspace.masks(window, category.name) / row.mask, row.defect))
    cut = [frame for frame in frames if frame.image and frame.window_status == "accepted"]
    divided = any(frame.side for frame in frames)
    return [
        WindowItem(
            GalleryEntry(
                key=frame.frame,
                category=category.name,
                split=frame.side or (UNUSED if divided else ""),
                label=frame.label,
                picture=None,
                lines=tuple(
                    filter(None, (f"shot at {moment(frame.shot_at)}" if frame.shot_at else "", frame.screening_reason))
                ),
            ),
            workspace.windows(window, category.name) / frame.image,
            tuple(masks.get(frame.image, ())),
        )
        for frame in sorted(cut, key=lambda frame: frame.label in {GOOD, ""})
    ]


def draw_item(item: GalleryItem, form: Form, colours: Mapping[tuple[str, str], int]) -> GalleryEntry:
    """Open one item and make its entry; what cannot be read is named instead of shown."""
    about = item.about
    try:
        looked = item.look(form.side_px)
        picture = encode(looked.image, form.kind)
    except CurateError as error:
        return replace(about, trouble=f"cannot be shown: {error.message}")
    heats, troubles = _heats(item, looked.image, form)
    mine = {defect: colour for (category, defect), colour in colours.items() if category == about.category}
    size = f"{looked.size_px[0]}×{looked.size_px[1]} px"
    return replace(
        about,
        picture=picture,
        frame_px=(picture.width_px, picture.height_px),
        outlines=outlines(looked.regions, mine),
        lines=(size, *about.lines),
        trouble="; ".join([*looked.problems, *troubles]),
        heats=heats,
    )


def _heats(item: GalleryItem, image: Picture, form: Form) -> tuple[tuple[HeatPicture, ...], list[str]]:
    """Draw the maps of an image; say which cannot be read."""
    heats, troubles = [], []
    for drawn in item.maps:
        try:
            heats.append(HeatPicture(drawn.method, encode(heat_of(image, drawn.path, drawn.scale), form.kind)))
        except CurateError as error:
            troubles.append(f"the map of {drawn.method} cannot be shown: {error.message}")
    return tuple(heats), troubles


def anchored(entries: Sequence[GalleryEntry]) -> tuple[GalleryEntry, ...]:
    """Give each entry its id in the page."""
    return tuple(replace(entry, anchor=f"picture-{place}") for place, entry in enumerate(entries, start=1))


def filters_of(entries: Sequence[GalleryEntry]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what pictures can be filtered by: (value, words) pairs of each filter, with the number of pictures."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("category", "split", "label", "finding")}
    for entry in entries:
        counts["category"][entry.category] += 1
        counts["split"][entry.split] += 1
        counts["label"][entry.label] += 1
        counts["finding"].update(entry.codes)
    return {
        name: tuple((value, f"{_worded(name, value)} ({n:,})") for value, n in sorted(found.items()))
        for name, found in counts.items()
    }


def _worded(name: str, value: str) -> str:
    if name == "finding":
        return f"{value} {BY_CODE[value].title}"
    words = {"train": "training", "val": "validation", "": "none yet"}
    return words.get(value, value) if name in {"split", "label"} else value


def palette(categories: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], int]:
    """Give each defect of each category a colour; a defect of the same name has the same one everywhere."""
    names = sorted({name for defects in categories.values() for name in defects})
    places = {name: place % PALETTE for place, name in enumerate(names)}
    return {(category, name): places[name] for category, defects in categories.items() for name in defects}


def alt_text(entry: GalleryEntry) -> str:
    """Say in words what a picture shows, for those who do not see it."""
    kinds: dict[str, int] = {}
    for outline in entry.outlines:
        kinds[outline.name] = kinds.get(outline.name, 0) + 1
    drawn = listed([f"{n} × {name}" for name, n in kinds.items()])
    split = f", {entry.split}" if entry.split else ""
    return f"{entry.key}: {entry.label or 'no label'}{split}{f', outlined: {drawn}' if drawn else ''}"


def as_row(entry: GalleryEntry) -> dict[str, Any]:
    """Return what the page's script filters by."""
    text = " ".join((entry.key, entry.category, entry.split, entry.label, *entry.lines, entry.trouble)).lower()
    return {
        "category": entry.category,
        "split": entry.split,
        "label": entry.label,
        "image": entry.image,
        "scores": {method: rounded(score) for method, score in entry.scores.items()},
        "finding": list(entry.codes),
        "text": text,
    }
