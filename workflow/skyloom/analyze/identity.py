"""Clusters keep their numbers when the images are clustered anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.cluster_numbers import NOISE, numbers_of
from skyloom.tables import read_table

LEAST_OVERLAP = 0.5
"""Jaccard index from which a new cluster is the old one: above it no other can be."""

KEPT_COLUMNS = ("algorithm", "image_id", "cluster")


@dataclass(frozen=True)
class Renumbered:
    """Clusters (N,) under kept numbers, and how much each overlaps with the kept one.

    Attributes:
        labels: the clusters, -1 for noise.
        overlap: Jaccard index with the kept cluster by number; absent for clusters that are new.
        lost: kept numbers that no cluster goes on with.
    """

    labels: NDArray[np.int64]
    overlap: dict[int, float]
    lost: list[int]


def read_kept(files: Sequence[Path]) -> pd.DataFrame:
    """Return the clusters that were kept, of all algorithms; no rows where no file was given."""
    tables = [read_table(path, KEPT_COLUMNS) for path in files]
    nothing = pd.DataFrame({column: [] for column in KEPT_COLUMNS})
    return pd.concat(tables, ignore_index=True) if tables else nothing


def carry_over(
    found: NDArray[np.int64], image_ids: "pd.Series[str]", kept: pd.DataFrame
) -> Renumbered:
    """Give clusters the numbers of the kept clusters whose members they share.

    Overlap is counted on images that both clusterings have, so that a cluster may grow with the
    archive. A number is given once; clusters without a kept one are numbered beyond all kept ones,
    in their own order.

    Args:
        found: new clusters (N,), -1 for noise.
        image_ids: the images, (N,).
        kept: rows of image_id and cluster of one algorithm.
    """
    old = kept.set_index("image_id")["cluster"].reindex(image_ids)
    both = old.notna().to_numpy()
    before, now = old[both].to_numpy(dtype=np.int64), found[both]
    followed = successors(now, before)
    given = {new: number for number, (new, _) in followed.items()}
    overlap = {number: jaccard for number, (_, jaccard) in followed.items()}
    free = max([int(kept["cluster"].max()), NOISE]) + 1 if len(kept) else 0
    for new in numbers_of(found):
        if int(new) not in given:
            given[int(new)] = free
            free += 1
    labels = np.array([given.get(int(number), NOISE) for number in found], dtype=np.int64)
    lost = sorted({int(number) for number in numbers_of(before)} - set(overlap))
    return Renumbered(labels, overlap, lost)


def successors(now: NDArray[np.int64], before: NDArray[np.int64]) -> dict[int, tuple[int, float]]:
    """Return which new cluster goes on with each old one, and their Jaccard index.

    The greatest overlaps are taken first, each cluster once; less than `LEAST_OVERLAP` is none.

    Args:
        now, before: clusters (n,) of the images that both clusterings have, -1 for noise.
    """
    pairs = [pair for pair in _overlaps(now, before) if pair[0] >= LEAST_OVERLAP]
    found: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for jaccard, new, old in sorted(pairs, key=lambda pair: (-pair[0], *pair[1:])):
        if new not in taken and old not in found:
            found[old] = (new, jaccard)
            taken.add(new)
    return found


def _overlaps(now: NDArray[np.int64], before: NDArray[np.int64]) -> list[tuple[float, int, int]]:
    """Return Jaccard index, new and old number of each pair that shares an image."""
    new_sizes = pd.Series(now).value_counts()
    old_sizes = pd.Series(before).value_counts()
    shared = pd.DataFrame({"new": now, "old": before})
    shared = shared[(shared["new"] != NOISE) & (shared["old"] != NOISE)]
    return [
        (count / (new_sizes[new] + old_sizes[old] - count), int(new), int(old))
        for (new, old), count in shared.value_counts().items()
    ]
