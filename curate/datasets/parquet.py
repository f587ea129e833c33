"""The table of a Hugging Face image folder: ``metadata.parquet``, written and read; needs pyarrow."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from curate.errors import InputError


def parquet_bytes(rows: Sequence[dict[str, Any]]) -> bytes:
    """Write rows as Parquet, the same bytes for the same rows.

    Raises
    ------
    InputError
        If pyarrow is not installed.
    """
    pyarrow, parquet = _pyarrow()
    text, numbers = pyarrow.string(), pyarrow.float64()
    schema = pyarrow.schema(
        [
            ("file_name", text),
            ("name", text),
            ("label", text),
            ("masks_file_names", pyarrow.list_(text)),
            ("defects", pyarrow.list_(text)),
            ("saturation_thresholds", pyarrow.list_(numbers)),
            ("relative_saturations", pyarrow.list_(pyarrow.bool_())),
            ("specimen", text),
            ("shot_at", text),
        ]
    )
    stream = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema=schema), stream, compression="zstd")
    return stream.getvalue()


def parquet_rows(content: bytes) -> list[dict[str, Any]]:
    """Read what :func:`parquet_bytes` wrote; InputError when pyarrow is not installed."""
    _, parquet = _pyarrow()
    rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(content)).to_pylist()
    return rows


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            "the layout huggingface keeps its table in Parquet, and pyarrow is not installed",
            hint="pip install 'curate-inspection[parquet]'",
        ) from error
    return pa, parquet
