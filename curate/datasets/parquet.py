"""The table of a Hugging Face image folder: ``metadata.parquet``, written and read; needs pyarrow."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.errors import InputError
from curate.model.words import install_command

_HUB = "huggingface"
"""Key of a schema's metadata under which the ``datasets`` library looks for types."""

_MOST_BYTES, _MOST_ROWS = 1 << 28, 1 << 22
"""Larger tables are refused before they are unpacked."""


def parquet_bytes(rows: Sequence[dict[str, Any]], labels: Sequence[str]) -> bytes:
    """Write rows as Parquet, the same bytes for the same rows.

    A label is stored as its place among ``labels``, which the schema names: a ClassLabel of the ``datasets`` library.

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
            ("category", text),
            ("name", text),
            ("label", pyarrow.int64()),
            ("masks_file_names", pyarrow.list_(text)),
            ("defects", pyarrow.list_(text)),
            ("saturation_thresholds", pyarrow.list_(numbers)),
            ("relative_saturations", pyarrow.list_(pyarrow.bool_())),
            ("specimen", text),
            ("shot_at", text),
        ],
        metadata={_HUB: json.dumps({"info": {"features": {"label": {"names": list(labels), "_type": "ClassLabel"}}}})},
    )
    numbered = [{**row, "label": labels.index(row["label"])} for row in rows]
    stream = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(numbered, schema=schema), stream, compression="zstd")
    return stream.getvalue()


def parquet_rows(content: bytes, path: Path) -> list[dict[str, Any]]:
    """Read what :func:`parquet_bytes` wrote; ``path`` is for messages.

    Raises
    ------
    InputError
        If pyarrow is not installed, the table is damaged, or takes more than 2^28 bytes unpacked.
    """
    pyarrow, parquet = _pyarrow()
    try:
        table = parquet.ParquetFile(io.BytesIO(content))
        groups = range(table.metadata.num_row_groups)
        size = sum(table.metadata.row_group(group).total_byte_size for group in groups)
        if size > _MOST_BYTES or table.metadata.num_rows > _MOST_ROWS:
            raise InputError(f"has {table.metadata.num_rows} rows, {size} bytes unpacked: too large a table", path=path)
        rows: list[dict[str, Any]] = table.read().to_pylist()
        names = _label_names(table.schema_arrow.metadata)
        rows = [{**row, "label": _label(row["label"], names)} if "label" in row else row for row in rows]
    except (pyarrow.ArrowException, OSError, ValueError, IndexError) as error:
        raise InputError(f"cannot be read as Parquet: {error}", path=path) from error
    return rows


def _label_names(metadata: Mapping[bytes, bytes] | None) -> list[str] | None:
    """Return the names that the numbers of the column ``label`` stand for; None where the table does not say."""
    try:
        feature = json.loads((metadata or {})[_HUB.encode()])["info"]["features"]["label"]
        return [str(name) for name in feature["names"]]
    except (KeyError, TypeError, ValueError):
        return None


def _label(value: Any, names: list[str] | None) -> Any:
    """Return the name of a numbered label; -1 is the number of an unknown one."""
    if names is None or not isinstance(value, int):
        return value
    return names[value] if value >= 0 else None


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            "the layout huggingface keeps its table in Parquet, and pyarrow is not installed",
            hint=install_command("parquet"),
        ) from error
    return pa, parquet
