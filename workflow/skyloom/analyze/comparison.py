"""Encoders side by side on the same images: curves with intervals, and paired differences."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.probe import confusions_of
from skyloom.analyze.scores import (
    METRICS,
    bootstrap_metrics,
    interval,
    metrics_of,
    resample_groups,
    two_sided_p,
)

MAJORITY = "majority"
CURVE_COLUMNS = ("encoder", "split", "fraction", "metric", "value", "low", "high", "draws", "n")
DIFFERENCE_COLUMNS = (
    *("encoder", "baseline", "split", "fraction"),
    *("metric", "value", "low", "high", "p_value"),
)


def with_majority(
    predictions: Mapping[str, pd.DataFrame], index: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Add the null that always says the most frequent class of the training labels."""
    labels = index.loc[index["split"] == "train", "label"].dropna()
    first = next(iter(predictions.values()))
    if labels.empty or first.empty:
        return dict(predictions)
    constant = first.assign(predicted=labels.mode().iloc[0], probability=np.nan)
    return {**predictions, MAJORITY: constant}


def compare(
    predictions: Mapping[str, pd.DataFrame], main: str, resamples: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the curves of all encoders and the paired differences of `main` from each other.

    Each point is the mean over draws of the labels; intervals and p-values come from resampling
    groups of images and draws of labels together, the same for both sides of a difference.
    """
    filled = {name: table for name, table in predictions.items() if not table.empty}
    names = _class_names(filled)
    curves, differences = [], []
    for (split, fraction), _ in _points(filled):
        drawn = {
            name: _bootstrap(table, names, split, fraction, resamples, seed)
            for name, table in filled.items()
        }
        for name, (value, resampled, draws, count) in drawn.items():
            where = {"encoder": name, "split": split, "fraction": fraction}
            for place, metric in enumerate(METRICS):
                low, high = interval(resampled[:, place])
                curves.append(
                    {**where, "metric": metric, "value": value[place], "low": low, "high": high}
                    | {"draws": draws, "n": count}
                )
            if name != main and main in drawn:
                differences += _differences(drawn[main], drawn[name], main, where)
    return (
        pd.DataFrame(curves, columns=CURVE_COLUMNS),
        pd.DataFrame(differences, columns=DIFFERENCE_COLUMNS),
    )


_Drawn = tuple[NDArray[np.float64], NDArray[np.float64], int, int]


def _points(tables: Mapping[str, pd.DataFrame]) -> list[tuple[tuple[str, float], pd.DataFrame]]:
    if not tables:
        return []
    return list(next(iter(tables.values())).groupby(["split", "fraction"]))


def _class_names(tables: Mapping[str, pd.DataFrame]) -> NDArray[np.str_]:
    """Return every class that occurs, so that all confusions have the same rows and columns."""
    found = [table[["truth", "predicted"]].to_numpy(dtype=str).ravel() for table in tables.values()]
    return np.unique(np.concatenate(found)) if found else np.array([], dtype=str)


def _bootstrap(
    table: pd.DataFrame,
    names: NDArray[np.str_],
    split: str,
    fraction: float,
    resamples: int,
    seed: int,
) -> _Drawn:
    """Return the mean over draws (3,), its resamples (B, 3), the draws and the images."""
    part = table[(table["split"] == split) & (table["fraction"] == fraction)]
    per_draw = [
        confusions_of(rows.sort_values("image_id"), names) for _, rows in part.groupby("seed")
    ]
    weights = resample_groups(len(per_draw[0]), resamples, seed)
    value = np.mean([metrics_of(confusions.sum(axis=0)) for confusions in per_draw], axis=0)
    resampled = np.stack([bootstrap_metrics(confusions, weights) for confusions in per_draw])
    draws = resample_groups(len(per_draw), resamples, seed + 1) / len(per_draw)  # (B, S)
    mixed = np.einsum("bs,sbm->bm", draws, resampled)  # (B, 3)
    return value, mixed, len(per_draw), part["image_id"].nunique()


def _differences(
    main: _Drawn, other: _Drawn, name: str, where: dict[str, object]
) -> list[dict[str, object]]:
    rows = []
    for place, metric in enumerate(METRICS):
        drawn = main[1][:, place] - other[1][:, place]
        low, high = interval(drawn)
        rows.append(
            {
                "encoder": name,
                "baseline": where["encoder"],
                "split": where["split"],
                "fraction": where["fraction"],
                "metric": metric,
                "value": float(main[0][place] - other[0][place]),
                "low": low,
                "high": high,
                "p_value": two_sided_p(drawn),
            }
        )
    return rows
