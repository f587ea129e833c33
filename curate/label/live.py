"""``curate label push`` and ``pull``: the workspace and a running annotation server. Impure, beside ``run.py``.

Both may be interrupted and repeated: what the server has is identified by its sha256, and never sent twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from curate.disk.atomic import write_bytes
from curate.disk.tables import read_table
from curate.errors import InputError, MissingError
from curate.execution import Execution
from curate.formats.label_studio_writer import result_of
from curate.formats.mask_values import pieces
from curate.geometry.affine import IDENTITY, Affine
from curate.geometry.shapes import bitmap_of
from curate.imaging.maps import read_map
from curate.imaging.preview import browser_picture
from curate.label.labelling import labelling_config, problems_of
from curate.label.push import Missing, Picture, batches, in_picture, missing, task_of
from curate.label.server import Server
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig
from curate.model.region import Annotation, Region
from curate.model.words import Shown
from curate.workspace.annotations import read_annotations
from curate.workspace.screening import read_set_aside
from curate.workspace.workspace import Workspace

BATCH = 50
"""Tasks per request: small enough that a kill repeats little, large enough that requests do not dominate."""

_MAP_SUFFIXES = (".png", ".tif", ".tiff", ".npy", ".npz")
_SERIAL = Execution(jobs=1)


@dataclass(frozen=True, slots=True)
class PushOptions:
    """What is shown to annotators, and how.

    Attributes
    ----------
    what : str
        ``windows``, or whole ``frames``.
    images : str
        ``upload`` sends the pictures; ``local`` lets a server on this machine read them from the workspace.
    suggest : bool
        Attach the annotations of the record as suggestions.
    maps : Path or None
        Folder of anomaly maps, ``<series>/<image stem>.<ext>``: what exceeds ``map_threshold`` is suggested.
    map_threshold : float
    map_defect : str
        What such a suggestion is called.
    batch : int
        Tasks per request.
    """

    what: Literal["windows", "frames"] = "windows"
    images: Literal["upload", "local"] = "upload"
    suggest: bool = False
    maps: Path | None = None
    map_threshold: float = 0.5
    map_defect: str = ""
    batch: int = BATCH


PLAIN = PushOptions()


@dataclass(frozen=True, slots=True, repr=False)
class PushReport(Shown):
    """What ``curate label push`` did.

    Attributes
    ----------
    project : str
    created : bool
        Whether the project was made.
    sent, changed, present : int
        New tasks; of those, pictures whose older content has a task already; tasks that were there.
    left_out : int
        Pictures that screening set aside: nobody's time is spent on them.
    """

    project: str
    created: bool
    sent: int
    changed: int
    present: int
    left_out: int

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "project": self.project,
            "created": self.created,
            "sent": self.sent,
            "changed": self.changed,
            "present": self.present,
            "left_out": self.left_out,
        }


def push_labels(
    workspace: Workspace,
    category: CategoryConfig,
    server: Server,
    title: str,
    *,
    options: PushOptions = PLAIN,
    execution: Execution = _SERIAL,
    dry_run: bool = False,
) -> PushReport:
    """Bring a category's pictures into a project, which is made when there is none of that title.

    Raises
    ------
    InputError
        If ``curate.toml`` names no defect, or a suggestion is not valid; nothing is sent then.
    MissingError
        If there is nothing to annotate yet, or the server does not answer.
    """
    if not category.defects:
        raise InputError(
            f"names no defect of {category.name}, so there is nothing to draw",
            path=workspace.config_path,
            hint=f"add [categories.{category.name}.defects.NAME]",
        )
    listed = load_pictures(workspace, category, options.what)
    rejected = read_set_aside(workspace, category.name)
    pictures = [picture for picture in listed if picture.frame not in rejected]
    suggestions = _suggestions(workspace, category, pictures, options)
    project = server.find_project(title)
    lacking = missing(pictures, server.task_data(project) if project is not None else [])
    sent = len(lacking.new) + len(lacking.changed)
    left_out = len(listed) - len(pictures)
    report = PushReport(title, project is None, sent, len(lacking.changed), lacking.present, left_out)
    if dry_run:
        return report
    if project is None:
        project = server.create_project(title, labelling_config(category))
    else:
        server.set_config(project, labelling_config(category))
    _send(workspace, category, server, project, lacking, suggestions, options, execution)
    return report


def _send(
    workspace: Workspace,
    category: CategoryConfig,
    server: Server,
    project: int,
    lacking: Missing,
    suggestions: dict[tuple[str, str], list[dict[str, Any]]],
    options: PushOptions,
    execution: Execution,
) -> None:
    if options.images == "local":
        _previews(workspace).mkdir(parents=True, exist_ok=True)
        shown = {_storage(workspace, category, picture) for picture in lacking.new + lacking.changed}
        for folder in sorted({*shown, str(_previews(workspace))}):
            server.serve_folder(project, folder)

    def send(batch: Sequence[Picture]) -> None:
        urls, previews = _place(workspace, server, project, batch, options)
        tasks = [
            task_of(picture, urls[picture], suggestions.get((picture.frame, picture.window), []), previews[picture])
            for picture in batch
        ]
        server.add_tasks(project, tasks)

    work = batches([*lacking.new, *lacking.changed], options.batch)
    serial = Execution(jobs=1, progress=execution.progress)  # a server of one person writes one thing at a time
    for _ in serial.map(send, work, f"{category.name}: push"):
        pass


def _previews(workspace: Workspace) -> Path:
    return workspace.scratch / "previews"


def _storage(workspace: Workspace, category: CategoryConfig, picture: Picture) -> str:
    folder = workspace.windows(picture.window, category.name) if picture.window else workspace.captures(category.name)
    return str(folder)


def _place(
    workspace: Workspace, server: Server, project: int, batch: Sequence[Picture], options: PushOptions
) -> tuple[dict[Picture, str], dict[Picture, dict[str, float] | None]]:
    """Make the pictures of a batch visible to the server and return their URLs."""
    urls: dict[Picture, str] = {}
    previews: dict[Picture, dict[str, float] | None] = dict.fromkeys(batch)
    if options.images == "local":
        for picture in batch:
            content, is_own, previews[picture] = browser_picture(picture.path)
            path = picture.path
            if not is_own:
                path = _previews(workspace) / picture.upload_name
                write_bytes(path, content)
            urls[picture] = f"/data/local-files/?d={workspace.relative(path)}"
        return urls, previews
    there = server.uploads(project)
    for picture in batch:
        content, _, previews[picture] = browser_picture(picture.path)
        if picture.upload_name not in there:
            server.upload(project, picture.upload_name, content)
    there = server.uploads(project)
    return {picture: there[picture.upload_name] for picture in batch}, previews


def load_pictures(workspace: Workspace, category: CategoryConfig, what: Literal["windows", "frames"]) -> list[Picture]:
    """List what can be annotated, in shooting order.

    Raises
    ------
    MissingError
        If nothing was imported, or cut.
    """
    pictures: list[Picture] = []
    for series in workspace.series_of(category.name):
        if what == "frames":
            rows = read_table(workspace.captures_record(category.name, series), Capture)
            pictures += [_frame_picture(workspace, category, row) for row in rows]
            continue
        for window in category.windows:
            path = workspace.windows_record(window, category.name, series)
            cut = read_table(path, Window) if path.is_file() else []
            pictures += [_window_picture(workspace, category, window, row) for row in cut if row.status == "accepted"]
    if not pictures:
        raise MissingError(
            f"there are no {what} of {category.name} to annotate",
            path=workspace.root,
            hint=f"run `curate {'crop' if what == 'windows' else 'import FOLDER'} -c {category.name}`",
        )
    return pictures


def _frame_picture(workspace: Workspace, category: CategoryConfig, row: Capture) -> Picture:
    path = workspace.captures(category.name) / row.frame
    return Picture(row.frame, "", row.frame, path, row.sha256, row.width_px, row.height_px, IDENTITY)


def _window_picture(workspace: Workspace, category: CategoryConfig, window: str, row: Window) -> Picture:
    path = workspace.windows(window, category.name) / row.image
    affine = Affine(row.m00, row.m01, row.m02, row.m10, row.m11, row.m12)
    return Picture(row.frame, window, row.image, path, row.sha256, row.width_px, row.height_px, affine)


def _suggestions(
    workspace: Workspace, category: CategoryConfig, pictures: Sequence[Picture], options: PushOptions
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Make the predictions of every picture, and check them all before anything is sent."""
    record = workspace.annotations(category.name)
    known = read_annotations(record) if options.suggest and record.is_file() else {}
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    problems: list[str] = []
    for picture in pictures:
        made: list[tuple[Annotation, dict[str, Any]]] = []
        if picture.frame in known:
            made.append((in_picture(known[picture.frame], picture), {"model_version": "curate record"}))
        scored = _from_map(picture, options)
        if scored:
            made.append((scored[0], {"model_version": "anomaly map", "score": scored[1]}))
        for annotation, entry in made:
            result, _ = result_of(annotation)
            problems += [f"{picture.name}: {problem}" for problem in problems_of(result, category)]
            found.setdefault((picture.frame, picture.window), []).append({**entry, "result": result})
    if problems:
        listing = "\n".join(f"  {problem}" for problem in problems[:20])
        raise InputError(f"{len(problems)} suggestions are not valid, nothing was sent:\n{listing}")
    return found


def _from_map(picture: Picture, options: PushOptions) -> tuple[Annotation, float] | None:
    if options.maps is None:
        return None
    stem = options.maps / Path(picture.name).with_suffix("")
    candidates = [stem.with_name(stem.name + suffix) for suffix in _MAP_SUFFIXES]
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        return None
    scores = read_map(path)
    if scores.shape != (picture.height_px, picture.width_px):
        found, wanted = f"{scores.shape[1]}×{scores.shape[0]}", f"{picture.width_px}×{picture.height_px}"
        raise InputError(
            f"is a map of {found}, its picture has {wanted}", path=path, hint="make maps of the picture's size"
        )
    regions = tuple(
        Region(f"map-{index}", options.map_defect, (bitmap_of(piece),))
        for index, piece in enumerate(pieces(scores > options.map_threshold), start=1)
    )
    return Annotation(picture.frame, picture.width_px, picture.height_px, "", regions), float(scores.max())
