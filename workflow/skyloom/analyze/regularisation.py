"""The C of the logistic regression, chosen inside the training split."""

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
    for fit, check in GroupKFold(FOLDS).split(inputs, labels, groups):
        found[check] = class_scores(
            "logistic", inputs[fit], labels[fit], inputs[check], classes, strength, settings
        )
    return found
