"""Read images from remote storage (``s3://``, ``gs://``, ``az://``, ``https://`` …) through fsspec, an optional extra.

Which storage, which credentials and which endpoint is fsspec's business: its configuration files and environment
variables, and those of the storage's own library, apply.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curate.errors import InputError, MissingError, ReadError
from curate.model.evidence import SourceFile
from curate.model.words import install_command, without_credentials

_TIME_KEYS = ("LastModified", "last_modified", "mtime", "updated", "created")
_TAG_KEYS = ("ETag", "etag", "md5Hash", "checksum")


def list_remote(url: str) -> list[SourceFile]:
    """List the files below a URL, sorted by name; names are relative to it, a single file's is its last part.

    Raises
    ------
    InputError
        If fsspec or the storage's library is not installed, or the storage refuses.
    MissingError
        If there is nothing under the URL.
    """
    files, root = _open(url)
    try:
        found: dict[str, Any] = files.find(root, detail=True)
    except Exception as error:
        raise _refused(url, error) from error
    if not found:
        raise MissingError(
            "there is nothing under this URL",
            path=without_credentials(url),
            hint="check bucket, prefix and credentials",
        )
    base = root.rstrip("/")
    sources = []
    for path, facts in sorted(found.items()):
        alone = path.rstrip("/") == base
        name = path.rpartition("/")[2] if alone else path.removeprefix(base).lstrip("/")
        size = facts.get("size")
        sources.append(
            SourceFile(
                path=str(files.unstrip_protocol(path)),
                name=name,
                size_bytes=-1 if size is None else int(size),
                mtime_ns=_time_ns(facts),
                inode=_tag(facts),
            )
        )
    return sources


def read_remote(url: str) -> bytes:
    """Read a remote file whole; safe from several threads.

    Raises
    ------
    ReadError
        If the storage refuses or the file is gone.
    """
    try:
        files, path = _open(url)
        content: bytes = files.cat_file(path)
    except Exception as error:  # every storage raises its own kinds
        shown = without_credentials(f"cannot be read from {url}: {error}")
        raise ReadError(shown, path=Path(without_credentials(url)).name, hint="run the same command again") from error
    return content


def _open(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        message = "remote folders need the extra `remote`"
        raise InputError(message, path=without_credentials(url), hint=install_command("remote")) from error
    try:
        files, root = url_to_fs(url)
    except Exception as error:
        raise _refused(url, error) from error
    return files, root


def _refused(url: str, error: Exception) -> InputError:
    shown = without_credentials(url)
    if isinstance(error, ImportError):  # fsspec's own words name the library
        message = f"needs a library of its storage that is not installed: {error}"
        return InputError(message, path=shown, hint=_install(url))
    message = without_credentials(f"cannot be listed: {type(error).__name__}: {error}")
    return InputError(message, path=shown, hint="check the URL and the credentials")


def _install(url: str) -> str:
    """Say how to install what fsspec needs for a URL's storage; libraries are called like their modules."""
    from fsspec.registry import known_implementations

    module = str(known_implementations[url.partition("://")[0]]["class"]).partition(".")[0]
    return "install it and run the same command again" if module == "fsspec" else f"pip install {module}"


def _time_ns(facts: dict[str, Any]) -> int:
    value = next((facts[key] for key in _TIME_KEYS if facts.get(key)), None)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return 0
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return int(float(value) * 10**9) if isinstance(value, int | float) else 0


def _tag(facts: dict[str, Any]) -> int:
    """Return a number that changes with the content's checksum, where the storage keeps one."""
    text = next((str(facts[key]) for key in _TAG_KEYS if facts.get(key)), "")
    return zlib.crc32(text.encode()) if text else 0
