"""HDBSCAN's condensed tree as a table: which clusters split into which, at what density."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.cluster_numbers import numbers_of

TREE_COLUMNS = ("node", "parent", "birth", "images", "own", "departures", "cluster")
QUANTILES = np.linspace(0, 1, 11)


def tree_table(tree: NDArray[np.void], labels: NDArray[np.int64]) -> pd.DataFrame:
    """Return one row per node of a condensed tree (Campello, Moulavi and Sander 2013).

    Densities are lambda = 1 / mutual reachability distance; identical images, at infinity, are put
    at the greatest finite one.

    Args:
        tree: rows of parent, child, lambda_val and child_size; children below N are images.
        labels: the chosen clusters (N,), -1 for noise.

    Returns:
        node and parent, numbered from 0, the root, whose parent is -1; birth: the density at which
        the node splits off; images: how many it holds then; own: those that leave it one by one
        and are in no node below it; departures: the densities at which none, a tenth, ... all of
        its own have left; cluster: the number of the chosen cluster that it is, else -1.
    """
    if len(tree) == 0:
        return pd.DataFrame({column: [] for column in TREE_COLUMNS})
    count = len(labels)
    parent = tree["parent"].astype(np.int64) - count
    child = tree["child"].astype(np.int64)
    density = tree["lambda_val"].astype(np.float64)
    finite = np.isfinite(density)
    density = np.where(finite, density, density[finite].max(initial=0))
    leaves = child < count
    below = child[~leaves] - count
    nodes = int(max(parent.max(), below.max(initial=0))) + 1
    above, birth = np.full(nodes, -1), np.zeros(nodes)
    above[below], birth[below] = parent[~leaves], density[~leaves]
    inside = _members(parent[leaves], child[leaves], above, labels)
    own = np.bincount(parent[leaves], minlength=nodes)
    left = pd.Series(density[leaves]).groupby(parent[leaves])
    departures = {node: np.quantile(values, QUANTILES) for node, values in left}
    columns = {
        "node": np.arange(nodes),
        "parent": above,
        "birth": birth,
        "images": inside.sum(axis=1),
        "own": own,
        "departures": [departures.get(node, np.array([])) for node in range(nodes)],
        "cluster": _chosen(inside[:, 1:], numbers_of(labels)),
    }
    return pd.DataFrame(columns, columns=TREE_COLUMNS)


def last_nodes(tree: NDArray[np.void], count: int) -> NDArray[np.int64]:
    """Return the node of the condensed tree that each image left last (N,), -1 without a tree.

    Args:
        tree: rows of parent, child, lambda_val and child_size; children below N are images.
        count: N.
    """
    nodes = np.full(count, -1, dtype=np.int64)
    if len(tree):
        leaves = tree["child"] < count
        nodes[tree["child"][leaves]] = tree["parent"][leaves] - count
    return nodes


def _members(
    parent: NDArray[np.int64],
    image: NDArray[np.int64],
    above: NDArray[np.int64],
    labels: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return how many images of noise and of each cluster a node and all below it hold."""
    numbers = numbers_of(labels)
    column = np.where(labels[image] < 0, 0, 1 + np.searchsorted(numbers, labels[image]))
    inside = np.zeros((len(above), len(numbers) + 1), dtype=np.int64)
    np.add.at(inside, (parent, column), 1)
    for node in range(len(above) - 1, 0, -1):  # a parent's number is below its children's
        inside[above[node]] += inside[node]
    return inside


def _chosen(inside: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cluster that each node is: the lowest node with all images of the cluster."""
    chosen = np.full(len(inside), -1)
    for column, number in enumerate(numbers):
        whole = np.flatnonzero(inside[:, column] == inside[:, column].max())
        chosen[whole[-1]] = number
    return chosen
