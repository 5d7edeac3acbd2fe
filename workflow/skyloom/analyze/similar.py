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

    Args:
        searchable: all images.
        direction: (D,), of length one.
        examples: index rows of all examples, like and unlike.
        bounds: which answers are wanted.

    Returns:
        The answers' index rows after a column `similarity`, the cosine; equal ones by image_id.
    """
    positions, cosine = most_alike(searchable, direction, examples, bounds)
    answers = searchable.index.iloc[positions].reset_index(drop=True)
    answers.insert(0, "similarity", cosine.astype(np.float64))
    return answers


def most_alike(
    searchable: Searchable, direction: NDArray[np.float32], examples: pd.DataFrame, bounds: Bounds
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return positions and cosines of what `search` answers.

    Examples themselves are no answers. Through an approximate index candidates are asked for until
    there are enough answers among them.
    """
    wanted, count = max(searchable.settings.candidates, bounds.count), len(searchable.vectors)
    while True:
        positions, cosine = searchable.similarities(direction, wanted)
        answers = _answers(searchable.index, positions, cosine, examples, bounds)
        seen_all = len(positions) == count or cosine.min(initial=np.inf) < bounds.least
        if seen_all or len(answers) >= bounds.count:
            return positions[answers], cosine[answers]
        wanted = min(GROWTH * wanted, count)


def _answers(
    index: pd.DataFrame,
    positions: NDArray[np.int64],
    cosine: NDArray[np.float32],
    examples: pd.DataFrame,
    bounds: Bounds,
) -> NDArray[np.int64]:
    """Return where among candidates the answers are, the most alike first.

    Names, groups and times are looked up for the most alike alone, and for more as long as too few
    of these are answers.
    """
    looked_at = bounds.count + len(examples)
    while True:
        places = _greatest(cosine, looked_at)
        places = places[cosine[places] >= bounds.least]
        keep = _allowed(index, positions[places], examples, bounds)
        if keep.sum() >= bounds.count or len(places) < looked_at:
            break
        looked_at *= GROWTH
    places = places[keep]
    names = index["image_id"].iloc[positions[places]].to_numpy(dtype=object)
    order = np.lexsort([names.astype(str), -cosine[places]])
    return places[order[: bounds.count]]


def _greatest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return places of the greatest values, at least so many, and all that equal the least."""
    if count >= len(values):
        return np.arange(len(values))
    least = np.partition(values, len(values) - count)[len(values) - count]
    return np.flatnonzero(values >= least)


def _allowed(
    index: pd.DataFrame, positions: NDArray[np.int64], examples: pd.DataFrame, bounds: Bounds
) -> NDArray[np.bool_]:
    """Return which images at some positions (n,) may be answers, whatever their similarity."""

    def foreign(column: str) -> NDArray[np.bool_]:
        theirs = index[column].iloc[positions]
        return np.asarray(~theirs.isin(examples[column].dropna()).to_numpy(dtype=bool))

    keep = foreign("image_id")
    if bounds.other_groups:
        keep &= foreign("group")
    if bounds.seconds > 0:
        times = index["time"].iloc[positions]
        for time in examples["time"].dropna():
            apart = (times - time).abs().dt.total_seconds()
            keep &= ~(apart <= bounds.seconds).to_numpy(dtype=bool, na_value=False)
    return np.asarray(keep)
