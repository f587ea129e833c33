"""What a contact sheet shows: pictures of a dataset or a workspace in groups, or a method's worst cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from curate.disk.tables import read_table
from curate.drawing.palette import SIDES, STATUS
from curate.errors import CurateError
from curate.execution import Execution
from curate.model.config import DEFAULT_WINDOW, CategoryConfig
from curate.model.dataset import Category, Sample
from curate.model.defect import GOOD
from curate.model.natural import natural_key
from curate.model.result import CategoryResult
from curate.model.rows import MaskRow
from curate.model.submission import SubmissionRun
from curate.plot.sheet import SheetTile
from curate.plot.style import number
from curate.view.cases import Case, worst_cases
from curate.view.frames import FrameView, frame_views
from curate.view.pictures import CasePictures, case_pictures, frame_pictures, heat_scale
from curate.workspace.workspace import Workspace

GroupBy: TypeAlias = Literal["label", "split"]
Item = TypeVar("Item")

_NO_LABEL, _NO_SIDE = "no label", "no split"
_SIDE_ORDER = {"train": 0, "val": 1, "test": 2}


@dataclass(slots=True)
class Sections:
    """The groups of a sheet, what stands where, and what could not be read."""

    groups: list[tuple[str, list[SheetTile]]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, title: str, drawn: Sequence[tuple[SheetTile | None, dict[str, Any], list[str]]]) -> None:
        """Add a group; pictures that could not be read leave no gap."""
        self.groups.append((title, [tile for tile, _, _ in drawn if tile is not None]))
        self.shown += [{"group": title, **about} for tile, about, _ in drawn if tile is not None]
        self.problems += [problem for _, _, problems in drawn for problem in problems]


@dataclass(frozen=True, slots=True)
class SheetContent:
    """How a sheet is filled: grouped by what, how many pictures per group, how large, drawn by how many workers."""

    by: GroupBy = "label"
    most: int = 24
    side_px: int = 200
    execution: Execution = Execution()


def dataset_sections(root: Path, categories: Sequence[Category], choice: SheetContent) -> Sections:
    """Show each group of a dataset's images, at most so many of each, evenly chosen."""
    sections = Sections()
    for category in categories:
        groups: dict[str, list[Sample]] = defaultdict(list)
        for sample in category.samples:
            groups[sample.label if choice.by == "label" else sample.split].append(sample)
        for name in _ordered(groups):

            def draw(
                sample: Sample, category: Category = category
            ) -> tuple[SheetTile | None, dict[str, Any], list[str]]:
                lines = (sample.name, sample.split if choice.by == "label" else sample.label)
                about = {"category": category.name, "image": sample.key}
                return _tile(
                    lambda: case_pictures(root, category, sample, side_px=choice.side_px),
                    lines, SIDES[sample.split], about,
                )  # fmt: skip

            _add(sections, category.name, name, groups[name], draw, choice)
    return sections


def workspace_sections(
    workspace: Workspace,
    categories: Sequence[CategoryConfig],
    choice: SheetContent,
    *,
    window: str = "",
    split: str = "",
) -> Sections:
    """Show each group of a workspace's windows, and the frames where nothing was cut; what is set aside is framed."""
    sections = Sections()
    for category in categories:
        views = frame_views(workspace, category, window=window, split=split)
        name = window or (DEFAULT_WINDOW if DEFAULT_WINDOW in category.windows else next(iter(category.windows)))
        masks = _masks_by_frame(workspace, name, category.name)
        groups: dict[str, list[FrameView]] = defaultdict(list)
        for view in views:
            groups[(view.label or _NO_LABEL) if choice.by == "label" else (view.side or _NO_SIDE)].append(view)
        for group in _ordered(groups):

            def draw(
                view: FrameView,
                category: CategoryConfig = category,
                name: str = name,
                masks: Mapping[str, Sequence[MaskRow]] = masks,
            ) -> tuple[SheetTile | None, dict[str, Any], list[str]]:
                drawn = masks.get(view.frame, ())
                return _tile(
                    lambda: frame_pictures(
                        workspace, category.name, view, drawn, window=name, side_px=choice.side_px
                    ),
                    _lines_of(view, choice.by), STATUS["rejected"] if view.is_set_aside else SIDES[view.side],
                    {"category": category.name, "image": view.frame}, framed=view.is_set_aside,
                )  # fmt: skip

            _add(sections, category.name, group, groups[group], draw, choice)
    return sections


