"""The figure of the review campaigns: what is still wrong against what was looked at."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

COLOURS = {"in-sample": "#e69f00", "out of fold": "#0072b2"}
LINES = {"published loop": "--", "ranked, audited": "-"}
LOOKED = np.linspace(0, 100, 401)
"""Shares of the labels, in per cent, at which courses of several seeds are compared."""


def draw(table: pd.DataFrame, path: Path) -> None:
    """Draw a panel for each kind of labels: mean over the seeds, and from least to most."""
    kinds = list(dict.fromkeys(table["labels"]))
    figure, axes = plt.subplots(
        1, len(kinds), figsize=(2.8 * len(kinds), 3.4), squeeze=False, layout="constrained"
    )
    for axis, kind in zip(axes[0], kinds, strict=True):
        part = table[table["labels"] == kind]
        for (way, predictions), runs in part.groupby(["way", "predictions"], sort=False):
            _draw_runs(axis, runs, COLOURS[predictions], LINES[way])
        axis.set_title(kind, fontsize=10)
        axis.set_xlabel("looked at, % of all labels")
        axis.set_xlim(-2, 70)
        axis.set_ylim(bottom=-0.2)
    axes[0, 0].set_ylabel("still wrong, %")
    for way, line in LINES.items():
        for predictions, colour in COLOURS.items():
            label = f"{way}, {predictions}"
            axes[0, -1].plot([], [], color=colour, linestyle=line, label=label)
    axes[0, -1].legend(fontsize=7, frameon=False)
    figure.savefig(path, dpi=110)


def _draw_runs(axis: Axes, runs: pd.DataFrame, colour: str, line: str) -> None:
    """Draw the mean course of several seeds, the band between them, and where each ends."""
    courses = [100 * np.array(json.loads(course)) for course in runs["course"]]
    ends = np.array([course[-1] for course in courses])
    farthest = ends[:, 0].max()
    upto = LOOKED[farthest >= LOOKED]
    values = np.stack([_left(course, upto) for course in courses])  # (seeds, L)
    axis.plot(upto, values.mean(axis=0), color=colour, linestyle=line, linewidth=1.2)
    axis.fill_between(upto, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.25, lw=0)
    axis.plot(ends[:, 0], ends[:, 1], "o", color=colour, ms=3.5)


def _left(course: NDArray[np.float64], looked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is still wrong at shares looked at; after its end a campaign stays as it is."""
    return np.interp(looked, course[:, 0], course[:, 1])
