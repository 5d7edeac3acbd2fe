"""What probes said of each image, and the scores of it with their bootstrap over groups."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.average_precision import macro_average_precision
from skyloom.analyze.scores import (
    METRICS,
    bootstrap_metrics,
    group_confusions,
    interval,
    metrics_of,
    resample_groups,
)

PREDICTION_COLUMNS = [
    *("by", "probe", "fraction", "seed", "split", "image_id", "group"),
    *("truth", "predicted", "probability", "class_scores", "truth_place"),
]
"""`by`: the column of the index that splits; `class_scores`: what each class was given;
`truth_place`: the place of the true class among them."""

SCORES = (*METRICS, "average_precision")
POINT = ["by", "probe", "split", "fraction"]
"""What one point of a curve is about."""


@dataclass(frozen=True)
class Drawn:
    """Scores of one set of predictions.

    Attributes:
        value: (4,) in the order of `SCORES`.
        resampled: (B, 4), over resamples of groups.
    """

    value: NDArray[np.float64]
    resampled: NDArray[np.float64]


def class_names(predictions: pd.DataFrame) -> NDArray[np.str_]:
    """Return every class that is true or predicted, in order."""
    return np.unique(predictions[["truth", "predicted"]].to_numpy(dtype=str))


def draw_scores(
    predictions: pd.DataFrame, names: NDArray[np.str_], resamples: int, seed: int
) -> Drawn:
    """Score the predictions of one draw of labels on one split, and their resamples.

    Args:
        predictions: one row per image.
        names: classes of the confusions, the same for all that is to be paired.
        resamples, seed: of the groups; the same groups give the same resamples.
    """
    truth = np.searchsorted(names, predictions["truth"].to_numpy(dtype=str))
    said = np.searchsorted(names, predictions["predicted"].to_numpy(dtype=str))
    _, groups = np.unique(predictions["group"].to_numpy(dtype=str), return_inverse=True)
    confusions = group_confusions(truth, said, groups, len(names))
    weights = resample_groups(len(confusions), resamples, seed)
    scores = np.stack(predictions["class_scores"].to_list())  # (N, K)
    of_images = np.vstack([np.ones(len(groups)), weights[:, groups]])  # (1 + B, N)
    precision = macro_average_precision(
        predictions["truth_place"].to_numpy(dtype=np.int64), scores, of_images
    )
    return Drawn(
        np.append(metrics_of(confusions.sum(axis=0)), precision[0]),
        np.column_stack([bootstrap_metrics(confusions, weights), precision[1:]]),
    )


def score_table(predictions: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Return one row per point, draw of labels and score, with its 95 % interval over groups."""
    names = class_names(predictions)
    rows: list[dict[str, object]] = []
    for where, part in predictions.groupby([*POINT, "seed"], sort=False):
        drawn = draw_scores(part, names, resamples, seed)
        about = dict(zip([*POINT, "seed"], where, strict=True))
        for place, metric in enumerate(SCORES):
            low, high = interval(drawn.resampled[:, place])
            said = {"metric": metric, "value": float(drawn.value[place]), "low": low, "high": high}
            rows.append({**about, **said, "n": len(part)})
    return pd.DataFrame(rows)
