"""The picture of HDBSCAN's condensed tree."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from skyloom.report.style import as_svg

COLOURS = tuple(f"C{number}" for number in range(10) if number != 7)
LABELLED = 60
"""Clusters whose numbers are written; more would lie on each other."""


def condensed_tree(tree: pd.DataFrame) -> str:
    """Return the tree from its root down: as wide as a node has images, at each density.

    Args:
        tree: as the cluster stage writes it. Chosen clusters are coloured, those below them too.
    """
    lefts = _lefts(tree)
    figure = Figure(figsize=(9.4, 4.2))
    axis = figure.subplots()
    colours: dict[int, str] = {}
    parents = tree["parent"].to_numpy(dtype=int)
    numbers = tree["cluster"].to_numpy(dtype=int)
    for node in range(len(tree)):
        inherited = colours.get(parents[node], "#c8c8c8")
        own = COLOURS[numbers[node] % len(COLOURS)] if numbers[node] >= 0 else inherited
        colours[node] = own
        _draw_node(axis, tree, node, float(lefts[node]), own)
    chosen = np.flatnonzero(numbers >= 0)
    if len(chosen) <= LABELLED:
        for place, node in enumerate(map(int, chosen[np.argsort(lefts[chosen])])):
            middle = lefts[node] + float(tree["images"].iloc[node]) / 2
            axis.annotate(
                str(numbers[node]),
                (middle, _death(tree, node)),
                xytext=(0, -2 - 7 * (place % 3)),  # neighbours' numbers would lie on each other
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=6,
            )
    axis.set_yscale("log")
    axis.invert_yaxis()
    axis.set(xlabel="images", ylabel="density: 1 / distance")
    figure.tight_layout()
    return as_svg(figure)


def _lefts(tree: pd.DataFrame) -> NDArray[np.float64]:
    """Return where each node begins from the left: children side by side in their parent's middle.

    The larger child lies to the left.
    """
    parents, images = tree["parent"].to_numpy(dtype=int), tree["images"].to_numpy(dtype=float)
    lefts = np.zeros(len(tree))
    for node in range(len(tree)):
        children = np.flatnonzero(parents == node)
        children = children[np.argsort(-images[children], kind="stable")]
        place = lefts[node] + (images[node] - images[children].sum()) / 2
        for child in children:
            lefts[child] = place
            place += images[child]
    return lefts


def _draw_node(axis: Axes, tree: pd.DataFrame, node: int, left: float, colour: str) -> None:
    row = tree.iloc[node]
    departures = np.asarray(row["departures"], dtype=float)
    born = row["birth"] or min([*departures[:1], _death(tree, node)])  # the root's birth is 0
    density = np.concatenate([[born], departures, [_death(tree, node)]])
    share = np.concatenate([[0], np.linspace(0, 1, len(departures)), [1]])
    width = row["images"] - row["own"] * share
    middle = left + row["images"] / 2
    axis.fill_betweenx(density, middle - width / 2, middle + width / 2, color=colour, lw=0)


def _death(tree: pd.DataFrame, node: int) -> float:
    """Return the density at which nothing of a node is left but its children."""
    children = tree.loc[tree["parent"] == node, "birth"]
    departures = tree["departures"].iloc[node]
    return float(max([*children, *departures[-1:], tree["birth"].iloc[node]]))
