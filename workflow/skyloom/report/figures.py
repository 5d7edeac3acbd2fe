"""The figures of the report, each a function from tables to one picture."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator
from numpy.typing import NDArray

from skyloom.report.style import OURS, as_png, as_svg, colour_of

NOISE, NO_LABEL = "noise", "no label"
NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "average_precision": "average precision",
}
NULLS = ("nearest-in-time", "majority")
CRITERIA = {
    "silhouette": "silhouette: highest",
    "calinski_harabasz": "Calinski-Harabasz: highest",
    "gap": "gap: first within an error",
    "bic": "BIC of a mixture: lowest",
}


def label_curves(curves: pd.DataFrame, split: str, encoders: Sequence[str]) -> str:
    """Return score against share of the labels, per metric, with 95 % intervals."""
    figure = Figure(figsize=(9.4, 3.0))
    axes = figure.subplots(1, len(NAMES))
    part = curves[curves["split"] == split]
    order = [name for name in [*encoders, *NULLS] if name in set(part["encoder"])]
    for axis, (metric, title) in zip(axes, NAMES.items(), strict=True):
        for place, name in enumerate(order):
            rows = part[(part["encoder"] == name) & (part["metric"] == metric)]
            _interval_line(axis, rows.sort_values("fraction"), name, place, list(encoders))
        axis.set(xscale="log", title=title, xlabel="% of training labels", ylim=(0, 1.03))
        ticks = sorted(part["fraction"].unique())
        axis.set_xticks(ticks, [f"{100 * tick:g}" for tick in ticks])
        axis.minorticks_off()
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="lower center", ncols=len(order), bbox_to_anchor=(0.5, -0.1))
    figure.tight_layout()
    return as_svg(figure)


def _interval_line(
    axis: Axes, rows: pd.DataFrame, name: str, place: int, encoders: list[str]
) -> None:
    colour = colour_of(name, encoders)
    shift = 1 + 0.03 * (place - 2)  # side by side, so that intervals do not hide each other
    x = rows["fraction"].to_numpy() * shift
    low, high, value = (rows[key].to_numpy() for key in ("low", "high", "value"))
    error = np.clip([value - low, high - value], 0, None)
    style = "--" if name in NULLS else "-"
    axis.errorbar(
        x, value, error, color=colour, label=name, marker="o", ms=3.5, lw=1.5, ls=style, capsize=2
    )


def confusion(predictions: pd.DataFrame, split: str) -> str:
    """Return the confusion matrix of one set of predictions, in shares of each true class."""
    part = predictions[predictions["split"] == split]
    names = sorted(set(part["truth"]) | set(part["predicted"]))
    counts = pd.crosstab(part["truth"], part["predicted"]).reindex(
        index=names, columns=names, fill_value=0
    )
    matrix = counts.to_numpy(dtype=float)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = 2.4 + 0.3 * len(names)
    figure = Figure(figsize=(size + 0.8, size))
    axis = figure.subplots()
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axis.grid(False)
    axis.set_xticks(range(len(names)), names, rotation=90)
    axis.set_yticks(
        range(len(names)), [f"{n} ({int(matrix[i].sum())})" for i, n in enumerate(names)]
    )
    axis.set(xlabel="predicted", ylabel="true (images)")
    for row, column in zip(*np.nonzero(matrix), strict=True):
        colour = "white" if shares[row, column] > 0.5 else "#333333"
        text = f"{matrix[row, column]:.0f}"
        axis.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
    return as_svg(figure)


def reliability(bins: pd.DataFrame) -> str:
    """Return accuracy against confidence, before and after temperature scaling."""
    figure = Figure(figsize=(3.6, 3.4))
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="#999999", lw=1, ls="--")
    for is_scaled, name, colour in ((False, "as fitted", "#8a8a8a"), (True, "scaled", OURS)):
        rows = bins[bins["scaled"] == is_scaled]
        axis.plot(rows["confidence"], rows["accuracy"], color=colour, lw=1.2, label=name)
        size = 4 + 90 * rows["n"] / bins["n"].max()
        axis.scatter(rows["confidence"], rows["accuracy"], s=size, color=colour, lw=0)
    axis.set(xlabel="probability of the predicted class", ylabel="share that is right")
    axis.set(xlim=(0, 1.02), ylim=(0, 1.02))
    axis.legend(loc="upper left")
    return as_svg(figure)


HEALTH = (
    ("loss", "loss"),
    ("feature_std", "feature std x sqrt(D)\n(0 = collapsed, 1 = even)"),
    ("rankme", "RankMe (effective rank)"),
    ("alignment", "alignment (lower = closer)"),
    ("uniformity", "uniformity (lower = more even)"),
    ("learning_rate", "learning rate"),
)
"""Columns of a training that are drawn, and their titles."""


def trainings(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return loss, health and false negatives of several trainings over the epochs.

    Args:
        tables: epochs by the name of the encoder, the main one first.
    """
    panels = [*HEALTH, ("false_negatives_before", "false negatives in a batch\n(- - corrected)")]
    figure = Figure(figsize=(11.4, 4.4))
    axes = figure.subplots(2, 4).ravel()
    for axis, (column, title) in zip(axes, panels, strict=False):
        for name, table in tables.items():
            colour = colour_of(name, list(tables))
            epochs = table["epoch"] + 1
            mark = "o" if len(table) < 3 else None
            axis.plot(epochs, table[column], color=colour, lw=1.5, label=name, marker=mark)
            if column == "false_negatives_before":
                axis.plot(epochs, table["false_negatives_after"], color=colour, lw=1.5, ls="--")
        axis.set_title(title, fontsize=9)
        axis.margins(y=0.15)
    axes[-1].set_axis_off()
    axes[-1].legend(*axes[0].get_legend_handles_labels(), loc="upper left")
    figure.supxlabel("epoch", fontsize=9)
    figure.tight_layout()
    return as_svg(figure)


