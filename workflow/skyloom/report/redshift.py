"""Redshifts in the report: label curves, scores, need of labels, dust."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skyloom.report.style import as_png, as_svg

COLOURS = ("#0072b2", "#5a5a5a", "#d55e00", "#009e73", "#56b4e9", "#cc79a7", "#e69f00", "#7a5c00")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
METRICS = {"sigma_mad": "sigma_MAD", "bias": "bias", "eta": "eta (|dz| > 0.05)", "crps": "CRPS"}
FEW = 2000
"""Galaxies of which each is drawn as a point."""

Row = dict[str, str]


@dataclass(frozen=True)
class RedshiftTables:
    """The tables of the stage that scores redshifts.

    Attributes:
        curves: metrics by model and number of labels.
        factors: how many times more labels the baseline needs.
        dust: what uncorrected dust does.
        estimates: redshift, mean and PIT of each scored galaxy, by model.
        baseline: model with whose need of labels the others are compared.
    """

    curves: pd.DataFrame
    factors: pd.DataFrame
    dust: pd.DataFrame
    estimates: pd.DataFrame
    baseline: str | None


def redshift_section(found: RedshiftTables | None) -> dict[str, Any] | None:
    """Return figures and tables of redshifts; None of a survey without them."""
    if found is None:
        return None
    models = list(dict.fromkeys(found.curves["model"]))
    return {
        "baseline": found.baseline,
        "galaxies": f"{found.estimates['image_id'].nunique():,}",
        "labels": f"{found.curves['labels'].max():,}",
        "curve": label_figure(found.curves, models),
        "scores": score_rows(found.curves),
        "factors": factor_rows(found.factors),
        "estimates": estimates_figure(found.estimates, models),
        "dust": dust_figure(found.dust, models) if len(found.dust) else None,
    }


def label_figure(curves: pd.DataFrame, models: list[str]) -> str:
    """Return sigma_MAD, outliers and CRPS against the number of labels, with 95 % intervals."""
    figure = Figure(figsize=(9.4, 3.6))
    axes = figure.subplots(1, 3)
    for axis, metric in zip(axes, ("sigma_mad", "eta", "crps"), strict=True):
        for place, model in enumerate(models):
            mine = curves[(curves["model"] == model) & (curves["metric"] == metric)]
            _line(axis, mine.sort_values("labels"), model, place)
        ticks = sorted(curves["labels"].unique())
        axis.set(xscale="log", title=METRICS[metric], xlabel="galaxies with a redshift")
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks], rotation=45)
        axis.minorticks_off()
        if metric != "eta":
            axis.set_yscale("log")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="lower center", ncols=4, bbox_to_anchor=(0.5, -0.16))
    figure.tight_layout()
    return as_svg(figure)


def _line(axis: Axes, rows: pd.DataFrame, model: str, place: int) -> None:
    low, high, value = (rows[key].to_numpy() for key in ("low", "high", "value"))
    error = np.clip([value - low, high - value], 0, None)
    shift = 1 + 0.02 * (place - 3)  # side by side, so that intervals do not hide each other
    axis.errorbar(rows["labels"] * shift, value, error, label=model, capsize=2, **_look(place))


def _look(place: int) -> dict[str, Any]:
    colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
    return {"color": colour, "marker": marker, "ms": 4, "lw": 1.4}


def estimates_figure(estimates: pd.DataFrame, models: list[str]) -> str:
    """Return told against true redshift and the histogram of PITs of the first models."""
    shown = models[:4]
    figure = Figure(figsize=(2.35 * len(shown), 4.6))
    axes = figure.subplots(2, len(shown), squeeze=False, height_ratios=(2, 1))
    top = float(estimates["redshift"].quantile(0.999))
    for column, model in enumerate(shown):
        mine = estimates[estimates["model"] == model]
        above, below = axes[:, column]
        _told_and_true(above, mine, top)
        above.plot([0, top], [0, top], color="#d55e00", lw=0.8)
        above.set(title=model, xlabel="true redshift", ylabel="told" if column == 0 else "")
        below.hist(mine["pit"], bins=20, range=(0, 1), density=True, color="#9fc5e8")
        below.axhline(1, color="#d55e00", lw=0.8)
        below.set(xlabel="PIT", ylabel="density" if column == 0 else "", ylim=(0, None))
    figure.tight_layout()
    return as_png(figure)


def _told_and_true(axis: Axes, rows: pd.DataFrame, top: float) -> None:
    """Draw each galaxy, or where they are many their density, on a logarithmic scale."""
    if len(rows) <= FEW:
        axis.scatter(rows["redshift"], rows["mean"], s=5, color=COLOURS[0], alpha=0.6, lw=0)
        axis.set(xlim=(0, top), ylim=(0, top))
        return
    axis.hexbin(
        rows["redshift"],
        rows["mean"],
        gridsize=45,
        bins="log",
        cmap="Blues",
        mincnt=1,
        extent=(0, top, 0, top),
    )


def dust_figure(dust: pd.DataFrame, models: list[str]) -> str:
    """Return how redshifts move behind dust that nobody corrects, and how they scatter."""
    figure = Figure(figsize=(9.4, 3.4))
    axes = figure.subplots(1, 2)
    told = [model for model in models if model in set(dust["model"])]
    for model in told:
        rows = dust[dust["model"] == model].sort_values("ebv")
        look = _look(models.index(model))
        interval = rows["low"], rows["high"]
        axes[0].fill_between(rows["ebv"], *interval, color=look["color"], alpha=0.15, lw=0)
        axes[0].plot(rows["ebv"], rows["shift"], label=model, **look)
        axes[1].plot(rows["ebv"], rows["sigma_mad"], **look)
    axes[0].axhline(0, color="#999999", lw=0.8)
    axes[0].set(xlabel="E(B-V) of the added dust", ylabel="mean of (z - z without) / (1 + z)")
    axes[1].set(xlabel="E(B-V) of the added dust", ylabel="sigma_MAD", ylim=(0, None))
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="lower center",
        ncols=4,
        bbox_to_anchor=(0.5, -0.16),
    )
    figure.tight_layout()
    return as_svg(figure)


def score_rows(curves: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row per model with all labels: metrics, and difference to the baseline."""
    full = curves[curves["labels"] == curves["labels"].max()]
    rows = []
    for model, mine in full.groupby("model", sort=False):
        by_metric = mine.set_index("metric")
        sigma = by_metric.loc["sigma_mad"]
        known = np.isfinite(sigma["difference"])
        rows.append(
            {
                "model": model,
                "values": [_value(by_metric.loc[metric]) for metric in METRICS],
                "difference": _difference(sigma) if known else "",
            }
        )
    return rows


def _value(row: "pd.Series[Any]") -> str:
    return f"{row['value']:.4f} [{row['low']:.4f}, {row['high']:.4f}]"


def _difference(row: "pd.Series[Any]") -> str:
    low, high = row["difference_low"], row["difference_high"]
    return f"{row['difference']:+.4f} [{low:+.4f}, {high:+.4f}], p = {row['p']:.3f}"


def factor_rows(factors: pd.DataFrame) -> list[Row]:
    """Return a row per model and number of labels: how many times more the baseline needs."""
    if "labels" not in factors:
        return []
    return [
        {
            "model": str(row.model),
            "labels": f"{row.labels:,}",
            "sigma": f"{row.sigma:.4f}",
            "factor": f"{_bounded(row.bound, row.factor)} "
            f"[{_bounded(row.low_bound, row.low)}, {_bounded(row.high_bound, row.high)}]",
        }
        for row in factors.itertuples()
    ]


def _bounded(bound: str, value: float) -> str:
    return f"{bound} {value:.1f}".strip()
