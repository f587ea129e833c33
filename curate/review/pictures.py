"""Pictures of frames and windows as a page shows them: upright, 8 bits, shrunk; made when they are asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.crop.place import Place, cut
from curate.drawing.pictures import Picture, as_colour, fit_into
from curate.errors import ImageError
from curate.geometry.affine import affine_of
from curate.imaging.images import decode_upright, read_file, read_header, upright
from curate.review.snapshot import Shown
from curate.workspace.workspace import Workspace

SIZES = {"thumb": 240, "fit": 1600, "full": 0}
"""Longest side in pixels; 0 keeps every pixel."""

_QUALITY = {"thumb": 80, "fit": 88, "full": 93}
_REDUCED = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}
_KEPT_BYTES = 64 << 20


class Pictures:
    """Makes pictures, and keeps the last ones as long as they take little memory.

    Parameters
    ----------
    workspace : Workspace
    kept_bytes : int
        How much the pictures that are kept may take.
    """

    def __init__(self, workspace: Workspace, kept_bytes: int = _KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._workspace = workspace
        self._guard = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        self._bytes = 0

    def jpeg(self, shown: Shown, size: str) -> bytes:
        """Return a picture as JPEG.

        Parameters
        ----------
        shown : Shown
        size : str
            One of :data:`SIZES`.

        Raises
        ------
        MissingError, ImageError
            If the frame's file is gone or damaged.
        """
        key = (shown.id, shown.version, size)
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        content = _encoded(self._picture(shown, SIZES[size]), _QUALITY[size])
        with self._guard:
            if key not in self._kept:
                self._kept[key] = content
                self._bytes += len(content)
            while self._bytes > self._kept_bytes:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return content

    def _picture(self, shown: Shown, longest_px: int) -> Picture:
        path = self._workspace.captures(shown.category) / shown.capture.frame
        if shown.window is None:
            pixels = decoded(read_file(path), path, longest_px)
        elif shown.window.sha256:
            path = self._workspace.windows(shown.name, shown.category) / shown.window.image
            pixels = decoded(read_file(path), path, longest_px)
        else:
            # Nothing was cut, because nobody was sure: show what would be.
            window = shown.window
            frame = decoded(read_file(path), path, 0)
            pixels = cut(frame, Place(affine_of(window), window.width_px, window.height_px), 0)
        picture = as_colour(pixels)
        return fit_into(picture, longest_px) if longest_px else picture


def decoded(content: bytes, path: Any, longest_px: int) -> NDArray[Any]:
    """Decode a picture upright; a JPEG that will be shrunk is decoded at a half, a quarter or an eighth of its size.

    Parameters
    ----------
    content : bytes
    path : Path
        For messages.
    longest_px : int
        How large it will be shown; 0 for every pixel.

    Raises
    ------
    ImageError
        If the bytes are damaged.
    """
    header = read_header(content, path)
    longest = max(header.width_px, header.height_px)
    share = next((share for share in _REDUCED if longest_px and longest >= share * longest_px), 1)
    if header.format != "JPEG" or share == 1:
        return decode_upright(content, path)
    small = cv2.imdecode(np.frombuffer(content, np.uint8), _REDUCED[share] | cv2.IMREAD_IGNORE_ORIENTATION)
    if small is None:
        raise ImageError("cannot be decoded", path=path)
    return upright(np.asarray(small), header.orientation)


def _encoded(picture: Picture, quality: int) -> bytes:
    done, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ImageError(f"a picture of shape {picture.shape} cannot be encoded")
    return content.tobytes()
