"""Models side by side: their label curves, their need of labels, and what dust does to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.redshift import metrics
from skyloom.analyze.redshift.label_factor import LabelCurve, label_factor
from skyloom.analyze.redshift.resampling import deviation, resampled_means, resampled_statistics
from skyloom.analyze.redshift.table import galaxy_scores
from skyloom.analyze.redshift.told import Told
from skyloom.analyze.scores import interval, two_sided_p

COMPARED = ("sigma_mad", "bias", "eta", "crps")
"""Metrics of the curves: of the mean redshift in the convention of Hayat et al., and of the PDF."""

Values = NDArray[np.float64]
Key = tuple[str, float]
"""Name of a model and share of the labels."""


@dataclass(frozen=True)
class Scored:
    """The galaxies on which all models are scored.

    Attributes:
        truth: (N,) true redshifts.
        groups: (N,) number of the sky field.
        weights: (B, G) how often each field is drawn in each resample.
    """

    truth: Values
    groups: NDArray[np.int64]
    weights: Values


@dataclass(frozen=True)
class Replicates:
    """What the draws of one model at one share of the labels score.

    Attributes:
        labels: number of labels.
        values: (S, M) of S draws and the M metrics of `COMPARED`.
        drawn: (S * B, M) of each draw in each resample of the fields.
    """

    labels: int
    values: Values
    drawn: Values


def replicates_of(draws: Sequence[Told], scored: Scored) -> Replicates:
    """Return the scores of the draws of one model at one share of the labels."""
    parts = [_of_draw(told, scored) for told in draws]
    values, drawn = zip(*parts, strict=True)
    return Replicates(draws[0].labels, np.stack(values), np.concatenate(drawn))


def _of_draw(told: Told, scored: Scored) -> tuple[Values, Values]:
    """Return the metrics (M,) of a draw and those of its resamples (B, M)."""
    table = galaxy_scores(told.pdfs, scored.truth)
    dz, crps = table["mean"].to_numpy(), table["crps"].to_numpy()
    factor = metrics.HAYAT.mad_factor
    values = np.array(
        [metrics.sigma_mad(dz, metrics.HAYAT), metrics.bias(dz), metrics.eta(dz), crps.mean()]
    )
    terms = np.column_stack([dz, np.abs(dz) > metrics.OUTLIER, crps])
    spread = resampled_statistics(dz, scored.groups, scored.weights, {"mad": deviation})["mad"]
    means = resampled_means(terms, scored.groups, scored.weights)
    return values, np.column_stack([factor * spread, means])


def label_curves(replicates: Mapping[Key, Replicates], baseline: str | None) -> pd.DataFrame:
    """Return the metrics by model and number of labels.

    The value is the mean over draws; its 95 % interval is over resamples of the fields and draws
    together. `difference` is to the baseline with as many labels, resample by resample and draw by
    draw, with its interval and two-sided p; NaN without one.
    """
    rows = []
    for (model, fraction), found in replicates.items():
        other = replicates.get((baseline or "", fraction)) if model != baseline else None
        for place, metric in enumerate(COMPARED):
            low, high = interval(found.drawn[:, place])
            rows.append(
                {
                    **{"model": model, "fraction": fraction, "labels": found.labels},
                    **{"metric": metric, "value": found.values[:, place].mean()},
                    **{"low": low, "high": high, "draws": len(found.values)},
                    **_difference(found, other, place),
                }
            )
    return pd.DataFrame(rows)


def _difference(found: Replicates, other: Replicates | None, place: int) -> dict[str, float]:
    names = ("difference", "difference_low", "difference_high", "p")
    if other is None:
        return dict.fromkeys(names, np.nan)
    drawn = found.drawn[:, place] - other.drawn[:, place]
    value = (found.values[:, place] - other.values[:, place]).mean()
    return dict(zip(names, (value, *interval(drawn), two_sided_p(drawn)), strict=True))


def label_factors(replicates: Mapping[Key, Replicates], baseline: str | None) -> pd.DataFrame:
    """Return by what factor the baseline needs more labels than each model; see `label_factor`."""
    models = dict.fromkeys(model for model, _ in replicates)
    curves = {model: _curve(replicates, model) for model in models}
    against = curves.get(baseline or "")
    parts = [
        label_factor(curve, against).assign(model=model)
        for model, curve in curves.items()
        if against is not None and curve is not None and model != baseline
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"model": []})


def _curve(replicates: Mapping[Key, Replicates], model: str) -> LabelCurve | None:
    """Return a model's curve of sigma_MAD; None where there is a single number of labels."""
    points = {found.labels: found for (name, _), found in replicates.items() if name == model}
    if len(points) < 2:
        return None
    labels = np.array(sorted(points))
    sigma = np.column_stack([points[int(each)].drawn[:, 0] for each in labels])
    return LabelCurve(labels, sigma)


def dust_table(
    reddened: Mapping[str, Sequence[pd.DataFrame]], scored: Scored, ids: NDArray[np.str_]
) -> pd.DataFrame:
    """Return what dust that nobody corrects does to the mean redshift of each model.

    Args:
        reddened: per model its draws' tables: image_id, ebv, redshift.
        scored: the galaxies.
        ids: (N,) their ids.

    Returns:
        model, ebv, and with intervals over fields and draws `shift`, the mean of
        (z(ebv) - z(0)) / (1 + z); and the `bias`, `sigma_mad` and `eta` behind it.
    """
    rows = [
        {"model": model, **row}
        for model, draws in reddened.items()
        for row in _dust_rows(draws, scored, ids)
    ]
    return pd.DataFrame(rows)


def _dust_rows(
    draws: Sequence[pd.DataFrame], scored: Scored, ids: NDArray[np.str_]
) -> list[dict[str, float]]:
    told = [table.pivot(index="image_id", columns="ebv", values="redshift") for table in draws]
    reddenings = list(told[0].columns) if told else []
    told = [table.loc[ids] for table in told if reddenings]
    rows = []
    for ebv in reddenings:
        shifts = [(each[ebv] - each[0.0]).to_numpy() / (1 + scored.truth) for each in told]
        means = [resampled_means(one[:, None], scored.groups, scored.weights) for one in shifts]
        low, high = interval(np.concatenate(means)[:, 0])
        residuals = [metrics.residuals(each[ebv].to_numpy(), scored.truth) for each in told]
        rows.append(
            {
                **{"ebv": ebv, "shift": np.mean(shifts), "low": low, "high": high},
                "bias": np.mean([metrics.bias(dz) for dz in residuals]),
                "sigma_mad": np.mean([metrics.sigma_mad(dz, metrics.HAYAT) for dz in residuals]),
                "eta": np.mean([metrics.eta(dz) for dz in residuals]),
            }
        )
    return rows
