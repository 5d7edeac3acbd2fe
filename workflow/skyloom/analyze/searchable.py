"""Vectors that can be searched: all of them one by one, or through an approximate index."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import faiss
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from skyloom.analyze.approximate import candidates, read_index
from skyloom.analyze.features import FeatureError, Features, read_features, unit
from skyloom.atomic import atomic_path
from skyloom.settings.search import SearchSettings
from skyloom.tables import embedding_width, read_metadata, read_table


@dataclass(frozen=True)
class Searchable:
    """Unit vectors (N, D), the index rows of their images in the same order, and how to search.

    Attributes:
        vectors: of unit length; may be a memory map.
        index: the images.
        approximate: None where every vector is compared.
        settings: of the search.
    """

    vectors: NDArray[np.float32]
    index: pd.DataFrame
    approximate: faiss.Index | None
    settings: SearchSettings

    def similarities(
        self, direction: NDArray[np.float32], wanted: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return positions and exact cosines of at least `wanted` images, if there are so many.

        Of an approximate index these are its candidates, else all images.

        Args:
            direction: (D,) of unit length.
            wanted: the more, the more candidates and cells are looked at.
        """
        count = len(self.vectors)
        if self.approximate is None or wanted >= count:
            return np.arange(count), self._all(direction)
        # More candidates than asked for lie in more cells.
        times = wanted / self.settings.candidates
        probes = self.settings.probes
        found = candidates(self.approximate, direction[None], wanted, probes, times)[0]
        positions = np.sort(found[found >= 0])
        return positions, np.asarray(self.vectors[positions] @ direction)

    def _all(self, direction: NDArray[np.float32]) -> NDArray[np.float32]:
        # One pass over the memory in one thread; BLAS took 1.6 (one thread) to 3 times its time.
        return np.asarray(np.einsum("nd,d->n", self.vectors, direction))


def of_features(features: Features) -> Searchable:
    """Return features of any length as vectors that are all compared."""
    return Searchable(unit(features.vectors), features.index, None, SearchSettings())


def map_features(
    features: Sequence[Path], indices: Sequence[Path], index: pd.DataFrame
) -> Searchable:
    """Return features as vectors that are all compared, in a temporary file by memory map.

    The file has no name any more and ends with the map.

    Args:
        features: files of one encoder, of each shard.
        indices: of these shards.
        index: rows of all images.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.npy"
        names = write_unit_vectors(path, features, indices)
        vectors = np.load(path, mmap_mode="r")
    return Searchable(vectors, _aligned(index, names, features[0]), None, SearchSettings())


def write_unit_vectors(
    path: Path, features: Sequence[Path], indices: Sequence[Path]
) -> "pd.Series[str]":
    """Write features as unit vectors (N, D) shard by shard, so that one is held; return their ids.

    Args:
        path: `.npy` file to write.
        features: files of one encoder, of each shard.
        indices: of these shards.
    """
    count = sum(pq.read_metadata(file).num_rows for file in features)
    shape = (count, embedding_width(features[0]))
    names = []
    with atomic_path(path) as temporary:
        vectors = open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape)
        start = 0
        for file, index in zip(features, indices, strict=True):
            part = read_features([file], [index])
            vectors[start : start + len(part.vectors)] = unit(part.vectors)
            names.append(part.index["image_id"])
            start += len(part.vectors)
        vectors.flush()
    return pd.concat(names, ignore_index=True)


def open_searchable(
    folder: Path, index: pd.DataFrame, encoder_sha256: str, settings: SearchSettings
) -> Searchable:
    """Open what the search stage wrote, without reading the vectors.

    Args:
        folder: of the search stage's outputs.
        index: rows of all images.
        encoder_sha256: of the encoder that is to be searched.
        settings: of the search.

    Raises:
        FeatureError: the vectors are of another encoder, or of other images.
    """
    ids = folder / "ids.parquet"
    theirs = read_metadata(ids).get("encoder_sha256")
    if theirs != encoder_sha256:
        raise FeatureError(
            f"{folder} holds vectors of encoder {str(theirs)[:12]}, expected "
            f"{encoder_sha256[:12]}. Rerun search."
        )
    names = read_table(ids, ["image_id"])["image_id"]
    aligned = _aligned(index, names, ids)
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    return Searchable(vectors, aligned, read_index(folder / "approximate.faiss"), settings)


def _aligned(index: pd.DataFrame, names: "pd.Series[str]", source: Path) -> pd.DataFrame:
    """Return the index rows of images in the order of their names; the index itself where it is."""
    theirs = index["image_id"].astype("string").reset_index(drop=True)
    if theirs.equals(names.astype("string")):
        return index  # no copy: an index may hold a million rows
    rows = index.set_index("image_id", drop=False)
    absent = pd.Index(names).difference(rows.index)
    if len(absent):
        raise FeatureError(f"{source} names image '{absent[0]}', which is not there. Rerun search.")
    return rows.loc[names].reset_index(drop=True)
