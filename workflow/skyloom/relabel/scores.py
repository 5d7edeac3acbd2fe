"""How good the models of a round are, out of fold and on the splits that none of them saw."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.calibration import expected_calibration_error, fit_temperature, reliability
from skyloom.relabel.labels import trainable
from skyloom.relabel.out_of_fold import OutOfFold
from skyloom.settings.relabel import RelabelSettings


def is_stable(found: OutOfFold, threshold: float) -> NDArray[np.bool_]:
    """Return of which images all is on one side, (N,).

    Of two classes: mean plus and minus the deviation over the models, of the second class, keep to
    one side of the threshold. Of more: the best class leads by more than its deviation.
    """
    if len(found.classes) == 2:
        mean, deviation = found.mean[:, 1], found.deviation[:, 1]
        return np.asarray(np.abs(mean - threshold) > deviation, dtype=np.bool_)
    ordered = np.sort(found.mean, axis=1)
    rows = np.arange(len(found.mean))
    deviation = found.deviation[rows, found.mean.argmax(axis=1)]
    return np.asarray(ordered[:, -1] - ordered[:, -2] > deviation, dtype=np.bool_)


def score_rounds(
    found: OutOfFold, index: pd.DataFrame, labels: pd.DataFrame, settings: RelabelSettings
) -> pd.DataFrame:
    """Return accuracy, calibration and their split by stability, against the labels of the round.

    One row per part (items out of fold, or an applied split) and kind that has any image (all,
    stable, unstable). The temperature leaves out items of a class that their models never saw.
    """
    stable = pd.Series(is_stable(found, settings.threshold), index=found.image_id)
    rows = []
    for part, names, numbers, learnt in _parts(found, index, labels, settings):
        place = found.rows_of(names)
        probabilities = found.mean[place].astype(np.float32)
        hit = probabilities.argmax(axis=1) == numbers
        temperature = fit_temperature(probabilities[learnt], numbers[learnt])
        steady = stable.loc[names].to_numpy()
        kinds = {"all": steady | True, "stable": steady, "unstable": ~steady}
        for kind, chosen in kinds.items():
            if not chosen.any():
                continue
            bins = reliability(probabilities[chosen].max(axis=1), hit[chosen])
            rows.append(
                {
                    "part": part,
                    "kind": kind,
                    "images": int(chosen.sum()),
                    "accuracy": float(hit[chosen].mean()),
                    "calibration_error": expected_calibration_error(bins),
                    "temperature": temperature,
                    "models": float(found.models[place].mean()),
                }
            )
    return pd.DataFrame(rows)


def _parts(
    found: OutOfFold, index: pd.DataFrame, labels: pd.DataFrame, settings: RelabelSettings
) -> Iterator[tuple[str, NDArray[np.str_], NDArray[np.int64], NDArray[np.bool_]]]:
    """Yield name, images and class numbers of what is scored, and whether models learnt the class.

    All models together, which predict the applied splits, learnt every class.
    """
    tables = {"out of fold": labels.assign(learnt=_learnt(labels))}
    for split in settings.applied:
        mine = index["split"].eq(split) & index["label"].isin(found.classes)
        tables[split] = index[mine].assign(learnt=True)
    for name, table in tables.items():
        known = table[table["label"].isin(found.classes)]
        ids = known["image_id"].to_numpy(dtype=str)
        if len(ids):
            numbers = np.searchsorted(found.classes, known["label"].to_numpy(dtype=str))
            yield name, ids, numbers, known["learnt"].to_numpy(dtype=bool)


def _learnt(labels: pd.DataFrame) -> pd.Series:
    """Return of which items the class has labels in another fold, which their models learn from."""
    folds = labels[trainable(labels)].groupby("label")["fold"].nunique()
    return labels["label"].map(folds) > 1
