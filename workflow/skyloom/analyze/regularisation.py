"""The C of the logistic regression, chosen inside the training split."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from skyloom.analyze.classifiers import Numbers, Vectors, class_scores
from skyloom.analyze.scores import METRICS, group_confusions, metrics_of
from skyloom.settings.probe import ProbeSettings

FOLDS = 3


def choose_regularisation(
    inputs: Vectors, labels: Numbers, groups: NDArray[np.str_], settings: ProbeSettings
) -> float:
    """Return the C of the highest cross-validated score over groups; ties go to the smaller.

    The score is balanced accuracy when classes are weighted, else accuracy. With too few groups
    for the folds, the middle of the range is returned.
    """
    strengths = sorted(settings.inverse_regularisation)
    if len(np.unique(groups)) < FOLDS or len(strengths) == 1:
        return strengths[len(strengths) // 2]
    classes = int(labels.max()) + 1
    column = METRICS.index("balanced_accuracy" if settings.balanced else "accuracy")
    found = []
    for strength in strengths:
        said = out_of_fold(inputs, labels, groups, classes, strength, settings).argmax(axis=1)
        together = np.zeros(len(labels), dtype=np.int64)
        confusion = group_confusions(labels, said, together, classes)
        found.append(float(metrics_of(confusion[0])[column]))
        print(f"C = {strength:g}: cross-validated {METRICS[column]} {found[-1]:.3f}")
    return strengths[int(np.argmax(found))]


def out_of_fold(
    inputs: Vectors,
    labels: Numbers,
    groups: NDArray[np.str_],
    classes: int,
    strength: float,
    settings: ProbeSettings,
) -> NDArray[np.float32]:
    """Return logistic probabilities (N, K) of images whose groups the model has not seen."""
    found = np.zeros((len(labels), classes), dtype=np.float32)
    for fit, check in _folds(labels, groups):
        found[check] = class_scores(
            "logistic", inputs[fit], labels[fit], inputs[check], classes, strength, settings
        )
    return found


def known_out_of_fold(labels: Numbers, groups: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return of which images the model of `out_of_fold` was fitted to their class, (N,)."""
    known = np.zeros(len(labels), dtype=np.bool_)
    for fit, check in _folds(labels, groups):
        known[check] = np.isin(labels[check], labels[fit])
    return known


def _folds(
    labels: Numbers, groups: NDArray[np.str_]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield which images each model is fitted to, and which it predicts."""
    yield from GroupKFold(FOLDS).split(labels, groups=groups)
