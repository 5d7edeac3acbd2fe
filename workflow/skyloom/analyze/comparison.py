"""Encoders side by side on the same images: curves with intervals, and paired differences."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.predictions import POINT, SCORES, Drawn, class_names, draw_scores
from skyloom.analyze.scores import interval, resample_groups, two_sided_p

CURVE_COLUMNS = ("encoder", *POINT, "metric", "value", "low", "high", "draws", "n")
DIFFERENCE_COLUMNS = ("encoder", "baseline", *POINT, "metric", "value", "low", "high", "p_value")
STUDY = "study"
"""Column that numbers the studies whose predictions are in one table."""


@dataclass(frozen=True)
class _Point:
    """Scores of one encoder at one point, over all draws of the labels."""

    drawn: Drawn
    draws: int
    images: int


def compare(
    predictions: Mapping[str, pd.DataFrame], main: str, resamples: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the curves of all encoders and the paired differences of `main` from each other.

    Each point is the mean over draws of the labels; intervals and p-values come from resampling
    groups of images and draws of labels together, the same for both sides of a difference. Of
    several studies (`STUDY`) these are resampled in place of the draws, which share their encoder.
    """
    filled = {name: table for name, table in predictions.items() if not table.empty}
    if not filled:
        return pd.DataFrame(columns=CURVE_COLUMNS), pd.DataFrame(columns=DIFFERENCE_COLUMNS)
    names = class_names(pd.concat([table[["truth", "predicted"]] for table in filled.values()]))
    points = {
        name: {
            where: _point(part, names, resamples, seed)
            for where, part in table.groupby(POINT, sort=True)
        }
        for name, table in filled.items()
    }
    curves, differences = [], []
    for name, found in points.items():
        for where, point in found.items():
            about = dict(zip(POINT, where, strict=True))
            curves += _curve(point, {"encoder": name, **about})
            if name != main and where in points.get(main, {}):
                pair = {"encoder": main, "baseline": name, **about}
                differences += _differences(points[main][where].drawn, point.drawn, pair)
    return (
        pd.DataFrame(curves, columns=CURVE_COLUMNS),
        pd.DataFrame(differences, columns=DIFFERENCE_COLUMNS),
    )


def _point(part: pd.DataFrame, names: NDArray[np.str_], resamples: int, seed: int) -> _Point:
    """Return the mean over studies, or over the draws of one, and its resamples."""
    several = STUDY in part and part[STUDY].nunique() > 1
    each = [
        _mean(rows, names, resamples, seed)
        for _, rows in part.groupby(STUDY if several else "seed")
    ]
    value = np.mean([drawn.value for drawn in each], axis=0)
    resampled = np.stack([drawn.resampled for drawn in each])  # (S, B, 4)
    shares = resample_groups(len(each), resamples, seed + 1) / len(each)  # (B, S)
    mixed = np.einsum("bs,sbm->bm", shares, resampled)
    return _Point(Drawn(value, mixed), part["seed"].nunique(), part["image_id"].nunique())


def _mean(rows: pd.DataFrame, names: NDArray[np.str_], resamples: int, seed: int) -> Drawn:
    """Return the mean over the draws in a table, resample by resample."""
    drawn = [
        draw_scores(draw.sort_values("image_id"), names, resamples, seed)
        for _, draw in rows.groupby("seed")
    ]
    return Drawn(
        np.mean([one.value for one in drawn], axis=0),
        np.mean([one.resampled for one in drawn], axis=0),
    )


def _curve(point: _Point, about: dict[str, object]) -> list[dict[str, object]]:
    rows = []
    for place, metric in enumerate(SCORES):
        low, high = interval(point.drawn.resampled[:, place])
        said = {"metric": metric, "value": point.drawn.value[place], "low": low, "high": high}
        rows.append({**about, **said, "draws": point.draws, "n": point.images})
    return rows


def _differences(main: Drawn, other: Drawn, about: dict[str, object]) -> list[dict[str, object]]:
    rows = []
    for place, metric in enumerate(SCORES):
        drawn = main.resampled[:, place] - other.resampled[:, place]
        low, high = interval(drawn)
        value = float(main.value[place] - other.value[place])
        said = {"metric": metric, "value": value, "low": low, "high": high}
        rows.append({**about, **said, "p_value": two_sided_p(drawn)})
    return rows
