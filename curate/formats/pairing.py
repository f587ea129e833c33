"""Find the picture that a document means by an image name; ambiguity is said, never guessed away.

Pictures are an author's frames and windows, or the image files of a dataset. Names compare in Unicode's composed form
(NFC). Case and suffix may differ; any other difference is refused, but for what Label Studio's server does to the
names of uploads, which is a warning.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeAlias
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from curate.formats.records import ImageRef, Size
from curate.geometry.affine import IDENTITY, Affine
from curate.model.capture import Capture, Window
from curate.model.codes import names as codes

_UPLOAD_PREFIX = re.compile(r"^[0-9a-f]{8}-")
_OLD_UPLOAD_PREFIX = re.compile(r"^[0-9a-f]{6}-")
"""What Label Studio puts before the name of an uploaded file; version 0.9 took six digits."""
_UPLOADS = "/data/upload/"
_SERVED = re.compile(r"[?&]d=(?P<path>[^&]*)")

_SHOWN = 5

NO_SIZE = (0, 0)

Components: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A picture that may have been annotated: a frame, a window cut from one, or an image of a dataset.

    Attributes
    ----------
    path : tuple of str
        Path components, from the workspace or the dataset on.
    frame : str
        The frame's key, or the image's path in its dataset.
    window : str
        Name of the window; ``""`` for the frame itself.
    size_px : tuple of int
        Of the picture; :data:`NO_SIZE` where it is not known.
    frame_size_px : tuple of int
        Of its frame.
    to_frame : Affine
        From the picture's pixels to the frame's.
    sha256 : str
        Of the picture's file.
    """

    path: Components
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


def frame_targets(captures: Iterable[Capture], category: str) -> list[KnownPicture]:
    """Return every frame of a category as something that may be annotated."""
    return [
        KnownPicture(
            ("captures", category, *capture.frame.split("/")),
            capture.frame,
            "",
            (capture.width_px, capture.height_px),
            (capture.width_px, capture.height_px),
            sha256=capture.sha256,
        )
        for capture in captures
    ]


