"""Which clusters have more of a covariate than chance gives, images of one group being alike."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import false_discovery_control

from skyloom.analyze.cluster_numbers import numbers_of
from skyloom.analyze.covariates import Look

ENRICHMENT_COLUMNS = (
    *("algorithm", "cluster", "covariate", "value", "images"),
    *("mean_in", "mean_all", "effect", "p_value", "q_value"),
)
SLACK = 1e-6
"""Sums in another order differ by less; they are the same statistic."""
MOST_IMAGES = 50_000
"""Images beyond which whole groups are sampled."""


def enrichment(
    algorithm: str,
    clusters: NDArray[np.int64],
    groups: NDArray[np.str_],
    columns: Sequence[Look],
    permutations: int,
    seed: int,
) -> pd.DataFrame:
    """Return one row per cluster and look.

    The statistic is the sum over a cluster's images of the standardised covariate. A permutation
    exchanges the means of groups between groups and shuffles what is left within each, so that it
    keeps what images of one group have in common: with one group, and with one image a group, it is
    the ordinary permutation of images. `p_value` is twice the smaller tail, at most 1; `q_value` is
    corrected for all looks at the algorithm's clusters (Benjamini and Hochberg 1995). The largest
    statistic over all looks (maxT) is no use here: it is ruled by rare values in small clusters.

    `effect` is the difference of the cluster's mean from that of all, in standard deviations; for
    an indicator log2 of the ratio of the shares, half an image added to either count.

    Args:
        algorithm: written into the table.
        clusters: (N,), -1 for noise.
        groups: (N,).
        columns: the looks.
        permutations: B.
        seed: of sample and permutations.
    """
    numbers = numbers_of(clusters)
    if len(numbers) == 0 or len(columns) == 0:
        return pd.DataFrame(columns=ENRICHMENT_COLUMNS)
    chosen = _whole_groups(groups, seed)
    values = np.column_stack([look.numbers for look in columns])[chosen]  # (n, P)
    inside = (clusters[chosen][:, None] == numbers).astype(np.float64)  # (n, K)
    standard = _standardised(values)
    tails = _tails(inside, standard, groups[chosen], permutations, seed)
    p_values = np.minimum(1, 2 * (1 + tails) / (1 + permutations))  # (K, P)
    tables = [
        _rows(values[:, place], inside, columns[place]).assign(
            cluster=numbers, p_value=p_values[:, place]
        )
        for place in range(len(columns))
    ]
    table = pd.concat(tables, ignore_index=True).assign(algorithm=algorithm)
    table["q_value"] = false_discovery_control(table["p_value"])
    ranked = table.sort_values(["p_value", "cluster"], kind="stable")
    return ranked.reset_index(drop=True)[list(ENRICHMENT_COLUMNS)]


def _tails(
    inside: NDArray[np.float64],
    standard: NDArray[np.float64],
    groups: NDArray[np.str_],
    permutations: int,
    seed: int,
) -> NDArray[np.int64]:
    """Return how many permutations lie in the smaller tail beyond the observed statistic (K, P)."""
    _, group = np.unique(groups, return_inverse=True)
    count = int(group.max()) + 1
    member = sparse.csr_matrix((np.ones(len(group)), (group, np.arange(len(group)))))  # (G, n)
    means = (member @ standard) / np.bincount(group)[:, None]  # (G, P)
    rest = standard - means[group]
    in_groups = (member @ inside).T  # (K, G)
    columns = sparse.csr_matrix(inside.T)  # (K, n)
    ranked = np.argsort(group, kind="stable")
    observed = inside.T @ standard
    above, below = np.zeros(observed.shape, np.int64), np.zeros(observed.shape, np.int64)
    for number in range(permutations):
        rng = np.random.default_rng((seed, number))
        shuffled = np.empty_like(ranked)
        shuffled[ranked] = np.lexsort((rng.random(len(group)), group))
        drawn = in_groups @ means[rng.permutation(count)] + columns @ rest[shuffled]
        above += drawn >= observed - SLACK
        below += drawn <= observed + SLACK
    return np.minimum(above, below)


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return columns (n, P) of mean 0 and deviation 1; what is unknown stands at the mean."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - np.where(known, values, 0).sum(axis=0) / count, 0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    return np.asarray(centred / np.where(spread > 0, spread, np.inf))


def _rows(values: NDArray[np.float64], inside: NDArray[np.float64], look: Look) -> pd.DataFrame:
    """Return means and effect of one look in each cluster."""
    known = ~np.isnan(values)
    filled = np.where(known, values, 0)
    images = inside[known].sum(axis=0)  # (K,)
    sums = inside.T @ filled
    everyone, total = known.sum(), filled.sum()
    mean_in = np.where(images > 0, sums / np.maximum(images, 1), np.nan)
    mean_all = total / max(everyone, 1)
    if look.value:
        ratio = ((sums + 0.5) / (images + 1)) / ((total + 0.5) / (everyone + 1))
        effect = np.log2(ratio)
    else:
        spread = values[known].std()
        effect = (mean_in - mean_all) / spread if spread > 0 else np.full(len(images), np.nan)
    return pd.DataFrame(
        {
            "covariate": look.covariate,
            "value": look.value,
            "images": images.astype(np.int64),
            "mean_in": mean_in,
            "mean_all": mean_all,
            "effect": effect,
        }
    )


def _whole_groups(groups: NDArray[np.str_], seed: int) -> NDArray[np.int64]:
    """Return all images, or those of enough groups in random order."""
    if len(groups) <= MOST_IMAGES:
        return np.arange(len(groups))
    names, group = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    sizes = np.bincount(group)[order].cumsum()
    taken = order[: max(1, int(np.searchsorted(sizes, MOST_IMAGES)))]
    chosen = np.flatnonzero(np.isin(group, taken))
    print(f"enrichment looks at {len(chosen)} of {len(groups)} images, whole groups")
    return chosen
