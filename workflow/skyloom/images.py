"""The image store: prepared arrays in `.npy` shards beside a Parquet index.

`images/<shard>.npy` is (N, C, H, W), or (N, T, H, W) for videos, and read by memory map;
`images/<shard>.parquet` has one row per image that the archive offered, also for those that could
not be read (`rejected`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.errors import SkyloomError
from skyloom.scaling import Pixels, resize
from skyloom.tables import read_table

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


PIXEL_TYPES = ("uint8", "uint16", "float16", "float32")
"""Types of stored pixels: integers span the full range of the type, floats are in the survey's own
units."""


class ImageStoreError(SkyloomError):
    """Index and arrays of an image store do not fit together."""


@dataclass(frozen=True)
class ImageStore:
    """All images of a survey, over its shards.

    Attributes:
        index: one row per readable image; `position` is its place in this store.
        rejected: the index rows of what could not be read.
    """

    index: pd.DataFrame
    rejected: pd.DataFrame
    _arrays: tuple[Pixels, ...]
    _place: NDArray[np.int64]  # (N, 2): which array, which row of it

    @classmethod
    def beside(cls, indices: Sequence[Path]) -> "ImageStore":
        """Open the shards whose index files are given."""
        return cls.open(images_beside(indices), indices)

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
        _refuse_mixture(images, arrays)
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
        return tuple(int(size) for size in self._sample.shape[1:])

    @property
    def type(self) -> np.dtype[Any]:
        """Type of the pixels, one of `PIXEL_TYPES`."""
        return self._sample.dtype

    @property
    def _sample(self) -> Pixels:
        """The first array that holds an image; a shard may be empty."""
        return next((array for array in self._arrays if len(array)), self._arrays[0])

    def batch(self, positions: NDArray[np.int64]) -> Pixels:
        """Return the images at `positions` of the index, (len(positions), C, H, W)."""
        out = np.empty((len(positions), *self.shape), dtype=self.type)
        place = self._place[positions]
        for number, array in enumerate(self._arrays):
            mine = place[:, 0] == number
            if mine.any():
                out[mine] = array[place[mine, 1]]
        return out

    def resized(self, positions: NDArray[np.int64], size: int, centre: float = 1.0) -> Pixels:
        """Return images at `positions` scaled to (size, size) with antialiasing, same type.

        Of each image the central part is taken whose sides are the share `centre` of its own.
        """
        parts = central_part(self.shape, centre)
        if centre == 1 and self.shape[1:] == (size, size):
            return self.batch(positions)
        out = np.empty((len(positions), self.shape[0], size, size), dtype=self.type)
        for place, (number, row) in enumerate(self._place[positions]):
            out[place] = resize(np.asarray(self._arrays[number][row][parts]), size)
        return out


def central_part(shape: tuple[int, ...], share: float) -> tuple[slice, slice, slice]:
    """Return where in an image (C, H, W) its central part is, whose sides are a share of its own.

    Sides are rounded to whole pixels, and to the parity of the image's, so that the centre stays.
    """
    height, width = (side - 2 * round(side * (1 - share) / 2) for side in shape[-2:])
    top, left = (shape[-2] - height) // 2, (shape[-1] - width) // 2
    return slice(None), slice(top, top + height), slice(left, left + width)


def images_beside(indices: Sequence[Path]) -> list[Path]:
    """Return the image files that belong to index files."""
    return [path.with_suffix(".npy") for path in indices]


def _refuse_mixture(paths: Sequence[Path], arrays: Sequence[Pixels]) -> None:
    """Raise when shards differ in the shape or type of their images."""
    kinds = {
        (array.shape[1:], array.dtype): path
        for path, array in zip(paths, arrays, strict=True)
        if len(array)
    }
    if len(kinds) > 1:
        said = "; ".join(f"{path}: {kind[1]} {kind[0]}" for kind, path in kinds.items())
        raise ImageStoreError(
            f"the shards hold images of different kinds: {said}. Set prepare.image_size, or keep "
            "sources of different kinds in surveys of their own."
        )
