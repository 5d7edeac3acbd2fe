"""How many of the true neighbours a search finds, on the user's own data."""

from time import perf_counter

import numpy as np
import pandas as pd

from skyloom.analyze.other_groups import best_of_other_groups, cosine_of
from skyloom.analyze.scores import interval
from skyloom.analyze.searchable import Searchable

NEIGHBOURS = (1, 10, 100)
RESAMPLES = 1000
RECALL_COLUMNS = (
    *("neighbours", "recall", "low", "high"),
    *("candidates", "queries", "milliseconds", "exact"),
)


def measure_recall(searchable: Searchable, seed: int) -> pd.DataFrame:
    """Return the recall of a search against comparing all vectors in double precision.

    Queries are images of the study; an image is not its own neighbour.

    Args:
        searchable: at least two vectors.
        seed: of the choice of queries, and of the bootstrap over them.

    Returns:
        One row for 1, 10 and 100 neighbours: recall with its 95 % interval over queries, the median
        time of a query in milliseconds, and whether the search is exact.
    """
    settings, count = searchable.settings, len(searchable.vectors)
    rng = np.random.default_rng(seed)
    queries = np.sort(rng.permutation(count)[: settings.recall_queries])
    most = min(max(NEIGHBOURS), count - 1)
    alone = np.arange(count)  # each image a group of its own: it is not its own neighbour
    truth = best_of_other_groups(cosine_of(searchable.vectors), alone, queries, most)
    found, milliseconds = [], []
    for query in queries:
        began = perf_counter()
        positions, cosine = searchable.similarities(
            np.asarray(searchable.vectors[query]), settings.candidates + 1
        )
        cosine = np.where(positions == query, -np.inf, cosine)
        best = np.argsort(-cosine, kind="stable")[:most]
        milliseconds.append(1000 * (perf_counter() - began))
        found.append(positions[best])
    rows = []
    for number in sorted({min(wanted, most) for wanted in NEIGHBOURS}):
        shares = np.array(
            [
                len(np.intersect1d(ours[:number], true[:number])) / number
                for ours, true in zip(found, truth, strict=True)
            ]
        )
        drawn = shares[rng.integers(len(shares), size=(RESAMPLES, len(shares)))].mean(axis=1)
        low, high = interval(drawn)
        rows.append(
            {"neighbours": number, "recall": float(shares.mean()), "low": low, "high": high}
        )
    return pd.DataFrame(rows).assign(
        candidates=settings.candidates,
        queries=len(queries),
        milliseconds=float(np.median(milliseconds)),
        exact=searchable.approximate is None,
    )
