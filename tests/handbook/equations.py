"""Turn ```` ```math ```` blocks, which GitHub draws by itself, into MathML, which browsers draw without a script."""

from __future__ import annotations

from typing import Any


def fence(source: str, *_: Any, **__: Any) -> str:
    """Return the HTML of a block of LaTeX; a custom fence of ``pymdownx.superfences``."""
    from latex2mathml.converter import convert

    return f'<div class="math">{convert(source, display="block")}</div>'
