"""The image store: prepared arrays in `.npy` shards beside a Parquet index.

`images/<shard>.npy` is (N, C, H, W), or (N, T, H, W) for videos, and read by memory map;
`images/<shard>.parquet` has one row per image that the archive offered, also for those that could
not be read (`rejected`).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.atomic import atomic_path
from skyloom.digest import sha256_of_file
from skyloom.errors import SkyloomError
from skyloom.scaling import Pixels, resize
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


PIXEL_TYPES = ("uint8", "uint16", "float16", "float32")
"""Types of stored pixels: integers span the full range of the type, floats are in the survey's own
units."""


class ImageStoreError(SkyloomError):
    """Index and arrays of an image store do not fit together."""


class ShardWriter:
    """Writes one shard image by image; nothing appears at its paths until `close`."""

    def __init__(self, images: Path, index: Path) -> None:
        self._images, self._index = images, index
        self._stack = ExitStack()
        self._count = 0
        self._shape: tuple[int, ...] = ()
        self._type = np.dtype(np.uint8)

    def __enter__(self) -> "ShardWriter":
        self._temporary = self._stack.enter_context(atomic_path(self._images))
        self._file = self._stack.enter_context(self._temporary.open("w+b"))
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def append(self, image: Pixels) -> None:
        """Add one image (C, H, W); all images of a shard have one shape and one type."""
        if self._count == 0:
            self._begin(image)
        if image.shape != self._shape or image.dtype != self._type:
            raise ImageStoreError(
                f"image {self._count} is {image.dtype} of shape {image.shape}, those before it "
                f"{self._type} of {self._shape}. Set prepare.image_size to store one size."
            )
        self._file.write(np.ascontiguousarray(image).data)
        self._count += 1

    def _begin(self, image: Pixels) -> None:
        if image.dtype.name not in PIXEL_TYPES or image.dtype.byteorder == ">":
            raise ImageStoreError(
                f"pixels of type {image.dtype.str}, expected little-endian {', '.join(PIXEL_TYPES)}"
            )
        self._shape, self._type = image.shape, image.dtype
        self._write_header()

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
        self._file.flush()
        # So that a change of pixels is a change of the index, which many jobs read.
        metadata = {"images_sha256": sha256_of_file(self._temporary)}
        write_table(self._index, complete[[*INDEX_COLUMNS, *covariates]], metadata)
        return complete

    def _write_header(self) -> None:
        """Write the .npy header; NumPy pads it so that the first axis may grow in place."""
        self._file.seek(0)
        shape = (self._count, *self._shape)
        header = {"descr": self._type.str, "fortran_order": False, "shape": shape}
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
