"""``records/splits/<name>.json``: how a split of each category was made."""

from __future__ import annotations

from typing import Any

from curate.disk.atomic import write_json
from curate.disk.json_text import parse_json
from curate.disk.reading import is_there, read_plain
from curate.errors import RecordError
from curate.workspace.workspace import Workspace

_SCHEMA = "curate/split/1"


def read_policy(workspace: Workspace, name: str) -> dict[str, dict[str, Any]]:
    """Return what the file says by category; empty when there is none.

    Raises
    ------
    RecordError
        If it is no such file.
    """
    path = workspace.split_policy(name)
    if not is_there(path):
        return {}
    try:
        document = parse_json(read_plain(path))
        if document["schema"] != _SCHEMA:
            raise RecordError(f"has the schema {document['schema']!r}, expected {_SCHEMA!r}", path=path)
        return dict(document["categories"])
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(
            f"is not a split policy of curate ({error})", path=path, hint="delete it and run `curate split` again"
        ) from error


def write_policy(workspace: Workspace, name: str, category: str, record: dict[str, Any]) -> None:
    """Record how a category's split was made, beside the other categories'."""
    _write(workspace, name, {**read_policy(workspace, name), category: record})


def forget_split(workspace: Workspace, category: str, *, keep: set[str]) -> None:
    """Delete a category's splits that are made no longer, so that nobody exports one by mistake."""
    root = workspace.split_policy("x").parent
    for path in sorted(root.glob(f"*/{category}.csv")):
        name = path.parent.name
        if name not in keep:
            path.unlink()
            rest = {key: value for key, value in read_policy(workspace, name).items() if key != category}
            if rest:
                _write(workspace, name, rest)
            else:
                workspace.split_policy(name).unlink(missing_ok=True)
            if not any(path.parent.iterdir()):
                path.parent.rmdir()


def _write(workspace: Workspace, name: str, categories: dict[str, dict[str, Any]]) -> None:
    document = {"schema": _SCHEMA, "name": name, "categories": dict(sorted(categories.items()))}
    write_json(workspace.split_policy(name), document)
