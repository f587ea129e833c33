"""``docs/reference/config.md``: the keys of ``curate.toml`` from its schema, and what ``curate init`` writes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from curate.disk.schema import load_schema
from curate.model.config import ScreenConfig, SplitConfig, WindowConfig
from curate.workspace.config_problems import WINDOW_KEYS
from curate.workspace.config_template import config_template
from tests.handbook.shapes import described

_HEAD = """\
# curate.toml

`curate init` writes this file with comments; `curate` names an unknown or wrong key with its line. Relative files are
looked for beside it. A changed value makes the stages that read it stale, and `curate status` says which.

```toml
{example}```
"""

_SECTIONS = [
    ("[dataset]", ("properties", "dataset"), {}),
    ("[categories.NAME]", ("$defs", "category"), {}),
    ("window = {…} and windows.NAME = {…}", ("$defs", "window"), asdict(WindowConfig())),
    ("split = {…} and splits.NAME = {…}", ("$defs", "split"), asdict(SplitConfig())),
    ("screen = {…}", ("$defs", "screen"), asdict(ScreenConfig())),
    (
        "[categories.NAME.defects.DEFECT]",
        ("$defs", "defect"),
        {"kind": "structural", "saturation": 1.0, "regions": "each"},
    ),
]
"""Title, place in the schema, and what holds where a key is left out."""

_FIELDS = {
    "size": "size_px",
    "offset": "offset_px",
    "rotation": "rotation_deg",
    "box": "box_px",
    "template": "templates",
}


def config_page() -> str:
    """Return the page."""
    schema = load_schema("curate-toml")
    parts = [_HEAD.format(example=config_template("my_dataset", ("my_part",)).lstrip())]
    for title, place, defaults in _SECTIONS:
        table = schema[place[0]][place[1]]
        rows = [_row(schema, name, entry, defaults, title) for name, entry in table["properties"].items()]
        parts.append(f"## {title}\n\n| key | value | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(schema: dict[str, Any], name: str, entry: dict[str, Any], defaults: dict[str, Any], title: str) -> str:
    value, meaning = described(schema, entry)
    default = defaults.get(_FIELDS.get(name, name))
    modes = _modes(name) if title.startswith("window") else ""
    return f"| `{name}` | {value} | {_shown(default)} | {(meaning + modes).strip()} |"


def _modes(name: str) -> str:
    """Say in which modes of a window a key has a meaning."""
    modes = [mode for mode, keys in WINDOW_KEYS.items() if name in keys]
    return f" For {', '.join(modes)}." if name != "mode" and modes else ""


def _shown(default: Any) -> str:
    if default is None or default in ("", (), []):
        return ""
    if isinstance(default, (tuple, list)):
        return f"`{list(default)}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
