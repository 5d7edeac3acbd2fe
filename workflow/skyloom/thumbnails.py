"""Small pictures of all images, made once: JPEG in Arrow files that are read by memory map.

`thumbnails/<shard>.arrow` has one row per readable image of the shard, in the order of its store.
"""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from skyloom.atomic import atomic_path
from skyloom.errors import SkyloomError
from skyloom.tables import read_metadata

HEIGHT = 112
"""Pixels; a film's frames stand side by side."""
QUALITY = 85

SCHEMA = pa.schema([("image_id", pa.string()), ("width", pa.uint16()), ("jpeg", pa.large_binary())])
ROWS = 4096


class ThumbnailError(SkyloomError):
    """Thumbnails and images do not belong together."""


def jpeg_of(picture: NDArray[np.uint8], height: int, quality: int = QUALITY) -> tuple[bytes, int]:
    """Return RGB pixels (H, W, 3) as a JPEG of some height, and its width."""
    image = Image.fromarray(picture)
    width = max(1, round(image.width * height / image.height))
    buffer = io.BytesIO()
    image.resize((width, height), Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue(), width


def write_thumbnails(
    path: Path, names: Sequence[str], pictures: Iterable[NDArray[np.uint8]], images_sha256: str
) -> None:
    """Write the thumbnails of a shard, atomically.

    Args:
        path: the file.
        names: image_id of each.
        pictures: each as RGB (H, W, 3), in the same order.
        images_sha256: of the pixels that they show.
    """
    schema = SCHEMA.with_metadata({"images_sha256": images_sha256})
    with (
        atomic_path(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, schema) as writer,
    ):
        rows: list[tuple[str, int, bytes]] = []
        for name, picture in zip(names, pictures, strict=True):
            content, width = jpeg_of(picture, HEIGHT)
            rows.append((name, width, content))
            if len(rows) == ROWS:
                writer.write_batch(_batch(rows, schema))
                rows = []
        writer.write_batch(_batch(rows, schema))


def _batch(rows: Sequence[tuple[str, int, bytes]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else ([], [], [])
    return pa.record_batch([list(column) for column in columns], schema=schema)


class Thumbnails:
    """The thumbnails of a survey, by the images' positions in its store.

    Args:
        files: of each shard.
        indices: the index files of these shards, whose pixels the thumbnails must show.

    Raises:
        ThumbnailError: they show other pixels.
    """

    def __init__(self, files: Sequence[Path], indices: Sequence[Path]) -> None:
        tables = [_opened(file, index) for file, index in zip(files, indices, strict=True)]
        table = pa.concat_tables(tables)
        self._jpeg, self._width = table["jpeg"], table["width"]

    def __len__(self) -> int:
        return len(self._jpeg)

    def jpeg(self, position: int) -> bytes:
        """Return the thumbnail of the image at a position of the store."""
        content: bytes = self._jpeg[position].as_py()
        return content

    def widths(self) -> NDArray[np.uint16]:
        """Return the width of each thumbnail, in pixels; all are `HEIGHT` high."""
        return np.asarray(self._width, dtype=np.uint16)


def _opened(file: Path, index: Path) -> pa.Table:
    table = pa.ipc.open_file(pa.memory_map(str(file))).read_all()
    shown = (table.schema.metadata or {}).get(b"images_sha256", b"").decode()
    present = read_metadata(index)["images_sha256"]
    if shown != present:
        raise ThumbnailError(
            f"{file} shows images {shown[:12]}, but those of {index} are {present[:12]} now. "
            "Run: snakemake explorer"
        )
    return table
