"""Probes: simple models on frozen features, for shares of the labels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skyloom.analyze.calibration import (
    CALIBRATION_COLUMNS,
    RELIABILITY_COLUMNS,
    calibrate,
    fit_temperature,
)
from skyloom.analyze.classifiers import class_scores
from skyloom.analyze.features import Features
from skyloom.analyze.per_class import CLASS_COLUMNS, per_class
from skyloom.analyze.predictions import PREDICTION_COLUMNS, score_table
from skyloom.analyze.regularisation import (
    FOLDS,
    choose_regularisation,
    known_out_of_fold,
    out_of_fold,
)
from skyloom.analyze.task import Task, draws_of, tasks_of
from skyloom.settings.probe import ProbeSettings

SCORE_COLUMNS = [
    *("by", "probe", "fraction", "seed", "split", "metric", "value", "low", "high", "n"),
    *("labels", "originals", "inverse_regularisation"),
]


@dataclass(frozen=True)
class ProbeResult:
    """What probes give.

    Attributes:
        scores: one row per (by, probe, fraction, seed, split, metric).
        predictions: one row per image of each of these.
        classes: of each class, by the first model with the most labels.
        calibration: of logistic regression with all labels, before and after temperature scaling.
        reliability: its confidence and accuracy by bin.
    """

    scores: pd.DataFrame
    predictions: pd.DataFrame
    classes: pd.DataFrame
    calibration: pd.DataFrame
    reliability: pd.DataFrame


COLUMNS = (
    SCORE_COLUMNS,
    PREDICTION_COLUMNS,
    list(CLASS_COLUMNS),
    list(CALIBRATION_COLUMNS),
    list(RELIABILITY_COLUMNS),
)


def probe(features: Features, settings: ProbeSettings, pca: int | None, seed: int) -> ProbeResult:
    """Train on shares of the labelled training images, score on val and test.

    Features are standardised (and reduced by PCA, if asked) on all training images. Of several
    values of C one is chosen by cross-validation inside the training split; val and test choose
    nothing. Without training labels, or without anything to score on, all tables are empty.

    Raises:
        TaskError: the index has no such split.
    """
    found: list[list[pd.DataFrame]] = [[] for _ in COLUMNS]
    for task in tasks_of(features.index, settings.splits):
        inputs = _standardised(features.vectors, task.split == "train", pca)
        groups = features.index["group"].to_numpy(dtype=str)[task.train]
        strength = choose_regularisation(
            inputs[task.train], task.labels[task.train], groups, settings
        )
        predictions, counts = _predictions(task, inputs, strength, settings, seed)
        found[0].append(_scores(predictions, counts, strength, settings, seed))
        found[1].append(predictions)
        found[2].append(_classes(predictions, settings, seed))
        for place, table in enumerate(_calibration(task, inputs, strength, settings, seed)):
            found[3 + place].append(table)
    return ProbeResult(*map(_joined, found, COLUMNS))


def _joined(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return (
        pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    )


def _predictions(
    task: Task,
    inputs: NDArray[np.float32],
    strength: float,
    settings: ProbeSettings,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what every model says with every draw of the labels, and how many labels these are."""
    tables, counts = [], []
    classes, scored = len(task.names), inputs[task.scored]
    for kind in settings.kinds:
        for fraction, draw, chosen in draws_of(task, settings, seed):
            labels = task.labels[chosen]
            scores = class_scores(kind, inputs[chosen], labels, scored, classes, strength, settings)
            about = {"by": task.by, "probe": kind, "fraction": fraction, "seed": draw}
            table = task.predictions(scores).assign(**about)
            if kind == "ridge":
                table["probability"] = np.nan
            tables.append(table)
            originals = task.index["original"].iloc[chosen].nunique()
            counts.append({**about, "labels": len(chosen), "originals": originals})
            right = float((table["predicted"] == table["truth"]).mean())
            print(f"{task.by}, {kind}: {fraction:.0%}, draw {draw}: {len(chosen)} -> {right:.3f}")
    return pd.concat(tables, ignore_index=True), pd.DataFrame(counts)


def _scores(
    predictions: pd.DataFrame,
    counts: pd.DataFrame,
    strength: float,
    settings: ProbeSettings,
    seed: int,
) -> pd.DataFrame:
    scores = score_table(predictions, settings.bootstrap, seed).merge(counts)
    logistic = scores["probe"] == "logistic"
    return scores.assign(inverse_regularisation=np.where(logistic, strength, np.nan))


def _classes(predictions: pd.DataFrame, settings: ProbeSettings, seed: int) -> pd.DataFrame:
    shown = predictions[
        (predictions["probe"] == settings.kinds[0])
        & (predictions["fraction"] == max(settings.fractions))
        & (predictions["seed"] == 0)
    ]
    return pd.concat(
        per_class(part, settings.bootstrap, seed).assign(by=part["by"].iloc[0], split=split)
        for split, part in shown.groupby("split")
    )


def _calibration(
    task: Task,
    inputs: NDArray[np.float32],
    strength: float,
    settings: ProbeSettings,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return calibration and reliability of logistic regression on every scored split.

    The temperature is fitted to predictions of training images by models that had not seen their
    groups but knew their classes; with too few groups, or without such images, it is 1.
    """
    train, classes = task.train, len(task.names)
    groups = task.index["group"].to_numpy(dtype=str)
    fit = inputs[train], task.labels[train]
    temperature = 1.0
    if len(np.unique(groups[train])) >= FOLDS:
        unseen = out_of_fold(*fit, groups[train], classes, strength, settings)
        known = known_out_of_fold(fit[1], groups[train])
        temperature = fit_temperature(unseen[known], fit[1][known])
    tables, bins = [], []
    for split in np.unique(task.split[task.scored]):
        mine = task.scored[task.split[task.scored] == split]
        said = class_scores("logistic", *fit, inputs[mine], classes, strength, settings)
        table, binned = calibrate(
            said,
            task.labels[mine],
            groups[mine],
            temperature,
            settings.confident,
            settings.bootstrap,
            seed,
        )
        tables.append(table.assign(by=task.by, split=split))
        bins.append(binned.assign(by=task.by, split=split))
    return pd.concat(tables), pd.concat(bins)


def _standardised(
    vectors: NDArray[np.float32], train: NDArray[np.bool_], pca: int | None
) -> NDArray[np.float32]:
    steps = [StandardScaler()]
    if pca is not None:
        width = min(pca, int(train.sum()), vectors.shape[1])
        steps = [StandardScaler(), PCA(width, svd_solver="full"), StandardScaler()]
    pipeline = make_pipeline(*steps).fit(vectors[train])
    return np.asarray(pipeline.transform(vectors), dtype=np.float32)
