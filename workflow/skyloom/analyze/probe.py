"""Linear probes: logistic regression on frozen features, for shares of the labels."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skyloom.analyze.features import Features
from skyloom.analyze.scores import (
    METRICS,
    bootstrap_metrics,
    group_confusions,
    interval,
    metrics_of,
    resample_groups,
)
from skyloom.label_draws import draw_originals
from skyloom.settings.probe import ProbeSettings

FOLDS = 3
SCORED = ("val", "test")
SCORE_COLUMNS = [
    *("fraction", "seed", "split", "metric", "value", "low", "high", "n"),
    *("labels", "originals", "inverse_regularisation"),
]
PREDICTION_COLUMNS = [
    *("fraction", "seed", "split", "image_id", "group"),
    *("truth", "predicted", "probability"),
]


@dataclass(frozen=True)
class ProbeResult:
    """Scores, one row per (fraction, seed, split, metric), and predictions, one per image."""

    scores: pd.DataFrame
    predictions: pd.DataFrame


def probe(features: Features, settings: ProbeSettings, pca: int | None, seed: int) -> ProbeResult:
    """Train on shares of the labelled training images, score on val and test.

    Features are standardised (and reduced by PCA, if asked) on all training images. Of several
    values of C one is chosen by cross-validation inside the training split; val and test choose
    nothing. Without training labels, or without anything to score on, both tables are empty.
    """
    index = features.index
    labelled = index["label"].notna().to_numpy()
    train = np.flatnonzero(labelled & (index["split"] == "train").to_numpy())
    scored = np.flatnonzero(labelled & index["split"].isin(SCORED).to_numpy())
    if len(train) == 0 or len(scored) == 0:
        print(f"{len(train)} labelled training images, {len(scored)} to score: no probe")
        return ProbeResult(
            pd.DataFrame(columns=SCORE_COLUMNS), pd.DataFrame(columns=PREDICTION_COLUMNS)
        )
    inputs = _standardised(features, pca)
    labels = index["label"].astype("string").fillna("").to_numpy(dtype=str)
    strength = choose_regularisation(
        inputs[train], labels[train], index["group"].to_numpy()[train], settings
    )
    originals = index["original"].astype(str).to_numpy()
    predictions = []
    for fraction, draw in _draws(settings):
        chosen = train[draw_originals(originals[train], labels[train], fraction, seed + draw)]
        predicted, probability = _fit_predict(
            inputs, labels, chosen, scored, strength, settings.balanced
        )
        table = index.iloc[scored][["split", "image_id", "group"]].assign(
            fraction=fraction, seed=draw, truth=labels[scored], predicted=predicted
        )
        table["probability"] = probability
        table["labels"] = len(chosen)
        table["originals"] = len(np.unique(originals[chosen]))
        predictions.append(table)
        accuracy = float(np.mean(predicted == labels[scored]))
        print(f"{fraction:.0%} of labels, draw {draw}: {len(chosen)} images, {accuracy:.3f}")
    joined = pd.concat(predictions, ignore_index=True)
    scores = score_table(joined, settings.bootstrap, seed)
    scores["inverse_regularisation"] = strength
    return ProbeResult(scores[SCORE_COLUMNS], joined[PREDICTION_COLUMNS])


def choose_regularisation(
    inputs: NDArray[np.float32],
    labels: NDArray[np.str_],
    groups: NDArray[np.str_],
    settings: ProbeSettings,
) -> float:
    """Return the C of the highest cross-validated score over groups; ties go to the smaller.

    The score is balanced accuracy when classes are weighted, else accuracy. With too few groups
    for the folds, the middle of the range is returned.
    """
    strengths = sorted(settings.inverse_regularisation)
    if len(np.unique(groups)) < FOLDS or len(strengths) == 1:
        return strengths[len(strengths) // 2]
    names, numbers = np.unique(labels, return_inverse=True)
    column = METRICS.index("balanced_accuracy" if settings.balanced else "accuracy")
    found = []
    for strength in strengths:
        scores = []
        for fit, check in GroupKFold(FOLDS).split(inputs, labels, groups):
            said, _ = _fit_predict(inputs, labels, fit, check, strength, settings.balanced)
            numbers_said = np.searchsorted(names, said)
            confusion = group_confusions(
                numbers[check], numbers_said, np.zeros(len(check), dtype=np.int64), len(names)
            )
            scores.append(metrics_of(confusion[0])[column])
        found.append(float(np.mean(scores)))
        print(f"C = {strength:g}: cross-validated {METRICS[column]} {found[-1]:.3f}")
    return strengths[int(np.argmax(found))]


def score_table(predictions: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Return one row per (fraction, seed, split, metric) with its 95 % interval over groups."""
    names = np.unique(predictions[["truth", "predicted"]].to_numpy(dtype=str))
    rows = []
    for (split, fraction, draw), part in predictions.groupby(["split", "fraction", "seed"]):
        confusions = confusions_of(part, names)
        weights = resample_groups(len(confusions), resamples, seed)
        drawn = bootstrap_metrics(confusions, weights)
        values = metrics_of(confusions.sum(axis=0))
        for place, metric in enumerate(METRICS):
            low, high = interval(drawn[:, place])
            rows.append(
                {
                    "fraction": fraction,
                    "seed": draw,
                    "split": split,
                    "metric": metric,
                    "value": float(values[place]),
                    "low": low,
                    "high": high,
                    "n": len(part),
                    "labels": int(part["labels"].iloc[0]),
                    "originals": int(part["originals"].iloc[0]),
                }
            )
    return pd.DataFrame(rows)


def confusions_of(predictions: pd.DataFrame, names: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return confusions per group (G, K, K) of predictions, with `names` as the K classes."""
    truth = np.searchsorted(names, predictions["truth"].to_numpy(dtype=str))
    said = np.searchsorted(names, predictions["predicted"].to_numpy(dtype=str))
    _, groups = np.unique(predictions["group"].to_numpy(dtype=str), return_inverse=True)
    return group_confusions(truth, said, groups, len(names))


def _draws(settings: ProbeSettings) -> Iterator[tuple[float, int]]:
    for fraction in sorted(settings.fractions):
        for draw in range(settings.seeds if fraction < 1 else 1):
            yield fraction, draw


def _standardised(features: Features, pca: int | None) -> NDArray[np.float32]:
    train = (features.index["split"] == "train").to_numpy()
    steps = [StandardScaler()]
    if pca is not None:
        width = min(pca, int(train.sum()), features.vectors.shape[1])
        steps = [StandardScaler(), PCA(width, svd_solver="full"), StandardScaler()]
    pipeline = make_pipeline(*steps).fit(features.vectors[train])
    return np.asarray(pipeline.transform(features.vectors), dtype=np.float32)


def _fit_predict(
    inputs: NDArray[np.float32],
    labels: NDArray[np.str_],
    fit: NDArray[np.int64],
    check: NDArray[np.int64],
    strength: float,
    balanced: bool,
) -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    """Return the predicted class of each image in `check` and its probability."""
    if len(np.unique(labels[fit])) == 1:
        return np.full(len(check), labels[fit][0]), np.ones(len(check))
    weight = "balanced" if balanced else None
    model = LogisticRegression(C=strength, class_weight=weight, max_iter=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            model.fit(inputs[fit], labels[fit])
        except ConvergenceWarning:
            print(f"logistic regression at C = {strength:g} stopped at {model.max_iter} iterations")
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(inputs[fit], labels[fit])
    probability = model.predict_proba(inputs[check])  # (M, K)
    best = probability.argmax(axis=1)
    return model.classes_[best], probability[np.arange(len(check)), best]
