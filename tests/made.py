"""What tests are made of: the repository's root and small image stores."""

from pathlib import Path

import numpy as np
import pandas as pd

from skyloom.images import ImageStore
from skyloom.shard_writer import ShardWriter

ROOT = Path(__file__).parents[1]


def make_store(
    folder: Path,
    pixels: np.ndarray,
    shard: str = "a",
    offered: int | None = None,
    **columns: list[object],
) -> ImageStore:
    """An image store of given pixels (N, C, H, W); columns not given have plain values.

    `offered` is the number of index rows where that is more than the pixels.
    """
    count = len(pixels) if offered is None else offered
    rows = pd.DataFrame(
        {
            "image_id": [f"{shard}{number}" for number in range(count)],
            "shard": shard,
            "time": pd.NaT,
            "group": [f"g{number % 5}" for number in range(count)],
            "original": [f"{shard}{number}" for number in range(count)],
            "split": "train",
            "label": None,
            "target": None,
            "source": "made",
            "source_sha256": None,
            "rejected": None,
            **columns,
        }
    )
    images, index = folder / f"{shard}.npy", folder / f"{shard}.parquet"
    with ShardWriter(images, index) as writer:
        for image in pixels:
            writer.append(image)
        writer.close(rows)
    return ImageStore.open([images], [index])