def worst_sections(
    root: Path, category: Category, entry: CategoryResult, run: SubmissionRun, maps_root: Path, choice: SheetContent
) -> Sections:
    """Show the worst false positives and false negatives of a run: image with regions, and with the map over it."""
    submission = next((part for part in run.categories if part.category == category.name), None)
    samples = {sample.key: sample for sample in category.of_split("test")}
    scale = heat_scale(entry)
    sections = Sections()

    def draw(case: Case) -> tuple[SheetTile | None, dict[str, Any], list[str]]:
        path = maps_root / case.map if case.map else None
        about = {"category": category.name, "image": case.key, "score": case.score, "kind": case.kind}
        return _tile(
            lambda: case_pictures(root, category, samples[case.key], path, scale=scale, side_px=choice.side_px),
            (f"{case.key.partition('/')[2]}  score {number(case.score)}",), "", about, paired=True,
        )  # fmt: skip

    cases = worst_cases(entry, category, submission, count=choice.most)
    for kind, what in (
        ("false positive", "good images with the highest scores"),
        ("false negative", "defective images with the lowest scores"),
    ):
        chosen = [case for case in cases if case.kind == kind]
        drawn = list(choice.execution.map(draw, chosen, f"worst of {category.name}"))
        sections.add(f"{category.name}, {run.method}: {what}", drawn)
    return sections


def evenly(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most so many items, evenly spread.

    >>> evenly("abcdef", 3)
    ['a', 'c', 'e']
    """
    count = min(len(items), most)
    return [items[place * len(items) // count] for place in range(count)]


def _add(
    sections: Sections,
    category: str,
    group: str,
    members: Sequence[Item],
    draw: Callable[[Item], tuple[SheetTile | None, dict[str, Any], list[str]]],
    choice: SheetContent,
) -> None:
    chosen = evenly(members, choice.most)
    count = f"{len(members)}" if len(chosen) == len(members) else f"{len(chosen)} of {len(members)}"
    drawn = list(choice.execution.map(draw, chosen, f"{group} of {category}"))
    sections.add(f"{category}, {group} ({count})", drawn)


def _tile(
    read: Callable[[], CasePictures],
    lines: tuple[str, ...],
    colour: str,
    about: dict[str, Any],
    *,
    framed: bool = False,
    paired: bool = False,
) -> tuple[SheetTile | None, dict[str, Any], list[str]]:
    """Read one tile's pictures; None and the reason where its image cannot be read."""
    try:
        shown = read()
    except CurateError as error:
        return None, about, [f"{about['image']}: {error.message}"]
    second = (shown.heat if shown.heat is not None else shown.image,) if paired else ()
    return SheetTile((shown.image, *second), shown.regions, lines, colour, framed), about, list(shown.problems)


def _lines_of(view: FrameView, by: GroupBy) -> tuple[str, ...]:
    name = view.frame.rpartition("/")[2]
    if view.is_set_aside:
        return (name, view.set_aside or view.window_reason)
    other = (view.side or _NO_SIDE) if by == "label" else (view.label or _NO_LABEL)
    return (name, other)


def _ordered(groups: Mapping[str, Any]) -> list[str]:
    """Return train, val, test, or good, the defects by name, and those without."""
    last = {_NO_LABEL, _NO_SIDE}
    return sorted(groups, key=lambda name: (name in last, _SIDE_ORDER.get(name, 3), name != GOOD, natural_key(name)))


def _masks_by_frame(workspace: Workspace, window: str, category: str) -> dict[str, list[MaskRow]]:
    record = workspace.masks_record(window, category)
    masks: dict[str, list[MaskRow]] = defaultdict(list)
    for row in read_table(record, MaskRow) if record.is_file() else ():
        masks[row.frame].append(row)
    return masks
