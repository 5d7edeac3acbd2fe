"""Tables to take along, as CSV or Parquet."""

import io
from collections.abc import Callable, Mapping

import pandas as pd


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV, UTF-8, times in ISO 8601."""
    text: str = table.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%S.%fZ")
    return text.encode()


def as_parquet(table: pd.DataFrame) -> bytes:
    """Return a table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


CONVERTERS: Mapping[str, Callable[[pd.DataFrame], bytes]] = {"csv": as_csv, "parquet": as_parquet}
"""By the ending of the file's name."""
