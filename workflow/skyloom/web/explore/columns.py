"""Columns of tables as bytes that a page turns into typed arrays.

The first four bytes are the length of a JSON header (unsigned, little-endian), which is padded with
spaces so that the values begin at a multiple of eight. Numbers follow as float32, NaN where there
is none; times as float64, seconds since 1970; categories as uint16, their places in the header's
`categories`, 65535 where there is none.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NONE = 65535
MOST_CATEGORIES = 2000
"""A text column with more different values is a name, not a property."""


def kind_of(column: "pd.Series[Any]") -> str | None:
    """Return number, time or category; None of a column that cannot be shown as a property."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return "category"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "time" if column.notna().any() else None
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "number" if column.notna().any() else None
    values = column.nunique()
    return "category" if 0 < values <= min(MOST_CATEGORIES, max(2, len(column) - 1)) else None


def packed(column: "pd.Series[Any]", title: str) -> bytes:
    """Return a column as bytes; its kind must not be None."""
    kind = kind_of(column)
    if kind == "number":
        values = column.to_numpy(dtype=np.float32, na_value=np.nan)
        return pack({"title": title, "kind": kind}, values)
    if kind == "time":
        seconds = (column - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
        return pack({"title": title, "kind": kind}, seconds.to_numpy(dtype=np.float64))
    codes, categories = pd.factorize(column.astype("string"), sort=True)
    return packed_categories(title, codes, [str(one) for one in categories])


def packed_categories(title: str, codes: NDArray[Any], categories: Sequence[str]) -> bytes:
    """Return categories (N,) as bytes.

    Args:
        title: what they are.
        codes: places in `categories`, negative for none.
        categories: their names, in the order in which they are listed.
    """
    header = {"title": title, "kind": "category", "categories": list(categories)}
    return pack(header, np.where(codes < 0, NONE, codes).astype(np.uint16))


def pack(header: Mapping[str, Any], *arrays: NDArray[Any]) -> bytes:
    """Return a header and the arrays behind it; the header's `arrays` tells type and shape."""
    told = [{"type": str(array.dtype), "shape": array.shape} for array in arrays]
    text = json.dumps({**header, "arrays": told}, allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 8)
    parts = [len(text).to_bytes(4, "little"), text]
    for array in arrays:
        content = np.ascontiguousarray(array).tobytes()
        parts.append(content + b"\0" * (-len(content) % 8))
    return b"".join(parts)
