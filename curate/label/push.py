"""Which pictures an annotation project still lacks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.geometry.affine import Affine
from curate.geometry.shapes import transformed
from curate.model.region import Annotation, Region


@dataclass(frozen=True, slots=True)
class Picture:
    """Something to be annotated.

    Attributes
    ----------
    frame, window : str
        Our keys; ``window`` is empty for a whole frame.
    name : str
        For people.
    path : Path
    sha256 : str
        Of the file.
    width_px, height_px : int
        Upright.
    from_frame : Affine
        From frame pixels to the picture's.
    """

    frame: str
    window: str
    name: str
    path: Path
    sha256: str
    width_px: int
    height_px: int
    from_frame: Affine

    @property
    def upload_name(self) -> str:
        """Name that tells the content, so that what is on the server already is not sent again."""
        ending = "jpg" if self.path.suffix.lower() in {".jpg", ".jpeg"} else "png"
        return f"{self.sha256[:16]}.{ending}"


@dataclass(frozen=True, slots=True)
class Missing:
    """What a project lacks.

    Attributes
    ----------
    new : tuple of Picture
        No task shows them.
    changed : tuple of Picture
        A task shows an older content of the same window; they get a task of their own, the old one stays.
    present : int
    """

    new: tuple[Picture, ...]
    changed: tuple[Picture, ...]
    present: int


def missing(pictures: Sequence[Picture], tasks: Iterable[dict[str, Any]]) -> Missing:
    """Compare what should be annotated with the data of the tasks that a project has."""
    there: dict[tuple[str, str], set[str]] = {}
    for data in tasks:
        ours = data.get("curate")
        if isinstance(ours, dict):
            key = (str(ours.get("frame")), str(ours.get("window", "")))
            there.setdefault(key, set()).add(str(ours.get("sha256", "")))
    new, changed = [], []
    for picture in pictures:
        known = there.get((picture.frame, picture.window))
        if known is None:
            new.append(picture)
        elif picture.sha256 not in known:
            changed.append(picture)
    return Missing(tuple(new), tuple(changed), len(pictures) - len(new) - len(changed))


def task_of(
    picture: Picture, url: str, predictions: Sequence[dict[str, Any]], preview: dict[str, float] | None
) -> dict[str, Any]:
    """Make a task; its data carries our keys, which survive the export unchanged."""
    affine = picture.from_frame
    ours = {
        "frame": picture.frame,
        "window": picture.window,
        "sha256": picture.sha256,
        "size": [picture.width_px, picture.height_px],
        "from_frame": [affine.a, affine.b, affine.c, affine.d, affine.e, affine.f],
    }
    data: dict[str, Any] = {"image": url, "name": picture.name, "curate": ours}
    if preview:
        data["preview"] = preview
    return {"data": data, "predictions": list(predictions)}


def in_picture(annotation: Annotation, picture: Picture) -> Annotation:
    """Bring an annotation from frame pixels into those of a picture."""
    regions = tuple(
        Region(
            region.region_id,
            region.defect,
            tuple(transformed(shape, picture.from_frame) for shape in region.shapes),
            region.saturation,
            region.group,
        )
        for region in annotation.regions
    )
    return Annotation(annotation.frame, picture.width_px, picture.height_px, annotation.label, regions)


def batches(pictures: Sequence[Picture], size: int) -> list[Sequence[Picture]]:
    """Cut a sequence into pieces of at most ``size``."""
    return [pictures[at : at + size] for at in range(0, len(pictures), size)]
