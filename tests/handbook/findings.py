"""``docs/reference/findings.md``: every finding code, from the registry."""

from __future__ import annotations

from itertools import groupby

from curate.model.codes import ALL_CODES, Code

_HUNDREDS = {
    "1": "Layout and configuration",
    "2": "Images",
    "3": "Duplicates and leakage across the splits",
    "4": "Masks and regions",
    "5": "Annotations and records",
    "6": "Submissions",
    "7": "Order, time, windows and splits",
}

_HEAD = """\
# Findings

Codes are permanent: none is ever used again for something else. `curate validate --explain CODE` says the same in a
terminal. An **error** changes numbers or stops programs and gives exit code 1; a **warning** deserves a look
(`--strict` makes it count); an **info** is said once. `curate-validate.toml` beside a dataset silences one with a
reason:

```toml
[[silence]]
code = "CUR412"
path = "*/ground_truth/stain/*"
reason = "a stain may cover the whole window"
```
"""


def findings_page() -> str:
    """Return the page."""
    parts = [_HEAD]
    ordered = sorted(ALL_CODES, key=lambda entry: entry.code)
    for hundred, entries in groupby(ordered, key=lambda entry: entry.code[3]):
        parts.append(f"## {hundred}xx {_HUNDREDS[hundred]}\n")
        parts += [_entry(entry) for entry in entries]
    return "\n".join(parts)


def _entry(entry: Code) -> str:
    return (
        f"### {entry.code} {entry.title}\n\n"
        f"*{entry.severity}.* {entry.why}\n\n- for example: {entry.example}\n- fix: {entry.fix}\n"
    )
