"""``docs/reference/tables.md``: the columns of every table of pandas, from the code that makes them."""

from __future__ import annotations

from collections.abc import Mapping

from curate.datasets.tabular import IMAGE_COLUMNS, REGION_COLUMNS
from curate.frames.records import FRAME_COLUMNS
from curate.frames.results import COLUMNS

_HEAD = """\
# Tables

What [pandas](../other-tools.md#pandas) is given. Columns of type `string` are `""` where nothing is known, those of
`Int64` and `Float64` are missing (`<NA>`); units stand in names.
"""


def tables_page() -> str:
    """Return the page: a section for each table."""
    sections = {
        "Frames: `curate.frames.load(workspace)`, `curate frames --format csv`": FRAME_COLUMNS,
        "Images: `read_dataset(root).to_frame()`": IMAGE_COLUMNS,
        "Regions: `read_dataset(root).regions()`, `curate card --regions`": REGION_COLUMNS,
        **{f'Results: `load_results(files).frame("{what}")`': columns for what, columns in COLUMNS.items()},
    }
    return "\n".join([_HEAD, *(f"## {title}\n\n{_rows(columns)}" for title, columns in sections.items())])


def _rows(columns: Mapping[str, tuple[str, str]]) -> str:
    head = "| column | type | meaning |\n|---|---|---|\n"
    return head + "".join(f"| `{name}` | {kind} | {meaning} |\n" for name, (kind, meaning) in columns.items())
