"""Content hashes: sha256 of bytes, of files and of decoded pixels."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.disk.reading import check_plain, read_errors


def sha256_bytes(content: bytes) -> str:
    """Hexadecimal sha256.

    >>> sha256_bytes(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()


def sha256_file(path: Path) -> str:
    """Hexadecimal sha256 of a plain file's bytes, read in blocks; errors as :func:`curate.disk.reading.check_plain`."""
    check_plain(path)
    with read_errors(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_pixels(pixels: NDArray[Any]) -> str:
    """Hexadecimal sha256 of shape, dtype and values: equal for equal pictures, whatever encoder wrote them."""
    header = f"{pixels.dtype.newbyteorder('<').str}{pixels.shape}".encode()
    little = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))
    digest = hashlib.sha256(header)
    digest.update(little.data)
    return digest.hexdigest()


def sha256_json(document: Any) -> str:
    """Hexadecimal sha256 of a JSON document, independent of key order and white space.

    >>> sha256_json({"a": 1, "b": 2}) == sha256_json({"b": 2, "a": 1})
    True
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # File names may hold bytes that are not UTF-8; Python shows them as lone surrogates.
    return sha256_bytes(text.encode("utf-8", "surrogatepass"))
