"""What a probe makes of each class."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.average_precision import average_precision
from skyloom.analyze.predictions import class_names
from skyloom.analyze.scores import group_confusions, interval, resample_groups

CLASS_COLUMNS = ("by", "split", "label", "metric", "value", "low", "high", "n")
CLASS_METRICS = ("precision", "recall", "f1", "average_precision")


def per_class(predictions: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Return one row per true class and metric, with its 95 % interval over groups.

    Precision is missing (NaN) of a class that is never predicted; an interval takes the resamples
    in which its metric exists.

    Args:
        predictions: one row per image.
        resamples, seed: of the groups.
    """
    names = class_names(predictions)
    truth = np.searchsorted(names, predictions["truth"].to_numpy(dtype=str))
    said = np.searchsorted(names, predictions["predicted"].to_numpy(dtype=str))
    _, groups = np.unique(predictions["group"].to_numpy(dtype=str), return_inverse=True)
    confusions = group_confusions(truth, said, groups, len(names))
    drawn_groups = resample_groups(len(confusions), resamples, seed)
    weights = np.vstack([np.ones(len(confusions)), drawn_groups])  # (1 + B, G)
    metrics = _of_classes(np.tensordot(weights, confusions, axes=1))  # (1 + B, K, 3)
    scores = np.stack(predictions["class_scores"].to_list())
    places = predictions["truth_place"].to_numpy(dtype=np.int64)
    rows = []
    for number in np.unique(truth):
        mine = truth == number
        precision = average_precision(mine, scores[:, places[mine][0]], weights[:, groups])
        drawn = np.column_stack([metrics[:, number], precision])  # (1 + B, 4)
        for column, metric in enumerate(CLASS_METRICS):
            finite = drawn[1:, column][np.isfinite(drawn[1:, column])]
            low, high = interval(finite) if len(finite) else (np.nan, np.nan)
            about = {"label": names[number], "metric": metric, "n": int(mine.sum())}
            rows.append({**about, "value": drawn[0, column], "low": low, "high": high})
    return pd.DataFrame(rows)


def _of_classes(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return precision, recall and F1 (..., K, 3) of confusions (..., K, K), or NaN."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    true, said = confusion.sum(axis=-1), confusion.sum(axis=-2)
    with np.errstate(invalid="ignore"):
        return np.stack([hits / said, hits / true, 2 * hits / (true + said)], axis=-1)
