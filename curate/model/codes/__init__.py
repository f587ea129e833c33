"""The registry of finding codes. Codes are permanent: never reuse or renumber one.

1xx layout and configuration · 2xx images · 3xx duplicates and leakage across splits · 4xx masks and regions ·
5xx annotations and records · 6xx submissions · 7xx order and time. One module a hundred.
"""

from __future__ import annotations

from curate.model.codes.annotations import ANNOTATIONS
from curate.model.codes.code import Code
from curate.model.codes.foreign import FOREIGN
from curate.model.codes.images import IMAGES
from curate.model.codes.layout import LAYOUT
from curate.model.codes.leakage import LEAKAGE
from curate.model.codes.masks import MASKS
from curate.model.codes.order import ORDER
from curate.model.codes.records import RECORDS
from curate.model.codes.splits import SPLITS
from curate.model.codes.submissions import SUBMISSIONS
from curate.model.codes.windows import WINDOWS
from curate.model.finding import Finding, Severity

ALL_CODES: tuple[Code, ...] = (
    *LAYOUT,
    *FOREIGN,
    *IMAGES,
    *LEAKAGE,
    *MASKS,
    *ANNOTATIONS,
    *RECORDS,
    *WINDOWS,
    *SUBMISSIONS,
    *ORDER,
    *SPLITS,
)
BY_CODE: dict[str, Code] = {entry.code: entry for entry in ALL_CODES}


def found(
    code: str,
    message: str,
    path: str = "",
    *,
    related: tuple[str, ...] = (),
    hint: str | None = None,
    severity: Severity | None = None,
) -> Finding:
    """Make a finding of a registered code; severity and hint default to the code's own.

    Raises
    ------
    KeyError
        If the code is not registered: that is a bug in curate.
    """
    entry = BY_CODE[code]
    return Finding(
        code=code,
        message=message,
        path=path,
        severity=severity or entry.severity,
        related=related,
        hint=entry.fix if hint is None else hint,
    )


__all__ = ["ALL_CODES", "BY_CODE", "Code", "found"]
