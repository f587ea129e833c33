"""Give a defect, a series or a category another name, everywhere in a workspace.

Frames' keys, annotations, decisions, windows and masks follow; nothing has to be drawn, cut or decided again. A command
that was stopped is finished by giving it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from curate.disk.atomic import write_text
from curate.disk.reading import is_there, names_in, read_text
from curate.disk.tables import read_table, write_table
from curate.errors import ConflictError, InputError, MissingError
from curate.model.config import CategoryConfig, WorkspaceConfig
from curate.model.region import Annotation
from curate.model.rows import MaskRow
from curate.workspace.annotations import read_annotations, write_annotations
from curate.workspace.category_files import files_of_category
from curate.workspace.config import parse_config, read_config
from curate.workspace.frame_records import (
    RENEWED,
    current_stages,
    json_lines,
    move,
    read_captures,
    renew_stamps,
    tables_of,
    write_json_lines,
    write_rows,
)
from curate.workspace.rekey import rename_frames
from curate.workspace.removed import removals_of
from curate.workspace.workspace import Workspace, category_config

_NAME = re.compile(r"^[^./\\\0][^/\\\0]*$")


@dataclass(frozen=True, slots=True)
class RenameReport:
    """What got another name.

    Attributes
    ----------
    kind : str
        ``defect``, ``series`` or ``category``.
    old, new : str
    categories : tuple of str
    changed : dict of str to int
        How many frames, regions, labels, decisions and files.
    """

    kind: str
    old: str
    new: str
    categories: tuple[str, ...]
    changed: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "kind": self.kind,
            "old": self.old,
            "new": self.new,
            "categories": list(self.categories),
            "changed": dict(self.changed),
        }


def rename_series(
    workspace: Workspace, category: CategoryConfig, old: str, new: str, *, on_wait: Callable[[str], None] | None = None
) -> RenameReport:
    """Give a series another name: its frames, their records, windows, masks, annotations and decisions.

    Raises
    ------
    MissingError
        If there is no such series.
    ConflictError
        If the new name is taken.
    """
    _check_name("series", new)
    with workspace.lock(on_wait):
        captures = read_captures(workspace, category.name)
        if old not in captures:
            listed = ", ".join(captures) or "none"
            raise MissingError(f"category {category.name} has no series {old}; there is {listed}", path=workspace.root)
        if new in captures:
            raise ConflictError(f"category {category.name} has a series {new} already", path=workspace.root)
        names = {row.frame: f"{new}/{row.frame.partition('/')[2]}" for row in captures[old]}
        rename_frames(workspace, category, names)
    return RenameReport("series", old, new, (category.name,), {"frames": len(names)})


def rename_category(
    workspace: Workspace, config: WorkspaceConfig, old: str, new: str, *, on_wait: Callable[[str], None] | None = None
) -> RenameReport:
    """Give a category another name: its table in ``curate.toml``, its frames, records, windows and masks.

    Exports keep the name that they were published under; ``curate export`` makes them anew.

    Raises
    ------
    MissingError
        If there is no such category.
    ConflictError
        If the new name is taken.
    """
    _check_name("category", new)
    known = {*workspace.categories(), *config.categories}
    if old not in known:
        raise MissingError(f"there is no category {old}; there is {', '.join(sorted(known))}", path=workspace.root)
    both = ({old, new} <= set(workspace.categories())) or {old, new} <= set(config.categories)
    if both:
        raise ConflictError(f"there is a category {new} already", path=workspace.root)
    if removals_of(workspace, old):
        raise ConflictError(
            f"frames of {old} were removed and can be put back under this name only",
            path=workspace.root / "removed" / old,
            hint=f"put them back with `curate remove --restore`, or move removed/{old} away",
        )
    category = category_config(config, old)
    with workspace.lock(on_wait):
        current = current_stages(workspace, category, RENEWED)
        text = _renamed_table(workspace, f"categories.{old}", f"categories.{new}", old in config.categories)
        builds = workspace.relative(workspace.build("x").parent) + "/"
        paths = [path for path in files_of_category(workspace, category) if not path.startswith(builds)]
        for path in sorted(paths, key=lambda path: path.startswith("records/captures/")):
            move(workspace.root / path, workspace.root / _with_name(path, old, new))
        decisions = json_lines(workspace.decisions(new))
        start = workspace.relative(workspace.captures(old)) + "/"
        for entry in decisions:
            if entry["frame"].startswith(start):
                entry["frame"] = f"captures/{new}/{entry['frame'].removeprefix(start)}"
        write_json_lines(workspace.decisions(new), decisions)
        if text is not None:
            write_text(workspace.config_path, text)
        fresh = category_config(read_config(workspace.config_path), new)
        renew_stamps(workspace, fresh, current, was=new, renamed=lambda path: _with_name(path, old, new))
    return RenameReport("category", old, new, (new,), {"files": len(paths)})


def _with_name(path: str, old: str, new: str) -> str:
    """Put another category into a path: the last part that names it, whole or without its ending."""
    parts = path.split("/")
    for place in reversed(range(len(parts))):
        stem, dot, ending = parts[place].partition(".") if place == len(parts) - 1 else (parts[place], "", "")
        if parts[place] == old:
            parts[place] = new
        elif stem == old and ending in {"csv", "json", "jsonl", "png"} and place:
            parts[place] = f"{new}{dot}{ending}"
        else:
            continue
        break
    return "/".join(parts)


def rename_defect(
    workspace: Workspace,
    categories: list[CategoryConfig],
    old: str,
    new: str,
    *,
    on_wait: Callable[[str], None] | None = None,
) -> RenameReport:
    """Give a defect another name: its table in ``curate.toml``, labels, regions, decisions; its pixel value stays.

    Raises
    ------
    MissingError
        If nothing has this name.
    ConflictError
        If the new name is a defect of the category already: two defects are not made one.
    """
    _check_name("defect", new)
    changed = {"regions": 0, "labels": 0, "decisions": 0, "tables": 0}
    touched = []
    taken = [category.name for category in categories if new in category.defects]
    if taken:
        raise ConflictError(f"{', '.join(taken)} has a defect {new} already", path=workspace.config_path)
    with workspace.lock(on_wait):
        for category in categories:
            counts = _rename_in(workspace, category, old, new)
            if any(counts.values()):
                touched.append(category.name)
            changed = {key: changed[key] + counts[key] for key in changed}
    if not touched:
        raise MissingError(
            f"nothing is called {old} in {', '.join(category.name for category in categories)}",
            path=workspace.config_path,
            hint="see `curate frames` and curate.toml for the names that there are",
        )
    return RenameReport("defect", old, new, tuple(touched), changed)


def _rename_in(workspace: Workspace, category: CategoryConfig, old: str, new: str) -> dict[str, int]:
    name = category.name
    current = current_stages(workspace, category, ("import", "crop", "label", "screen"))
    key = f"categories.{name}.defects"
    text = _renamed_table(workspace, f"{key}.{old}", f"{key}.{new}", old in category.defects)
    path = workspace.annotations(name)
    drawn = list(read_annotations(path).values()) if is_there(path) else []
    regions = sum(region.defect == old for entry in drawn for region in entry.regions)
    called = sum(entry.label == old for entry in drawn)
    captures = read_captures(workspace, name)
    labels = called + sum(row.label == old for rows in captures.values() for row in rows)
    decisions = json_lines(workspace.decisions(name))
    said = [entry for entry in decisions if entry["kind"] == "label" and entry["verdict"] == old]
    counts = {"regions": regions, "labels": labels, "decisions": len(said), "tables": int(text is not None)}
    if not any(counts.values()):
        return counts
    if drawn:
        write_annotations(path, [_with_defect(entry, old, new) for entry in drawn])
    rows = {s: [replace(row, label=new) if row.label == old else row for row in of] for s, of in captures.items()}
    write_rows(tables_of(workspace, name)[0], captures, rows)
    for entry in said:
        entry["verdict"] = new
    write_json_lines(workspace.decisions(name), decisions)
    _rename_values(workspace, name, old, new)
    if text is not None:
        write_text(workspace.config_path, text)
    fresh = category_config(read_config(workspace.config_path), name)
    renew_stamps(workspace, fresh, current)
    return counts


def _with_defect(entry: Annotation, old: str, new: str) -> Annotation:
    regions = tuple(replace(region, defect=new) if region.defect == old else region for region in entry.regions)
    return replace(entry, label=new if entry.label == old else entry.label, regions=regions)


def _rename_values(workspace: Workspace, category: str, old: str, new: str) -> None:
    """Keep the pixel value of a defect under its new name, and say in the masks' record what they show."""
    path = workspace.pixel_values(category)
    if is_there(path):
        write_text(path, read_text(path).replace(f'"defect_name": "{old}"', f'"defect_name": "{new}"'))
    for window in names_in(workspace.root / "records" / "masks"):
        record = workspace.masks_record(window, category)
        if is_there(record):
            rows = [replace(row, defect=new) if row.defect == old else row for row in read_table(record, MaskRow)]
            write_table(record, rows, MaskRow)


