"""Feature files joined over shards, and with the index of the images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.errors import SkyloomError
from skyloom.images import INDEX_COLUMNS
from skyloom.tables import read_embedding, read_metadata, read_tables


class FeatureError(SkyloomError):
    """Feature files do not fit each other or the images."""


@dataclass(frozen=True)
class Features:
    """Features (N, D) and the index rows of their images, in one order."""

    vectors: NDArray[np.float32]
    index: pd.DataFrame


def encoder_of(files: Sequence[Path]) -> str:
    """Return the SHA-256 of the encoder of feature files.

    Raises:
        FeatureError: they are of different encoders.
    """
    encoders = {str(read_metadata(path).get("encoder_sha256")): path for path in files}
    if len(encoders) > 1:
        raise FeatureError(
            "feature files of different encoders cannot be joined: "
            + ", ".join(f"{path} ({sha[:12]})" for sha, path in encoders.items())
            + ". Rerun embed for all shards."
        )
    return next(iter(encoders), "")


def read_features(files: Sequence[Path], indices: Sequence[Path]) -> Features:
    """Read and join feature files of one encoder with the indices of their shards.

    Raises:
        FeatureError: files of different encoders, images without features, or values that are
            not finite.
    """
    encoder_of(files)
    vectors = np.concatenate([read_embedding(path) for path in files])
    ids = read_tables(files, ["image_id"])["image_id"]
    index = read_tables(indices, INDEX_COLUMNS)
    index = index[index["rejected"].isna()].set_index("image_id", drop=False)
    absent = index.index.difference(pd.Index(ids))
    if len(absent) or len(ids) != len(index):
        raise FeatureError(
            f"{len(ids)} features for {len(index)} images (first image without: "
            f"{absent[0] if len(absent) else 'none'}). Rerun embed."
        )
    if not np.isfinite(vectors).all():
        bad = ids.to_numpy()[~np.isfinite(vectors).all(axis=1)]
        raise FeatureError(
            f"{len(bad)} images have features that are not finite (first: {bad[0]}). The encoder "
            "has diverged, or embed.precision bf16 overflows: set it to fp32."
        )
    return Features(vectors, index.loc[ids.to_numpy()].reset_index(drop=True))


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors (N, D) scaled to length one; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)
