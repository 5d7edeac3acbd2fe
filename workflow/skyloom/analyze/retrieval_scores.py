"""Precision of a search by likeness: of each class, with its nulls and paired differences."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.retrieval import Questions
from skyloom.analyze.scores import interval, resample_groups, two_sided_p

CHANCE, ORDER = "chance", "sheet-order"
MACRO = "macro"
"""Instead of a class: the mean over classes."""

RETRIEVAL_COLUMNS = (
    *("encoder", "labels", "label", "k"),
    *("value", "low", "high", "ceiling", "n"),
)
RETRIEVAL_DIFFERENCE_COLUMNS = (
    *("encoder", "baseline", "labels", "label", "k"),
    *("value", "low", "high", "p_value"),
)


def retrieval_scores(
    questions: Questions,
    found: Mapping[str, NDArray[np.int64]],
    at: tuple[int, ...],
    resamples: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return precision of each class, and paired differences of the first from all others.

    Intervals and p-values come from resampling the groups of the queries, the same for all.

    Args:
        questions: at least one query.
        found: positions (Q, max(at)) of the neighbours by encoder or null, the main one first.
        at: numbers of neighbours.
        resamples, seed: of the groups.

    Returns:
        Scores: one row per encoder or null, class and k. `ceiling` is the best that can be reached
        where a class has fewer than k images in other groups; `n` counts queries.
        Differences: one row per baseline, class and k.
    """
    chance, ceiling = chance_and_ceiling(questions, at)
    each = {name: precision_at(questions, mine, at) for name, mine in found.items()}
    each |= {CHANCE: chance}
    names = np.unique(questions.labels[questions.queries])
    drawn = _by_class(questions, np.stack([*each.values(), ceiling], axis=1), resamples, seed)
    counts = [len(questions.queries), *_counts(questions, names)]
    scores, differences = [], []
    for place, label in enumerate([MACRO, *names]):
        for column, k in enumerate(at):
            values = drawn[:, place, :, column]  # (1 + B, methods + 1)
            about = {"label": label, "k": k}
            size = {"ceiling": values[0, -1], "n": counts[place]}
            for number, name in enumerate(each):
                scores.append({"encoder": name, **about, **_said(values[:, number]), **size})
            main = next(iter(each))
            for number, name in list(enumerate(each))[1:]:
                difference = values[:, 0] - values[:, number]
                p_value = two_sided_p(_finite(difference))
                pair = {"encoder": main, "baseline": name, **about}
                differences.append({**pair, **_said(difference), "p_value": p_value})
    return pd.DataFrame(scores), pd.DataFrame(differences)


def precision_at(
    questions: Questions, found: NDArray[np.int64], at: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return the share of each query's k nearest (Q, len(at)) that are of its class.

    Neighbours that are not there, because there are fewer images of other groups, are wrong ones.
    """
    mine = questions.labels[questions.queries, None]
    right = (questions.labels[found] == mine) & (found >= 0)
    return np.column_stack([right[:, :k].sum(axis=1) / k for k in at])


def chance_and_ceiling(
    questions: Questions, at: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each query what a random order is expected to reach, and what the best reaches.

    Both (Q, len(at)), exact: the share of its class among the images of other groups; and k, or
    fewer where there are fewer of its class, over k.
    """
    names, label = np.unique(questions.labels, return_inverse=True)
    counts = np.zeros((len(names), int(questions.groups.max()) + 1))
    np.add.at(counts, (label, questions.groups), 1)
    mine, group = label[questions.queries], questions.groups[questions.queries]
    alike = counts.sum(axis=1)[mine] - counts[mine, group]
    others = (counts.sum() - counts.sum(axis=0)[group]).astype(np.float64)
    share = alike / np.maximum(others, 1)
    chance = np.column_stack([share * np.minimum(k, others) / k for k in at])
    return chance, np.column_stack([np.minimum(k, alike) / k for k in at])


def _by_class(
    questions: Questions, values: NDArray[np.float64], resamples: int, seed: int
) -> NDArray[np.float64]:
    """Return means (1 + B, 1 + K, M, A) of values (Q, M, A): macro, then each class.

    The first is of the queries as they are, the others of resamples of their groups. A class that
    is not in a resample has no mean there (NaN), and the macro mean takes the others.
    """
    _, label = np.unique(questions.labels[questions.queries], return_inverse=True)
    _, group = np.unique(questions.groups[questions.queries], return_inverse=True)
    shape = (int(group.max()) + 1, int(label.max()) + 1)
    sums = np.zeros((*shape, *values.shape[1:]))
    counts = np.zeros(shape)
    np.add.at(sums, (group, label), values)
    np.add.at(counts, (group, label), 1)
    weights = np.vstack([np.ones(shape[0]), resample_groups(shape[0], resamples, seed)])
    with np.errstate(invalid="ignore"):
        means = np.tensordot(weights, sums, axes=1) / (weights @ counts)[:, :, None, None]
    return np.concatenate([np.nanmean(means, axis=1, keepdims=True), means], axis=1)


def _counts(questions: Questions, names: NDArray[np.str_]) -> list[int]:
    mine = questions.labels[questions.queries]
    return [int((mine == name).sum()) for name in names]


def _said(drawn: NDArray[np.float64]) -> dict[str, float]:
    low, high = interval(_finite(drawn))
    return {"value": float(drawn[0]), "low": low, "high": high}


def _finite(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the resamples (B,) in which there is a value; without any, the value itself."""
    kept = drawn[1:][np.isfinite(drawn[1:])]
    return kept if len(kept) else drawn[:1]
