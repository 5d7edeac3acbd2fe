"""Folds that never split a group: no model predicts what it has seen a relative of."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.errors import SkyloomError
from skyloom.relabel.hashing import share_of
from skyloom.settings.base import nearest


class FoldError(SkyloomError):
    """Images cannot be dealt into folds as asked."""


def folds_of(index: pd.DataFrame, count: int, column: str | None, seed: int) -> NDArray[np.int64]:
    """Return the fold, 0 to count - 1, of each image of an index, (N,).

    Args:
        index: rows with `group`, and `column` where one is named.
        count: number of folds.
        column: whose sorted values are the folds; None deals groups by their hash.
        seed: of the hash.

    Raises:
        FoldError: no such column, another number of values, or a group in two folds.
    """
    groups = index["group"].astype(str).to_numpy(dtype=str)
    if column is None:
        return (share_of(f"fold/{seed}", groups) * count).astype(np.int64)
    if column not in index.columns:
        raise FoldError(
            f"relabel.fold_column: the images have no '{column}'.{nearest(column, index.columns)}"
        )
    values = index[column].astype("string").fillna("").to_numpy(dtype=str)
    names, folds = np.unique(values, return_inverse=True)
    if len(names) != count:
        raise FoldError(
            f"relabel.fold_column '{column}' has {len(names)} values among the images under "
            f"review ({', '.join(names[:12])}), expected relabel.folds = {count}."
        )
    torn = pd.Series(folds).groupby(groups).nunique()
    if (torn > 1).any():
        raise FoldError(
            f"relabel.fold_column '{column}' splits the group {torn.index[torn > 1][0]}: its "
            "images would be predicted by models that saw others of it. Choose another column."
        )
    return np.asarray(folds, dtype=np.int64)