def training_curves(training: pd.DataFrame) -> str:
    """Return loss, learning rate and health over the epochs."""
    figure = Figure(figsize=(9.4, 4.2))
    for axis, (column, title) in zip(figure.subplots(2, 3).flat, HEALTH, strict=True):
        axis.plot(training["epoch"] + 1, training[column], color=OURS, lw=1.6)
        axis.set_title(title, fontsize=9)
        axis.margins(y=0.15)
    figure.supxlabel("epoch", fontsize=9)
    figure.tight_layout()
    return as_svg(figure)


def maps(layout: pd.DataFrame, panels: dict[str, "pd.Series[str]"]) -> str:
    """Return the UMAP layout, once per colouring; the nine most frequent values are coloured."""
    figure = Figure(figsize=(4.9 * len(panels), 4.6))
    axes = np.atleast_1d(figure.subplots(1, len(panels)))
    for axis, (title, values) in zip(axes, panels.items(), strict=True):
        _scatter(axis, layout, values.astype("string").fillna(NO_LABEL).to_numpy(dtype=str))
        axis.set_title(title)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.grid(False)
    figure.tight_layout()
    return as_png(figure)


def _scatter(axis: Axes, layout: pd.DataFrame, values: NDArray[np.str_]) -> None:
    colours = [f"C{number}" for number in range(10) if number != 7]
    x, y = layout["umap_x"].to_numpy(), layout["umap_y"].to_numpy()
    named = pd.Series(values)[~np.isin(values, [NOISE, NO_LABEL])]
    frequent = named.value_counts().index[: len(colours)]
    rest = ~np.isin(values, frequent)
    size = float(np.clip(6000 / max(len(values), 1), 1.5, 12))
    if rest.any():
        axis.scatter(x[rest], y[rest], s=size, c="#c8c8c8", lw=0, label="others or none")
    for name, colour in zip(frequent, colours, strict=False):
        mine = values == name
        axis.scatter(x[mine], y[mine], s=size, c=colour, lw=0, label=name)
    axis.legend(
        markerscale=5 / size**0.5,
        fontsize=8,
        ncols=4,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        columnspacing=0.9,
        handletextpad=0.2,
    )


def selection_curves(selection: pd.DataFrame, chosen: Mapping[str, int]) -> str:
    """Return what each criterion says against k, the k that it would choose marked."""
    figure = Figure(figsize=(9.4, 2.5))
    for axis, (column, title) in zip(figure.subplots(1, 4), CRITERIA.items(), strict=True):
        error = selection["gap_error"] if column == "gap" else None
        axis.errorbar(
            selection["k"], selection[column], error, color=OURS, marker="o", ms=3, lw=1.4
        )
        best = chosen[column]
        axis.axvline(best, color="#999999", lw=1, ls="--")
        edge = " (end)" if best in (selection["k"].min(), selection["k"].max()) else ""
        axis.set_title(f"{title}\nk = {best}{edge}", fontsize=9)
        axis.set_xlabel("k")
        axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axis.yaxis.set_major_locator(MaxNLocator(4))
        if selection[column].abs().max() > 1000:
            axis.yaxis.set_major_formatter(EngFormatter(sep=""))
    figure.tight_layout()
    return as_svg(figure)
