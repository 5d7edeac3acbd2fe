"""Parquet tables, written atomically and read with their columns checked."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from skyloom.atomic import atomic_path
from skyloom.errors import SkyloomError


class TableError(SkyloomError):
    """A table lacks a column or holds what it should not."""


def write_table(
    path: Path, frame: pd.DataFrame | pa.Table, metadata: Mapping[str, str] | None = None
) -> None:
    """Write a table as Parquet, atomically, with `metadata` in the file's schema."""
    table = (
        frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    )
    merged = {**(table.schema.metadata or {}), **(metadata or {})}
    with atomic_path(path) as temporary:
        pq.write_table(table.replace_schema_metadata(merged), temporary, compression="zstd")


def read_table(path: Path, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Read a Parquet table; raise `TableError` when one of `columns` is not in it."""
    frame: pd.DataFrame = pq.read_table(path).to_pandas()
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise TableError(
            f"{path} lacks the column(s) {', '.join(missing)}; it has "
            f"{', '.join(map(str, frame.columns))}. Rerun the stage that writes it."
        )
    return frame


def read_tables(paths: Sequence[Path], columns: Iterable[str] = ()) -> pd.DataFrame:
    """Read Parquet tables of one kind and put them below one another."""
    return pd.concat([read_table(path, columns) for path in paths], ignore_index=True)


def read_metadata(path: Path) -> dict[str, str]:
    """Return the text metadata of a Parquet file's schema, without pandas' own entry."""
    found = pq.read_schema(path).metadata or {}
    return {key.decode(): value.decode() for key, value in found.items() if key != b"pandas"}


def embedding_column(vectors: NDArray[np.floating[Any]]) -> pa.FixedSizeListArray:
    """Return vectors (N, D) as an Arrow column of fixed_size_list<float or halffloat>[D]."""
    flat = pa.array(np.ascontiguousarray(vectors).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])


def embedding_width(path: Path, column: str = "embedding") -> int:
    """Return the length D of a fixed_size_list column of `path`."""
    return int(pq.read_schema(path).field(column).type.list_size)


def read_embedding(path: Path, column: str = "embedding") -> NDArray[np.float32]:
    """Return a fixed_size_list column of `path` as an array (N, D), float32."""
    table = pq.read_table(path, columns=[column])
    chunked = table.column(column).combine_chunks()
    size = table.schema.field(column).type.list_size
    return np.asarray(chunked.flatten(), dtype=np.float32).reshape(-1, size)
