"""Find the frame or window that a document means by an image name; ambiguity is said, never guessed away."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from curate.geometry.affine import IDENTITY, Affine
from curate.label.reading import ImageRef, Size
from curate.model.capture import Capture, Window
from curate.model.codes import names as codes

_UPLOAD_PREFIX = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of an uploaded file."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Target:
    """A picture that may have been annotated: a frame, or a window cut from one.

    Attributes
    ----------
    path : tuple of str
        Path components, from the workspace on.
    frame : str
        The frame's key.
    window : str
        Name of the window; ``""`` for the frame itself.
    size_px, frame_size_px : tuple of int
        Of the picture, and of its frame.
    to_frame : Affine
        From the picture's pixels to the frame's.
    sha256 : str
        Of the picture's file.
    """

    path: tuple[str, ...]
    frame: str
    window: str
    size_px: Size
    frame_size_px: Size
    to_frame: Affine = IDENTITY
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Unpaired:
    """Why no picture, or no single one, is meant."""

    code: str
    message: str


def frame_targets(captures: Iterable[Capture], category: str) -> list[Target]:
    """Return every frame of a category as something that may be annotated."""
    return [
        Target(
            ("captures", category, *capture.frame.split("/")),
            capture.frame,
            "",
            (capture.width_px, capture.height_px),
            (capture.width_px, capture.height_px),
            sha256=capture.sha256,
        )
        for capture in captures
    ]


def window_targets(windows: Iterable[Window], frames: Mapping[str, Target], window: str, category: str) -> list[Target]:
    """Return every cut window as something that may be annotated."""
    return [
        Target(
            ("windows", window, category, *row.image.split("/")),
            row.frame,
            window,
            (row.width_px, row.height_px),
            frames[row.frame].size_px,
            Affine(row.m00, row.m01, row.m02, row.m10, row.m11, row.m12).inverse(),
            row.sha256,
        )
        for row in windows
        if row.sha256 and row.frame in frames
    ]


class Index:
    """All pictures by file name."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._by_key: dict[tuple[str, str], Target] = {}
        self._by: dict[Callable[[str], str], dict[str, list[Target]]] = {rule: defaultdict(list) for rule in _RULES}
        for target in targets:
            self._by_key.setdefault((target.frame, target.window), target)
            for rule, names in self._by.items():
                names[rule(target.path[-1])].append(target)

    def find(self, image: ImageRef) -> Target | Unpaired:
        """Return the one picture that an image reference means, or why there is none."""
        if image.frame:
            return self._pushed(image)
        first: Target | Unpaired | None = None
        for path, hits in self._hits(image.name):
            fitting = [target for target in hits if image.size_px in {None, target.size_px}]
            if fitting:
                return _choose(fitting, path, image)
            # A window and its frame may differ in their names' endings only: look on for one of the stated size.
            first = first or _choose(hits, path, image)
        return first or Unpaired(codes.ANNOTATED_IMAGE_UNKNOWN, f"no frame or window is called {image.name!r}")

    def _pushed(self, image: ImageRef) -> Target | Unpaired:
        """Return the picture that was pushed, cut as it was then."""
        frame = self._by_key.get((image.frame, ""))
        target = self._by_key.get((image.frame, image.window), frame)
        if frame is None or target is None:
            return Unpaired(
                codes.ANNOTATED_IMAGE_UNKNOWN, f"the frame {image.frame} is not, or no longer, in the workspace"
            )
        if image.window and image.from_frame is not None and image.size_px:
            return replace(target, window=image.window, size_px=image.size_px, to_frame=image.from_frame.inverse())
        if image.window and not target.window:
            return Unpaired(
                codes.ANNOTATED_IMAGE_UNKNOWN,
                f"the window {image.window} of {image.frame} is no longer in the workspace",
            )
        if image.sha256 and target.sha256 not in {"", image.sha256}:
            return Unpaired(codes.ANNOTATED_SIZE_DIFFERS, f"{image.frame} is not the picture any more that was pushed")
        return target

    def _hits(self, name: str) -> Iterator[tuple[Path, list[Target]]]:
        """Yield the pictures that a name may mean, likeliest first."""
        for path in candidate_paths(name):
            for rule, names in self._by.items():
                # A name without an ending may hold a dot: first as it is, then without what looks like an ending.
                hits = names.get(_uploaded(path[-1]), []) if rule is _stem else []
                hits = hits or names.get(rule(path[-1]), [])
                if hits:
                    yield path, hits

    def size_of(self, image: ImageRef) -> Size | None:
        """Return the size of the picture that is meant; None when that cannot be told."""
        target = self.find(image)
        return None if isinstance(target, Unpaired) else target.size_px

    def stems(self) -> set[str]:
        """Return the file names of all pictures without their endings."""
        return {PurePosixPath(target.path[-1]).stem for target in self._by_key.values()}


