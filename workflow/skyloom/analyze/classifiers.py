"""Simple models on frozen features: logistic regression, ridge and nearest neighbours."""

import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from skyloom.settings.probe import Kind, ProbeSettings

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]

TEMPERATURE = 0.07
"""Of the votes of neighbours, exp(cosine / temperature): Wu et al. 2018."""


def class_scores(
    kind: Kind,
    train: Vectors,
    labels: Numbers,
    check: Vectors,
    classes: int,
    strength: float,
    settings: ProbeSettings,
) -> Scores:
    """Fit a model and return what it gives each class of each image.

    Args:
        kind: the model.
        train: standardised features (N, D).
        labels: class numbers (N,), 0 to classes - 1; some may be absent.
        check: standardised features (M, D).
        classes: K.
        strength: C of the logistic regression.
        settings: of the other models, and whether classes are weighted.

    Returns:
        (M, K): probabilities that sum to 1 for logistic and knn, signed distances for ridge. A
        class that was not seen has the lowest value of its row.
    """
    present = np.unique(labels)
    if len(present) == 1:
        found = np.ones((len(check), 1), dtype=np.float32)
    elif kind == "logistic":
        found = _logistic(train, labels, check, strength, settings.balanced)
    elif kind == "ridge":
        found = _ridge(train, labels, check, settings)
    else:
        found = _nearest(train, np.searchsorted(present, labels), check, settings)
    lowest = found.min(axis=1, keepdims=True) - 1 if kind == "ridge" else np.float32(0)
    scores = np.broadcast_to(lowest, (len(check), classes)).astype(np.float32)
    scores[:, present] = found
    return scores


def _logistic(
    train: Vectors, labels: Numbers, check: Vectors, strength: float, balanced: bool
) -> Scores:
    weight = "balanced" if balanced else None
    model = LogisticRegression(C=strength, class_weight=weight, max_iter=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            model.fit(train, labels)
        except ConvergenceWarning:
            print(f"logistic regression at C = {strength:g} stopped at {model.max_iter} iterations")
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(train, labels)
    return np.asarray(model.predict_proba(check), dtype=np.float32)


def _ridge(train: Vectors, labels: Numbers, check: Vectors, settings: ProbeSettings) -> Scores:
    weight = "balanced" if settings.balanced else None
    model = RidgeClassifier(alpha=settings.ridge_alpha, class_weight=weight)
    # In single precision so small an alpha leaves the normal equations singular.
    distance = model.fit(train.astype(np.float64), labels).decision_function(check)
    if distance.ndim == 1:  # two classes
        distance = np.stack([-distance, distance], axis=1)
    return np.asarray(distance, dtype=np.float32)


def _nearest(train: Vectors, labels: Numbers, check: Vectors, settings: ProbeSettings) -> Scores:
    """Return weighted shares of the votes of the neighbours of highest cosine."""
    base = torch.nn.functional.normalize(torch.from_numpy(train), dim=1)  # (N, D)
    votes = torch.nn.functional.one_hot(torch.from_numpy(labels)).float()  # (N, K)
    if settings.balanced:
        votes = votes / votes.sum(dim=0)
    found = []
    for start in range(0, len(check), 1024):
        query = torch.from_numpy(check[start : start + 1024])
        cosine = torch.nn.functional.normalize(query, dim=1) @ base.T  # (Q, N)
        top, places = cosine.topk(min(settings.neighbours, len(base)), dim=1)
        weight = ((top - top[:, :1]) / TEMPERATURE).exp()  # (Q, k)
        share = (weight[..., None] * votes[places]).sum(dim=1)  # (Q, K)
        found.append(share / share.sum(dim=1, keepdim=True))
    return np.asarray(torch.cat(found).numpy(), dtype=np.float32)
