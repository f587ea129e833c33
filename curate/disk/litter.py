"""Files and folders that programs leave beside a person's own: left out in every room, by this one table."""

from __future__ import annotations

_FOLDERS = frozenset(
    {
        "__macosx",
        "__pycache__",
        "@eadir",
        "@recently-snapshot",
        "@recycle",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "lost+found",
        "recycler",
        "system volume information",
    }
)
"""Of archivers, notebooks, network disks (Synology, QNAP) and operating systems; in lower case."""

_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})


def is_litter(path: str) -> bool:
    """Whether any part of a ``/``-separated path is hidden, or what a program leaves behind.

    >>> is_litter("test/good/@eaDir/a.png"), is_litter("a/.ipynb_checkpoints/b.png"), is_litter("a/._b.png")
    (True, True, True)
    >>> is_litter("test/good/a.png"), is_litter("./a.png")
    (False, False)
    """
    parts = path.split("/")
    return any((part.startswith(".") and part not in {".", ".."}) or part.lower() in _FOLDERS for part in parts) or (
        parts[-1].lower() in _FILES
    )
