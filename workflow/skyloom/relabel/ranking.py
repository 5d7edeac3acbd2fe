"""Which labels to look at first: those that two independent opinions doubt.

The order is the weighted mean of two ranks (rank 1 = most doubtful): the probability, out of
fold, of the label that an image has, and the share of its nearest neighbours in the embedding,
which never saw a label, that have another one. The weights are the squares of how much either knows
about the labels, so that an embedding in which classes are not apart does not spoil the order.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from skyloom.relabel.hashing import share_of
from skyloom.relabel.information import label_information
from skyloom.relabel.out_of_fold import OutOfFold, describe

TILE = 1024
"""Images whose neighbours are sought at once."""


def self_confidence(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the probability of the label that each image has, (N,)."""
    return np.asarray(probabilities[np.arange(len(labels)), labels], dtype=np.float64)


def neighbour_votes(
    vectors: NDArray[np.float32],
    groups: NDArray[np.str_],
    labels: NDArray[np.int64],
    count: int,
    classes: int,
) -> NDArray[np.int64]:
    """Return how many of the nearest images of other groups have each label, (N, classes).

    Args:
        vectors: unit features (N, D).
        groups: (N,); images of one group would repeat one another's errors.
        labels: class numbers (N,).
        count: neighbours that are asked, at most all images of other groups.
        classes: number of classes.
    """
    _, number = np.unique(groups, return_inverse=True)
    wanted = min(count, len(vectors) - 1)
    votes = np.zeros((len(vectors), classes), dtype=np.int64)
    for start in range(0, len(vectors) if wanted else 0, TILE):
        tile = slice(start, start + TILE)
        likeness = vectors[tile] @ vectors.T  # (q, N)
        likeness[number[tile, None] == number] = -np.inf
        nearest = np.argpartition(-likeness, wanted - 1, axis=1)[:, :wanted]  # (q, wanted)
        valid = np.isfinite(np.take_along_axis(likeness, nearest, axis=1))
        for place in range(classes):
            votes[tile, place] = ((labels[nearest] == place) & valid).sum(axis=1)
    return votes


def neighbour_disagreement(
    votes: NDArray[np.int64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the share of votes (N, K) for other labels, (N,); 0 for an image without any."""
    total = votes.sum(axis=1)
    differing = total - votes[np.arange(len(labels)), labels]
    return np.asarray(differing / np.maximum(total, 1), dtype=np.float64)


def opinion_of(votes: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return votes (N, K) as probabilities; one vote more is dealt as the labels are."""
    prior = np.bincount(labels, minlength=votes.shape[1]) / len(labels)
    return np.asarray((votes + prior) / (votes.sum(axis=1, keepdims=True) + 1), dtype=np.float64)


def nearest_of_each_class(
    vectors: NDArray[np.float32],
    groups: NDArray[np.str_],
    labels: NDArray[np.int64],
    classes: int,
) -> NDArray[np.int64]:
    """Return the nearest image of another group with each label, (N, classes); -1 for none."""
    _, number = np.unique(groups, return_inverse=True)
    found = np.full((len(vectors), classes), -1)
    members = [np.flatnonzero(labels == place) for place in range(classes)]
    for start in range(0, len(vectors), TILE):
        tile = slice(start, start + TILE)
        for place, theirs in enumerate(members):
            if len(theirs):
                likeness = vectors[tile] @ vectors[theirs].T  # (q, M)
                likeness[number[tile, None] == number[theirs]] = -np.inf
                best = likeness.argmax(axis=1)
                valid = np.isfinite(likeness.max(axis=1))
                found[tile, place] = np.where(valid, theirs[best], -1)
    return found


def rank_mean(
    confidence: NDArray[np.float64],
    differing: NDArray[np.float64],
    weights: tuple[float, float] = (1.0, 1.0),
) -> NDArray[np.float64]:
    """Return the weighted mean rank (N,), from 1 = most doubtful; ties share their rank."""
    ranks = np.stack([rankdata(confidence), rankdata(-differing)])
    chosen = weights if sum(weights) > 0 else (1.0, 1.0)
    return np.asarray(np.average(ranks, axis=0, weights=chosen), dtype=np.float64)


def rank_labels(
    items: pd.DataFrame,
    found: OutOfFold,
    vectors: NDArray[np.float32],
    neighbours: int,
    classes: Sequence[str],
) -> pd.DataFrame:
    """Return a row per item in the order in which their labels should be looked at.

    Args:
        items: image_id, group and label; labels are among the classes of `found`.
        found: predictions out of fold.
        vectors: unit features (N, D) of the items.
        neighbours: how many are asked.
        classes: of each of which the nearest image is named, in this order, as an example.
    """
    ids = items["image_id"].to_numpy(dtype=str)
    labels = np.searchsorted(found.classes, items["label"].to_numpy(dtype=str))
    groups = items["group"].to_numpy(dtype=str)
    models = found.mean[found.rows_of(ids)]  # (N, K)
    votes = neighbour_votes(vectors, groups, labels, neighbours, len(found.classes))
    confidence = self_confidence(models, labels)
    differing = neighbour_disagreement(votes, labels)
    known = label_information(models, labels), label_information(opinion_of(votes, labels), labels)
    print(f"information about the labels: models {known[0]:.3f}, neighbours {known[1]:.3f}")
    places = np.searchsorted(classes, items["label"].to_numpy(dtype=str))
    nearest = nearest_of_each_class(vectors, groups, places, len(classes))
    rows = describe(found, ids).assign(
        examples=[list(row) for row in np.append(ids, "")[nearest]],
        label=items["label"].to_numpy(dtype=str),
        p_label=confidence,
        neighbours_differ=differing,
        rank=rank_mean(confidence, differing, (known[0] ** 2, known[1] ** 2)),
    )
    # Ties are broken by a hash: the order of rows must not tell.
    order = np.lexsort((share_of("tie", ids), rows["rank"]))
    return rows.iloc[order].reset_index(drop=True)


def reason(row: pd.Series, neighbours: int) -> str:
    """Return in words what speaks against a label, or that nothing does."""
    models = "a model" if row["models"] == 1 else f"{row['models']} models"
    said = (
        f"label {row['label']}; {models} that did not see its group "
        f"{'says' if row['models'] == 1 else 'say'} {row['predicted']} "
        f"({100 * row['p_predicted']:.0f} %)"
    )
    differing = round(row["neighbours_differ"] * neighbours)
    return f"{said}; {differing} of {neighbours} nearest images of other groups have another label"
