"""Tables to take along, as CSV or Parquet."""

import io
import mimetypes
from collections.abc import Callable, Mapping

import pandas as pd
from starlette.responses import Response

from skyloom.web.explore.catalogue import AbsentError


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


def table_answer(table: pd.DataFrame, name: str, ending: str) -> Response:
    """Return a table as a file to keep; raise `AbsentError` where its ending is unknown."""
    if ending not in CONVERTERS:
        raise AbsentError(f"tables are given as {', '.join(CONVERTERS)}, not '{ending[:20]}'")
    file = f"{name.replace('/', '-')}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
    return Response(CONVERTERS[ending](table), headers=headers, media_type=kind)
