"""Where two encoders see images differently: their probes' answers, and their neighbours."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.other_groups import best_of_other_groups, cosine_of
from skyloom.analyze.scores import (
    METRICS,
    bootstrap_metrics,
    group_confusions,
    interval,
    metrics_of,
    resample_groups,
    two_sided_p,
)
from skyloom.relabel.hashing import share_of
from skyloom.report.figures import NAMES
from skyloom.web.explore.catalogue import Catalogue, ExplorerError
from skyloom.web.explore.cluster_centres import unit_vectors
from skyloom.web.explore.probe_predictions import Predictions

NEIGHBOURS = 20
"""Nearest images of other groups that are compared."""
MOST_ASKED, MOST_PRODUCTS = 400, 4e7
"""Images whose neighbours are sought: so many, fewer where there are more than 100,000 vectors."""
RESAMPLES = 1000


@dataclass(frozen=True)
class Answers:
    """What two probes say of the same images.

    Attributes:
        classes: names; positions: (N,) of the images.
        truth, first, second: (N,) places in `classes`.
        surprise: (N,) sum of the two probabilities where the answers differ, else 0.
    """

    classes: list[str]
    positions: NDArray[np.uint32]
    truth: NDArray[np.uint16]
    first: NDArray[np.uint16]
    second: NDArray[np.uint16]
    surprise: NDArray[np.float32]


def answers_of(first: Predictions, second: Predictions) -> Answers:
    """Put the answers of two probes about the same images side by side."""
    _, ours, theirs = np.intersect1d(first.positions, second.positions, return_indices=True)
    classes = sorted({*first.classes, *second.classes})
    here, there = (
        np.array([classes.index(name) for name in one.classes], dtype=np.uint16)
        for one in (first, second)
    )
    said, other = here[first.predicted[ours]], there[second.predicted[theirs]]
    sure = np.nan_to_num(first.probability[ours]) + np.nan_to_num(second.probability[theirs])
    return Answers(
        classes=classes,
        positions=first.positions[ours],
        truth=here[first.truth[ours]],
        first=said,
        second=other,
        surprise=np.where(said != other, sure, 0).astype(np.float32),
    )


def paired_differences(answers: Answers, catalogue: Catalogue, seed: int) -> list[dict[str, Any]]:
    """Return a row per score: of both, the paired difference, its interval and p over groups.

    Args:
        answers: of both probes.
        catalogue: the images, whose groups are resampled.
        seed: of the resamples.
    """
    column = catalogue.index["group"].to_numpy(dtype=str)[answers.positions]
    _, groups = np.unique(column, return_inverse=True)
    weights = resample_groups(int(groups.max()) + 1, RESAMPLES, seed)
    values, drawn = [], []
    for said in (answers.first, answers.second):
        truth, told = answers.truth.astype(np.int64), said.astype(np.int64)
        confusions = group_confusions(truth, told, groups, len(answers.classes))
        values.append(metrics_of(confusions.sum(axis=0)))
        drawn.append(bootstrap_metrics(confusions, weights))
    rows = []
    for place, metric in enumerate(METRICS):
        differences = drawn[0][:, place] - drawn[1][:, place]
        low, high = interval(differences)
        rows.append(
            {
                "metric": NAMES[metric],
                "first": f"{values[0][place]:.3f}",
                "second": f"{values[1][place]:.3f}",
                "difference": f"{values[0][place] - values[1][place]:+.3f} "
                f"[{low:+.3f}, {high:+.3f}]",
                "sign": "" if low <= 0 <= high else ("better" if low > 0 else "worse"),
                "p": f"{two_sided_p(differences):.3f}",
            }
        )
    return rows


def shared_neighbours(
    catalogue: Catalogue, first: str, second: str
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Return some positions (Q,), drawn by hash, and the share (Q,) of neighbours in common.

    Neighbours are of other groups, by the cosine of the features that the stage `search` stored.
    """
    asked = _drawn(catalogue)
    found = [_nearest(catalogue, name, asked) for name in (first, second)]
    common = [len(np.intersect1d(a, b)) / max(len(a), 1) for a, b in zip(*found, strict=True)]
    return asked.astype(np.uint32), np.array(common, dtype=np.float32)


def _drawn(catalogue: Catalogue) -> NDArray[np.int64]:
    most = min(len(catalogue), MOST_ASKED, max(10, int(MOST_PRODUCTS / len(catalogue))))
    shares = share_of("neighbours", catalogue.names.tolist())
    return np.sort(np.argsort(shares, kind="stable")[:most])


def _nearest(
    catalogue: Catalogue, encoder: str, asked: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Return the positions of the nearest images of other groups of each asked one."""
    vectors = unit_vectors(catalogue, encoder)
    if vectors is None:
        raise ExplorerError(f"encoder '{encoder}' has no search vectors. Run: snakemake explorer")
    groups = pd.factorize(catalogue.index["group"])[0][vectors.positions]
    row_of = np.argsort(vectors.positions)
    rows = row_of[np.searchsorted(vectors.positions, asked, sorter=row_of)]
    best = best_of_other_groups(cosine_of(vectors.rows), groups, rows, NEIGHBOURS)
    return [vectors.positions[each[each >= 0]] for each in best]