Path: TypeAlias = tuple[str, ...]


def candidate_paths(name: str) -> list[Path]:
    """Return the paths that a reference may stand for, likeliest first, as components.

    URLs lose their host and query, percent signs are decoded, Windows separators understood, the path of Label
    Studio's local files taken from ``?d=``, and the prefix that it gives to uploads removed.

    >>> candidate_paths("/data/upload/3/1a2b3c4d-IMG_1.jpg")[0]
    ('data', 'upload', '3', 'IMG_1.jpg')
    >>> candidate_paths("/data/local-files/?d=series%201/a.png")[0]
    ('series 1', 'a.png')
    """
    parts = urlsplit(name.replace("\\", "/")) if "://" in name or "?d=" in name else None
    text = name.replace("\\", "/")
    if parts is not None:
        served = parse_qs(parts.query).get("d")
        text = served[0] if served else unquote(parts.path)
    paths = [_components(text), _components(unquote(text))]
    stripped = [(*path[:-1], _UPLOAD_PREFIX.sub("", path[-1])) for path in paths if path]
    # An uploaded file always has the prefix; elsewhere a name that looks so may simply be the name.
    ordered = [*stripped, *paths] if "/data/upload/" in f"/{text}" else [*paths, *stripped]
    return [path for path in dict.fromkeys(ordered) if path]


def _components(text: str) -> Path:
    return tuple(part for part in PurePosixPath(text).parts if part not in {"/", ".", ".."})


def _same(name: str) -> str:
    return name


def _uploaded(name: str) -> str:
    """Rewrite a name as Label Studio's server stores uploads: no blanks, no special characters."""
    return re.sub(r"[^-\w.]", "", name.strip().replace(" ", "_")).lower()


def _stem(name: str) -> str:
    return PurePosixPath(_uploaded(name)).stem


_RULES: tuple[Callable[[str], str], ...] = (_same, str.lower, _uploaded, _stem)
"""What two names must have in common, strictest first: a preview or an export may differ in case or suffix."""


def _choose(hits: list[Target], path: Path, image: ImageRef) -> Target | Unpaired:
    best = max(_shared_tail(target.path, path) for target in hits)
    left = [target for target in hits if _shared_tail(target.path, path) == best]
    first = left[0]
    # A window that is the whole frame, pixel for pixel, is the frame.
    if all((t.frame, t.size_px, t.to_frame) == (first.frame, first.size_px, first.to_frame) for t in left):
        return first
    names = ["/".join(target.path) for target in left[:_SHOWN]]
    more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
    return Unpaired(codes.ANNOTATED_IMAGE_AMBIGUOUS, f"{image.name!r} may be {', '.join(names)}{more}")


def _shared_tail(first: Path, second: Path) -> int:
    """Count the folders above the file names, already found alike, that two paths share."""
    count = 0
    for a, b in zip(reversed(first[:-1]), reversed(second[:-1]), strict=False):
        if a.lower() != b.lower():
            break
        count += 1
    return count
