"""What the workflow left of one survey, opened when it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.digest import sha256_of_text
from skyloom.errors import SkyloomError
from skyloom.images import ImageStore
from skyloom.tables import read_table
from skyloom.thumbnails import HEIGHT, Thumbnails, jpeg_of
from skyloom.web.pictures import Pictures

WIDEST = 3.2
"""Widths of tiles follow the images up to so many heights."""


class ExplorerError(SkyloomError):
    """There is nothing to show, or the question cannot be answered."""


class AbsentError(ExplorerError):
    """What was asked for is not there."""


@dataclass(frozen=True)
class Places:
    """Where the files of a survey are.

    Attributes:
        survey: its name.
        home: folder of its results.
        reviews: folder of what people decided about it.
        shards: of its sheet.
        encoders: that were trained or chosen by the study, the main one first.
        baselines: the encoders that these are compared with.
        round: number of the open round; None where labels are not reviewed.
    """

    survey: str
    home: Path
    reviews: Path
    shards: Sequence[str]
    encoders: Sequence[str]
    baselines: Sequence[str]
    round: int | None

    @property
    def indices(self) -> list[Path]:
        """The index files, in the order of the shards."""
        return [self.home / "images" / f"{shard}.parquet" for shard in self.shards]

    @property
    def thumbnails(self) -> list[Path]:
        """The thumbnails, in the order of the shards."""
        return [self.home / "thumbnails" / f"{shard}.arrow" for shard in self.shards]

    def features(self, encoder: str) -> list[Path]:
        """Return the feature files of an encoder, in the order of the shards."""
        return [self.home / encoder / "features" / f"{shard}.parquet" for shard in self.shards]

    @property
    def embedded(self) -> list[str]:
        """The encoders, baselines behind the others, that have features of all shards."""
        known = [*self.encoders, *self.baselines]
        return [name for name in known if all(path.exists() for path in self.features(name))]

    @property
    def round_folder(self) -> Path | None:
        """Folder of the open round's results."""
        return None if self.round is None else self.home / "rounds" / str(self.round)

    def table(self, *parts: str) -> Path | None:
        """Return a file of the results; None where the workflow has not made it."""
        path = self.home.joinpath(*parts)
        return path if path.exists() else None


class Catalogue:
    """The images of a survey, in the order of its store, and tables about them.

    Args:
        places: its files.
        display: the survey's `display` module.
        reader: options of the survey's reader; None = its own defaults.

    Raises:
        ExplorerError: no images were prepared.
    """

    def __init__(
        self, places: Places, display: ModuleType, reader: Mapping[str, Any] | None = None
    ) -> None:
        absent = [path for path in places.indices if not path.exists()]
        if absent:
            raise ExplorerError(f"{absent[0]} is not there. Run: snakemake explorer")
        self.places, self.display = places, display
        self.store = ImageStore.beside(places.indices)
        self.pictures = Pictures(self.store, display, reader)

    def __len__(self) -> int:
        return len(self.store)

    @property
    def index(self) -> pd.DataFrame:
        """Index rows of all readable images; positions are places in it."""
        return self.store.index

    @cached_property
    def names(self) -> "pd.Index[str]":
        """image_id of every position."""
        return pd.Index(self.index["image_id"])

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of all names in order: what positions mean. A page sends it back with them."""
        return sha256_of_text("\n".join(self.names))

    @cached_property
    def _thumbnails(self) -> Thumbnails | None:
        files = self.places.thumbnails
        present = all(file.exists() for file in files)
        return Thumbnails(files, self.places.indices) if present else None

    def positions(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Return where images are; -1 for names that are not there."""
        wanted = pd.Index(names, dtype=self.names.dtype)
        return np.asarray(self.names.get_indexer(wanted), dtype=np.int64)

    def position(self, name: str) -> int:
        """Return where an image is.

        Raises:
            AbsentError: it is not there.
        """
        found = self.pictures.place(name)
        if found < 0:
            raise AbsentError(f"there is no image '{name[:100]}' in survey {self.places.survey}")
        return found

    def thumbnail(self, position: int) -> bytes:
        """Return the small picture of an image, JPEG; made now where the workflow made none."""
        if self._thumbnails is not None:
            return self._thumbnails.jpeg(position)
        return self._shown(position, HEIGHT)

    def widths(self) -> NDArray[np.uint16]:
        """Return the widths of all thumbnails in pixels; of one image for all, where none are."""
        if self._thumbnails is not None:
            return self._thumbnails.widths()
        pixels = self.display.thumbnail(self.store.batch(np.array([0], np.int64))[0])
        width = max(1, round(pixels.shape[1] * HEIGHT / pixels.shape[0]))
        return np.full(len(self), width, dtype=np.uint16)

    @cached_property
    def tile(self) -> dict[str, int]:
        """Width and height of a thumbnail in a grid, in pixels: those of most."""
        width = int(np.median(self.widths())) if len(self) else HEIGHT
        return {"width": min(width, round(WIDEST * HEIGHT)), "height": HEIGHT}

    def picture(self, position: int) -> bytes:
        """Return an image as large as it is stored, JPEG."""
        return self._shown(position, self.store.shape[1])

    def _shown(self, position: int, height: int) -> bytes:
        pixels = self.store.batch(np.array([position]))[0]
        return jpeg_of(self.display.thumbnail(pixels), height)[0]

    def aligned(self, path: Path, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of a table with an image_id, one row per position; empty cells elsewhere.

        Args:
            path: the table; an image stands in it once at most.
            columns: of it.
        """
        table = read_table(path, ["image_id", *columns])
        return table.set_index("image_id")[list(columns)].reindex(self.names).reset_index(drop=True)

    def row(self, position: int) -> dict[str, Any]:
        """Return the index row of an image, empty cells left out."""
        row = self.index.iloc[position]
        return {str(name): value for name, value in row.items() if not pd.isna(value)}
