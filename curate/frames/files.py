"""Tables as files: CSV and Parquet, the same bytes for the same table."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from curate.errors import MissingError
from curate.model.words import install_command

if TYPE_CHECKING:
    import pandas as pd


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV: numbers at full precision, nothing where a value is missing, times in ISO 8601."""
    return frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%dT%H:%M:%S.%f")


def parquet_content(frame: pd.DataFrame) -> bytes:
    """Return a table as Parquet.

    Raises
    ------
    MissingError
        If pyarrow is not installed.
    """
    stream = io.BytesIO()
    try:
        frame.to_parquet(stream, engine="pyarrow", index=False, compression="zstd")
    except ImportError as error:
        message = "writing Parquet needs pyarrow, which is not installed"
        raise MissingError(message, hint=install_command("parquet")) from error
    return stream.getvalue()
