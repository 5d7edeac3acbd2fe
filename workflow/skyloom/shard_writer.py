"""One shard of an image store written image by image, and its index."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skyloom.atomic import atomic_path
from skyloom.digest import sha256_of_file
from skyloom.images import INDEX_COLUMNS, PIXEL_TYPES, ImageStoreError
from skyloom.scaling import Pixels
from skyloom.tables import write_table

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
