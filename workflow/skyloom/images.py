"""The image store: prepared arrays in `.npy` shards beside a Parquet index.

`images/<shard>.npy` is (N, C, H, W) and read by memory map; `images/<shard>.parquet` has one row
per image that the archive offered, also for those that could not be read (`rejected`).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from skyloom.atomic import atomic_path
from skyloom.errors import SkyloomError
from skyloom.tables import read_table, write_table

INDEX_COLUMNS = (
    "image_id",
    "shard",
    "row",
    "time",
    "group",
    "original",
    "split",
    "label",
    "target",
    "source",
    "source_sha256",
    "rejected",
)
"""Columns of every index; a survey's covariates follow them."""


TEXT_COLUMNS = (
    "image_id",
    "shard",
    "group",
    "original",
    "split",
    "label",
    "source",
    "source_sha256",
    "rejected",
)


class ImageStoreError(SkyloomError):
    """Index and arrays of an image store do not fit together."""


class ShardWriter:
    """Writes one shard image by image; nothing appears at its paths until `close`."""

    def __init__(self, images: Path, index: Path) -> None:
        self._images, self._index = images, index
        self._stack = ExitStack()
        self._count = 0
        self._shape: tuple[int, ...] = ()

    def __enter__(self) -> "ShardWriter":
        temporary = self._stack.enter_context(atomic_path(self._images))
        self._file = self._stack.enter_context(temporary.open("w+b"))
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def append(self, image: NDArray[np.uint8]) -> None:
        """Add one image (C, H, W); all images of a shard have one shape."""
        if self._count == 0:
            self._shape = image.shape
            self._write_header()
        if image.shape != self._shape:
            raise ImageStoreError(f"image of shape {image.shape} in a shard of {self._shape}")
        self._file.write(np.ascontiguousarray(image).data)
        self._count += 1

    def close(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Write the index and finish; `rows` holds one row per image offered, in their order.

        Rows that are not rejected belong to the images appended, one to one. They need
        `INDEX_COLUMNS` without `row`, and may have the survey's covariates besides.
        """
        accepted = rows["rejected"].isna()
        if int(accepted.sum()) != self._count:
            raise ImageStoreError(f"{self._count} images for {int(accepted.sum())} accepted rows")
        repeated = rows["image_id"][rows["image_id"].duplicated()].unique()
        if len(repeated):
            raise ImageStoreError(f"image_id {repeated[0]} stands more than once in one shard")
        numbers = pd.Series(pd.NA, index=rows.index, dtype="Int64")
        numbers[accepted] = np.arange(self._count)
        complete = rows.assign(row=numbers).astype(dict.fromkeys(TEXT_COLUMNS, "string"))
        complete["time"] = pd.to_datetime(complete["time"], utc=True).dt.as_unit("us")
        complete["target"] = complete["target"].astype("float64")
        covariates = [name for name in complete.columns if name not in INDEX_COLUMNS]
        self._write_header()
        write_table(self._index, complete[[*INDEX_COLUMNS, *covariates]])
        return complete

    def _write_header(self) -> None:
        """Write the .npy header; NumPy pads it so that the first axis may grow in place."""
        self._file.seek(0)
        header = {"descr": "|u1", "fortran_order": False, "shape": (self._count, *self._shape)}
        np.lib.format.write_array_header_1_0(self._file, header)
        self._file.seek(0, 2)


@dataclass(frozen=True)
class ImageStore:
    """All images of a survey, over its shards.

    Attributes:
        index: one row per readable image; `position` is its place in this store.
        rejected: the index rows of what could not be read.
    """

    index: pd.DataFrame
    rejected: pd.DataFrame
    _arrays: tuple[NDArray[np.uint8], ...]
    _place: NDArray[np.int64]  # (N, 2): which array, which row of it

    @classmethod
    def open(cls, images: Sequence[Path], indices: Sequence[Path]) -> "ImageStore":
        """Open shards by memory map; `images` and `indices` are in the same order."""
        arrays = tuple(np.load(path, mmap_mode="r", allow_pickle=False) for path in images)
        tables = [read_table(path, INDEX_COLUMNS) for path in indices]
        for path, array, table in zip(images, arrays, tables, strict=True):
            if int(table["row"].notna().sum()) != len(array):
                raise ImageStoreError(
                    f"{path} holds {len(array)} images, its index "
                    f"{int(table['row'].notna().sum())}. Rerun prepare."
                )
        both = pd.concat(
            [table.assign(_array=number) for number, table in enumerate(tables)],
            ignore_index=True,
        )
        good = both[both["rejected"].isna()].reset_index(drop=True)
        repeated = good["image_id"][good["image_id"].duplicated()]
        if len(repeated):
            raise ImageStoreError(
                f"image_id {repeated.iloc[0]} stands in two shards "
                f"({', '.join(good['shard'][good['image_id'] == repeated.iloc[0]])}). "
                "Remove one of them from the shard sheet."
            )
        place = good[["_array", "row"]].to_numpy(dtype=np.int64)
        return cls(
            index=good.drop(columns="_array"),
            rejected=both[both["rejected"].notna()].drop(columns="_array"),
            _arrays=arrays,
            _place=place,
        )

    def __len__(self) -> int:
        return len(self.index)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (C, H, W) of one image."""
        return tuple(int(size) for size in self._arrays[0].shape[1:])

    def batch(self, positions: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the images at `positions` of the index, (len(positions), C, H, W)."""
        out = np.empty((len(positions), *self.shape), dtype=np.uint8)
        place = self._place[positions]
        for number, array in enumerate(self._arrays):
            mine = place[:, 0] == number
            out[mine] = array[place[mine, 1]]
        return out

    def resized(
        self, positions: NDArray[np.int64], size: int, chunk: int = 256
    ) -> NDArray[np.uint8]:
        """Return images at `positions` scaled to (size, size) with antialiasing, uint8."""
        out = np.empty((len(positions), self.shape[0], size, size), dtype=np.uint8)
        for start in range(0, len(positions), chunk):
            part = torch.from_numpy(self.batch(positions[start : start + chunk]))
            out[start : start + chunk] = resize(part, size).numpy()
        return out


def resize(images: torch.Tensor, size: int) -> torch.Tensor:
    """Scale uint8 images (N, C, H, W) to (N, C, size, size), antialiased; uint8."""
    if images.shape[-2:] == (size, size):
        return images
    scaled = torch.nn.functional.interpolate(
        images.float(), size=(size, size), mode="bilinear", antialias=True, align_corners=False
    )
    return scaled.round().clamp(0, 255).to(torch.uint8)