def _renamed_table(workspace: Workspace, old: str, new: str, there: bool) -> str | None:  # noqa: FBT001 - a fact
    """Return ``curate.toml`` with a table under another name; None where it has no such table.

    Raises
    ------
    InputError
        If the file is written in a form in which the name cannot be changed safely.
    """
    if not there:
        return None
    text = read_text(workspace.config_path)
    *around, last = old.split(".", 2 if ".defects." not in old else 3)
    head = r"\.".join(rf"\s*[\"']?{re.escape(part)}[\"']?\s*" for part in around)
    pattern = re.compile(rf"^(\s*\[{head}\.\s*)([\"']?){re.escape(last)}\2(\s*[\].])", re.MULTILINE)
    name = new.rpartition(".")[2]
    quoted = name if re.fullmatch(r"[\w-]+", name, re.ASCII) else f'"{name}"'
    changed = pattern.sub(lambda match: f"{match[1]}{quoted}{match[3]}", text)
    before, after = parse_config(text, workspace.config_path), parse_config(changed, workspace.config_path)
    if before == after or _names(before) - {last} | {name} != _names(after):
        raise InputError(
            f"the table [{old}] is written in a form in which its name cannot be changed",
            path=workspace.config_path,
            hint=f"write it as a table of its own, [{old}], and rename again; nothing was changed",
        )
    return changed


def _names(config: WorkspaceConfig) -> set[str]:
    return {*config.categories, *(name for category in config.categories.values() for name in category.defects)}


def _check_name(kind: str, name: str) -> None:
    if not _NAME.match(name):
        raise InputError(f"the {kind} {name!r} cannot be a folder's name", hint="leave out slashes and a leading dot")
