"""Tables that say what a clustering is worth: how many clusters, how stable, how near to labels."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.agreement import agreement
from skyloom.analyze.cluster import Clustering
from skyloom.analyze.cluster_numbers import NOISE, numbers_of
from skyloom.analyze.identity import Renumbered
from skyloom.analyze.scores import interval
from skyloom.analyze.stability import Stability

SUMMARY_COLUMNS = ("algorithm", "quantity", "value", "low", "high", "n")
MEMBER_COLUMNS = (
    *("algorithm", "cluster", "images", "groups", "jaccard"),
    *("kept_overlap", "label", "label_share"),
)


def summarise(
    algorithm: str,
    clustering: Clustering,
    stable: Stability,
    numbered: Renumbered,
    index: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row per quantity of a clustering.

    The interval of `clusters` is the range of the samples' counts: for k-means, whose k is given,
    it has no width. Agreements take the labelled images that are in a cluster; `labelled_share` is
    their share of the labelled ones.
    """
    rows = [
        {"quantity": "clusters", "value": clustering.count, **_range(stable.counts)},
        {"quantity": "noise_share", "value": float((clustering.labels == NOISE).mean())},
    ]
    if len(stable.ari):
        rows.append({"quantity": "stable_clusters", "value": int((stable.jaccard > 0.75).sum())})
        low, high = interval(stable.ari)
        mean = float(stable.ari.mean())
        rows.append({"quantity": "stability_ari", "value": mean, "low": low, "high": high})
    if numbered.overlap or numbered.lost:
        rows.append({"quantity": "kept_clusters", "value": len(numbered.overlap)})
        rows.append({"quantity": "lost_clusters", "value": len(numbered.lost)})
    labelled = index["label"].notna().to_numpy()
    inside = labelled & (clustering.labels != NOISE)
    if labelled.any():
        classes = index["label"].nunique()
        rows.append({"quantity": "classes", "value": classes, "n": int(labelled.sum())})
        share = float(inside.sum() / labelled.sum())
        rows.append({"quantity": "labelled_share", "value": share, "n": int(labelled.sum())})
    found = agreement(index["label"].to_numpy()[inside].astype(str), clustering.labels[inside])
    rows += [
        {"quantity": name, "value": value, "n": int(inside.sum())} for name, value in found.items()
    ]
    table = pd.DataFrame(rows).assign(algorithm=algorithm)
    return table.reindex(columns=SUMMARY_COLUMNS).fillna({"n": len(index)})


def choice_rows(algorithm: str, chosen: Mapping[str, int]) -> pd.DataFrame:
    """Return one row per criterion for the number of clusters: `k_<criterion>`, and its choice."""
    rows = [
        {"algorithm": algorithm, "quantity": f"k_{name}", "value": k} for name, k in chosen.items()
    ]
    return pd.DataFrame(rows, columns=SUMMARY_COLUMNS)


def members(
    algorithm: str,
    clustering: Clustering,
    stable: Stability,
    numbered: Renumbered,
    index: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row per cluster: its size, groups, stability and most frequent label.

    `kept_overlap` is its Jaccard index with the kept cluster whose number it has. `label_share` is
    of the labelled images; a cluster without any has neither.
    """
    rows = []
    for number, jaccard in zip(numbers_of(clustering.labels), stable.jaccard, strict=True):
        mine = index[clustering.labels == number]
        counts = mine["label"].value_counts()
        rows.append(
            {
                "algorithm": algorithm,
                "cluster": number,
                "images": len(mine),
                "groups": mine["group"].nunique(),
                "jaccard": jaccard,
                "kept_overlap": numbered.overlap.get(int(number), np.nan),
                "label": counts.index[0] if len(counts) else None,
                "label_share": counts.iloc[0] / counts.sum() if len(counts) else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=MEMBER_COLUMNS)


def _range(counts: NDArray[np.int64]) -> dict[str, float]:
    if len(counts) == 0:
        return {}
    low, high = interval(counts.astype(np.float64))
    return {"low": low, "high": high}