def window_targets(
    windows: Iterable[Window], frames: Mapping[str, KnownPicture], window: str, category: str
) -> list[KnownPicture]:
    """Return every cut window as something that may be annotated."""
    return [
        KnownPicture(
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


def under_other_names(frames: Iterable[KnownPicture], names: Mapping[str, Iterable[str]]) -> list[KnownPicture]:
    """Return frames once more under the other names with which their content came, by sha256.

    Such a path is the other name alone: it lies nowhere in the workspace.
    """
    return [
        replace(frame, path=tuple(composed(name).split("/")))
        for frame in frames
        for name in names.get(frame.sha256, ())
    ]


class PictureIndex:
    """All pictures by file name.

    Parameters
    ----------
    pictures : iterable of KnownPicture
    foreign : iterable of str
        Names of other categories: a path through a folder of such a name means none of these pictures.
    """

    def __init__(self, pictures: Iterable[KnownPicture], foreign: Iterable[str] = ()) -> None:
        self._by_key: dict[tuple[str, str], KnownPicture] = {}
        self._by: dict[Callable[[str], str], dict[str, list[KnownPicture]]] = {
            rule: defaultdict(list) for rule in (*_RULES, _uploaded)
        }
        self._foreign = {name.lower() for name in foreign}
        self.frame_of_bytes: dict[str, str] = {}
        self._stems: set[str] = set()
        for picture in pictures:
            self._by_key.setdefault((picture.frame, picture.window), picture)
            if picture.sha256:
                self.frame_of_bytes.setdefault(picture.sha256, picture.frame)
            self._stems.add(PurePosixPath(picture.path[-1]).stem)
            for rule, names in self._by.items():
                names[rule(composed(picture.path[-1]))].append(picture)

    def find(self, image: ImageRef, near: str = "") -> KnownPicture | Unpaired:
        """Return the one picture that an image reference means, or why there is none.

        Of several that fit equally well, the one that shares most folders with the document ``near`` is meant.
        """
        if image.frame:
            return self._pushed(image)
        found = self._named(image, near)
        if not image.file:
            return found
        stem = PurePosixPath(image.file).with_suffix("").as_posix()
        other = self._named(replace(image, name=stem, file="", size_px=None), near)
        if isinstance(other, Unpaired):
            return found
        if isinstance(found, Unpaired) or other.frame == found.frame:
            return other if isinstance(found, Unpaired) and found.code == codes.ANNOTATED_IMAGE_UNKNOWN else found
        return Unpaired(
            codes.ANNOTATION_CONTRADICTS_ITSELF,
            f"its file is called after {'/'.join(other.path)}, and it says that it is about {image.name!r}",
        )

    def _named(self, image: ImageRef, near: str) -> KnownPicture | Unpaired:
        first: KnownPicture | Unpaired | None = None
        for path, all_hits in self._hits(image.name):
            foreign = {part.lower() for part in path[:-1]} & self._foreign
            hits = [hit for hit in all_hits if not foreign - {part.lower() for part in hit.path}]
            if not hits:
                lies = f"{image.name!r} lies below {', '.join(sorted(foreign))!r}, another category"
                first = first or Unpaired(codes.ANNOTATED_IMAGE_UNKNOWN, lies)
                continue
            fitting = [hit for hit in hits if image.size_px is None or hit.size_px in {NO_SIZE, image.size_px}]
            if fitting:
                return _choose(fitting, path, image, near)
            # A window and its frame may differ in their names' endings only: look on for one of the stated size.
            first = first or _choose(hits, path, image, near)
        return first or Unpaired(codes.ANNOTATED_IMAGE_UNKNOWN, f"no frame or window is called {image.name!r}")

    def _pushed(self, image: ImageRef) -> KnownPicture | Unpaired:
        """Return the picture that was pushed, cut as it was then."""
        frame = self._by_key.get((image.frame, ""))
        picture = self._by_key.get((image.frame, image.window), frame)
        if frame is None or picture is None:
            return Unpaired(
                codes.ANNOTATED_IMAGE_UNKNOWN, f"the frame {image.frame} is not, or no longer, in the workspace"
            )
        if image.window and image.from_frame is not None and image.size_px:
            return replace(picture, window=image.window, size_px=image.size_px, to_frame=image.from_frame.inverse())
        if image.window and not picture.window:
            return Unpaired(
                codes.ANNOTATED_IMAGE_UNKNOWN,
                f"the window {image.window} of {image.frame} is no longer in the workspace",
            )
        if image.sha256 and picture.sha256 not in {"", image.sha256}:
            return Unpaired(codes.ANNOTATED_SIZE_DIFFERS, f"{image.frame} is not the picture any more that was pushed")
        return picture

    def _hits(self, name: str) -> Iterator[tuple[Components, list[KnownPicture]]]:
        """Yield the pictures that a name may mean, likeliest first."""
        for path in candidate_paths(name):
            for rule in _RULES:
                # A name without an ending may hold a dot: first as it is, then without what looks like an ending.
                whole = self._by[rule].get(path[-1].lower(), []) if rule is _stem else []
                hits = whole or self._by[rule].get(rule(path[-1]), [])
                if hits:
                    yield path, hits
            if is_upload(name) and (hits := self._by[_uploaded].get(_uploaded(path[-1]), [])):
                yield path, hits

    def size_of(self, image: ImageRef) -> Size | None:
        """Return the size of the picture that is meant; None when that is not known."""
        picture = self.find(image)
        return None if isinstance(picture, Unpaired) or picture.size_px == NO_SIZE else picture.size_px

    def stems(self) -> set[str]:
        """Return the file names of all pictures without their endings."""
        return self._stems


def bent_name(image: ImageRef, picture: KnownPicture) -> str:
    """Say in what a picture's name differs from what a document calls it, beyond case and suffix; ``""`` if in nothing.

    A pushed picture is found by its key, whatever its file was called.
    """
    if image.frame:
        return ""
    own = _stem(composed(picture.path[-1]))
    names = {name for path in candidate_paths(image.name) for name in (path[-1].lower(), _stem(path[-1]))}
    if own not in names:
        return f"{image.name!r} is taken for {'/'.join(picture.path)}: the server that it was uploaded to changes names"
    file = PurePosixPath(image.file)
    if image.file and own not in {_stem(composed(file.name)), composed(file.stem).lower()}:
        return f"is called {file.name}, and says that it is about {image.name!r}"
    return ""


def candidate_paths(name: str) -> list[Components]:
    """Return the paths that a reference may stand for, likeliest first, as components.

    URLs lose their host and query, percent signs are decoded, Windows separators understood, the path of Label
    Studio's local files taken from ``?d=``, and the prefixes that it gives to uploads removed.

    >>> candidate_paths("/data/upload/3/1a2b3c4d-IMG_1.jpg")[0]
    ('data', 'upload', '3', 'IMG_1.jpg')
    >>> candidate_paths("/data/local-files/?d=series%201/a.png")[0]
    ('series 1', 'a.png')
    """
    texts = [name]
    served = _SERVED.search(name)
    if served:
        texts = [unquote(served["path"]), unquote(served["path"].replace("+", " "))]
    elif "://" in name:
        parts = [urlsplit(name, allow_fragments=keep) for keep in (False, True)]
        texts = [text for part in parts for text in (unquote(part.path), part.path)]
    paths = [_components(form) for text in texts for form in (text, unquote(text))]
    paths = [path for path in dict.fromkeys(paths) if path]
    stripped = [(*path[:-1], bare) for path in paths for bare in _without_prefixes(path[-1], name)]
    # An uploaded file always has the prefix; elsewhere a name that looks so may simply be the name.
    ordered = [*stripped, *paths] if _UPLOADS in f"/{name}" else [*paths, *stripped]
    return list(dict.fromkeys(ordered))


def is_upload(name: str) -> bool:
    """Whether a name is that of a file that was uploaded to Label Studio, which changes names."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return _UPLOADS in f"/{name}" or _UPLOAD_PREFIX.match(last) is not None


def composed(name: str) -> str:
    """Return a name in Unicode's composed form: archives unpacked by macOS hold the other one."""
    return normalize("NFC", name)


def _without_prefixes(name: str, whole: str) -> list[str]:
    """Return a name without the prefixes of uploads, one after the other: a file may have been uploaded twice."""
    bare: list[str] = []
    while match := _UPLOAD_PREFIX.match(name) or (_UPLOADS in f"/{whole}" and _OLD_UPLOAD_PREFIX.match(name)):
        name = name[match.end() :]
        if not name:
            break
        bare.append(name)
    return bare


def _components(text: str) -> Components:
    parts = PurePosixPath(composed(text).replace("\\", "/")).parts
    return tuple(part for part in parts if part not in {"/", "//", ".", ".."})


def _same(name: str) -> str:
    return name


def _uploaded(name: str) -> str:
    """Rewrite a name as Label Studio's server stores uploads: no blanks, no special characters."""
    return re.sub(r"[^-\w.]", "", name.strip().replace(" ", "_")).lower()


def _stem(name: str) -> str:
    return PurePosixPath(name.lower()).stem


_RULES: tuple[Callable[[str], str], ...] = (_same, str.lower, _stem)
"""What two names must have in common, strictest first: a preview or an export may differ in case or suffix."""


def _choose(hits: list[KnownPicture], path: Components, image: ImageRef, near: str) -> KnownPicture | Unpaired:
    best = max(_shared_tail(hit.path, path) for hit in hits)
    left = [hit for hit in hits if _shared_tail(hit.path, path) == best]
    if near and len(left) > 1:
        document = tuple(near.split("/"))
        closest = max(_shared_head(hit.path, document) for hit in left)
        left = [hit for hit in left if _shared_head(hit.path, document) == closest]
    first = left[0]
    # A window that is the whole frame, pixel for pixel, is the frame.
    if all((hit.frame, hit.size_px, hit.to_frame) == (first.frame, first.size_px, first.to_frame) for hit in left):
        return first
    names = ["/".join(hit.path) for hit in left[:_SHOWN]]
    more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
    return Unpaired(codes.ANNOTATED_IMAGE_AMBIGUOUS, f"{image.name!r} may be {', '.join(names)}{more}")


def _shared_tail(first: Components, second: Components) -> int:
    """Count the folders above the file names, already found alike, that two paths share."""
    count = 0
    for a, b in zip(reversed(first[:-1]), reversed(second[:-1]), strict=False):
        if composed(a).lower() != composed(b).lower():
            break
        count += 1
    return count


def _shared_head(first: Components, second: Components) -> int:
    """Count the folders that two paths share from the root on."""
    places = range(min(len(first), len(second)) - 1)
    return next((place for place in places if first[place] != second[place]), len(places))


def several_images(names: Iterable[str], plain: Iterable[str] = ()) -> list[str]:
    """Return the names that cannot all mean one picture, because their folders differ; empty when they can.

    Parameters
    ----------
    names : iterable of str
        What documents call one picture.
    plain : iterable of str
        Folder names, in lower case, that say what is in them and not which picture it is: defects, ``masks``.

    Examples
    --------
    >>> several_images(["lineA/1.png", "lineB/1.png"]), several_images(["1.png", "lineA/1.png"])
    (['lineA/1.png', 'lineB/1.png'], [])
    """
    words = set(plain)
    tails: dict[Components, str] = {}
    for name in names:
        path = candidate_paths(name)[:1] or [(name,)]
        folders = () if is_upload(name) else tuple(part.lower() for part in path[0][:-1] if part.lower() not in words)
        tails.setdefault((*folders, _stem(path[0][-1])), name)
    longest = max(tails, key=len, default=())
    return [] if all(longest[len(longest) - len(tail) :] == tail for tail in tails) else list(tails.values())
