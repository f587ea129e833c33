"""The JSON inside a report as text, one value a line, without what differs from version to version.

``golden/*.json`` is what it was when somebody last looked at it; ``python -m tests.report`` accepts what it is now.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from curate.execution import Execution
from curate.report.run import Request, write_report
from tests.report.material import write_dataset, write_maps
from tests.workspaces import TinyWorkspace

FOLDER = Path(__file__).parent / "golden"
CASES = ("dataset", "workspace")

_VERSION = "VERSION"


def page_text(case: str, scratch: Path) -> str:
    """Make a report in an empty folder and return the JSON inside it, scrubbed by name."""
    output = scratch / "report.html"
    write_report(_request(case, scratch), output, execution=Execution(jobs=1))
    found = re.search(
        r'<script type="application/json" id="curate-data">(.*?)</script>',
        output.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert found is not None
    document: dict[str, Any] = json.loads(found[1])
    document["curate_version"] = _VERSION
    text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True)
    # Lists of numbers and short texts stand on one line: a diff then names the trace, not each of its points.
    return re.sub(r"\[[^\[\]{}]*\]", lambda part: re.sub(r"\s+", " ", part[0]), text) + "\n"


def _request(case: str, scratch: Path) -> Request:
    if case == "dataset":
        data, maps = write_dataset(scratch / "data", copies=1), write_maps(scratch / "maps", weak=1, copies=1)
        return Request(data, submissions=(maps,))
    frames = [("good", "train", ()), ("good", "test", ()), ("scratch", "test", ("scratch", "missing"))]
    TinyWorkspace(scratch / "ws", frames, status={1: "review"}).write()
    return Request(scratch / "ws")
