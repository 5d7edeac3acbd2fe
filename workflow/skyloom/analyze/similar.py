"""Search by likeness: the images whose features point where those of some examples do."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.features import unit
from skyloom.analyze.searchable import Searchable
from skyloom.errors import SkyloomError

GROWTH = 4
"""How many times more candidates are asked for when too few of them are answers."""
NEGATIVE_WEIGHT = 0.5
"""How much unlike examples count against like ones."""


class SearchError(SkyloomError):
    """A search cannot be done as asked."""


@dataclass(frozen=True)
class Bounds:
    """Which answers are wanted.

    Attributes:
        count: at most so many.
        least: smallest cosine similarity of an answer.
        other_groups: whether answers must be of other groups than the examples.
        seconds: time from every example within which an image is no answer; 0 = any time will do.
    """

    count: int = 20
    least: float = -1.0
    other_groups: bool = False
    seconds: float = 0.0


def direction_of(like: NDArray[np.float32], unlike: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the unit vector (D,) to look along: Rocchio's, over unit features.

    Args:
        like: features (P, D) of the examples, at least one.
        unlike: features (M, D) of what the answers should not be like; may be empty.

    Raises:
        SearchError: the examples cancel each other, so that no direction is left.
    """
    towards = unit(like).mean(axis=0)  # (D,)
    if len(unlike):
        towards = towards - NEGATIVE_WEIGHT * unit(unlike).mean(axis=0)
    if np.linalg.norm(towards) < 1e-6:
        raise SearchError(
            "the examples cancel each other: their mean feature is zero. Give fewer examples, or "
            "ones that are more alike."
        )
    return np.asarray(unit(towards[None])[0])


def search(
    searchable: Searchable, direction: NDArray[np.float32], examples: pd.DataFrame, bounds: Bounds
) -> pd.DataFrame:
    """Return the most alike images, the most alike first.

    Examples themselves are no answers. Through an approximate index candidates are asked for until
    there are enough answers among them.

    Args:
        searchable: all images.
        direction: (D,), of length one.
        examples: index rows of all examples, like and unlike.
        bounds: which answers are wanted.

    Returns:
        The answers' index rows after a column `similarity`, the cosine; equal ones by image_id.
    """
    wanted, count = max(searchable.settings.candidates, bounds.count), len(searchable.vectors)
    while True:
        positions, cosine = searchable.similarities(direction, wanted)
        rows = searchable.index.iloc[positions]
        keep = _allowed(rows, examples, bounds) & (cosine >= bounds.least)
        seen_all = len(positions) == count or cosine.min(initial=np.inf) < bounds.least
        if seen_all or keep.sum() >= bounds.count:
            break
        wanted = min(GROWTH * wanted, count)
    answers = rows[keep].copy()
    answers.insert(0, "similarity", cosine[keep].astype(np.float64))
    ranked = answers.sort_values(["similarity", "image_id"], ascending=[False, True])
    return ranked.head(bounds.count).reset_index(drop=True)


def _allowed(index: pd.DataFrame, examples: pd.DataFrame, bounds: Bounds) -> NDArray[np.bool_]:
    keep = ~index["image_id"].isin(examples["image_id"]).to_numpy(dtype=bool)
    if bounds.other_groups:
        keep &= ~index["group"].isin(examples["group"]).to_numpy(dtype=bool)
    if bounds.seconds > 0:
        for time in examples["time"].dropna():
            apart = (index["time"] - time).abs().dt.total_seconds()
            keep &= ~(apart <= bounds.seconds).to_numpy(dtype=bool, na_value=False)
    return np.asarray(keep)
