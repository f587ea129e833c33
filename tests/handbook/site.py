"""What the site needs beyond ``docs/``: pages and files that lie elsewhere in the checkout. A hook of ``mkdocs.yml``.

Pages link to each other as GitHub shows them, by their place in the checkout. Here these become links of the site.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "project/architecture.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "CITATION.cff": "CITATION.cff",
    "justfile": "justfile",
}
"""Files of the checkout that are pages of the site, and where."""
FOLDERS = ("examples", "schemas")
"""Folders whose files the site offers as they are."""
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s#:]+)(#[^)\s]*)?\)")
_FILE = re.compile(r"(?m)^(```\w+) file=(\S+)$")
_ROLE = re.compile(r":(?:mod|func|class|meth|attr|data|exc):<code>~?")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages and files from outside ``docs/``."""
    from mkdocs.structure.files import File

    for name, place in outside().items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite a page's links from the checkout's folders to the site's, and show names of files above their text."""
    return _FILE.sub(r'\1 title="\2"', rewritten(markdown, page.file.src_uri))


def on_page_content(html: str, **_: Any) -> str:
    """Take the roles of reStructuredText away that docstrings use: ``:class:`~curate.errors.Name```."""
    return _ROLE.sub("<code>", html)


def outside() -> dict[str, str]:
    """Return every file from outside ``docs/`` that the site holds: its place in the checkout and in the site."""
    files = (path for folder in FOLDERS for path in sorted((ROOT / folder).iterdir()) if path.is_file())
    return PAGES | {path.relative_to(ROOT).as_posix(): path.relative_to(ROOT).as_posix() for path in files}


def rewritten(markdown: str, page: str) -> str:
    """Rewrite the links of a page, which has this place in the site; files that it lacks are only named.

    >>> rewritten("[a](docs/tutorial.md#screen) [b](LICENSE)", "index.md")
    '[a](tutorial.md#screen) b'
    >>> rewritten("[a](../README.md)", "tutorial.md")
    '[a](index.md)'
    """
    moved = outside()
    home = next((name for name, place in moved.items() if place == page), f"docs/{page}")

    def link(match: re.Match[str]) -> str:
        text, written, anchor = match.groups(default="")
        target = os.path.normpath(PurePosixPath(home).parent / written)
        place = moved.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else "")
        if not place and (ROOT / target).exists():
            return text
        return f"[{text}]({os.path.relpath(place, PurePosixPath(page).parent) if place else written}{anchor})"

    return _LINK.sub(link, markdown)
