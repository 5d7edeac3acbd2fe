"""One model of the ensemble: which folds it learns from, and what it says of the others."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from skyloom.errors import SkyloomError
from skyloom.learn.classify import EpochScore, Examples, probabilities_of, train_classifier
from skyloom.learn.draws import stream
from skyloom.learn.encoders import seeded
from skyloom.learn.precision import SMALLEST_BF16, resolve_precision
from skyloom.learn.source import Source
from skyloom.learn.video_networks import build_video_network
from skyloom.relabel.hashing import share_of
from skyloom.relabel.labels import trainable
from skyloom.relabel.out_of_fold import Member
from skyloom.settings.relabel import ClassifierSettings, RelabelSettings

BAG = 0.8
"""Share of the groups that each model of features learns from, so that the models differ."""


class CrossfitError(SkyloomError):
    """A model cannot be trained out of fold."""


@dataclass(frozen=True)
class Parts:
    """Positions of a model's images in the index of all.

    Attributes:
        train, check: what it learns from and what it stops by.
        predict: its fold, and the splits that all models predict.
    """

    train: NDArray[np.int64]
    check: NDArray[np.int64]
    predict: NDArray[np.int64]


@dataclass(frozen=True)
class Task:
    """Images and their labels, in the order of an index.

    Attributes:
        index: rows of all readable images, N of them.
        names: the classes.
        numbers: class numbers (N,); -1 where there is none to learn.
        fold: (N,); -1 of images that are not under review.
        keys: one 64-bit number per image, (N,).
        labels_sha256: of the table of labels.
    """

    index: pd.DataFrame
    names: tuple[str, ...]
    numbers: NDArray[np.int64]
    fold: NDArray[np.int64]
    keys: NDArray[np.uint64]
    labels_sha256: str


def task_of(
    index: pd.DataFrame, labels: pd.DataFrame, keys: NDArray[np.uint64], labels_sha256: str
) -> Task:
    """Join the labels of a round to the index of all images."""
    known = labels[trainable(labels)]
    names = sorted(known["label"].unique())
    ids = index["image_id"].astype(str)
    number = ids.map(dict(zip(known["image_id"], known["label"].map(names.index), strict=True)))
    fold = ids.map(dict(zip(labels["image_id"], labels["fold"], strict=True)))
    return Task(
        index=index,
        names=tuple(names),
        numbers=number.fillna(-1).to_numpy(dtype=np.int64),
        fold=fold.fillna(-1).to_numpy(dtype=np.int64),
        keys=keys,
        labels_sha256=labels_sha256,
    )


def parts_of(task: Task, fold: int, seed: int, settings: RelabelSettings) -> Parts:
    """Return the parts of the model of a fold and seed; another fold each seed is stopped by.

    Raises:
        CrossfitError: the labels to learn from are all of one class, or nothing is to be predicted.
    """
    apart = (fold + 1 + seed % (settings.folds - 1)) % settings.folds
    learnt = (task.numbers >= 0) & (task.fold != fold)
    needs_check = settings.classifier.kind != "features"
    checked = learnt & (task.fold == apart) & needs_check
    train = np.flatnonzero(learnt & ~checked)
    applied = task.index["split"].isin(settings.applied).to_numpy() & (task.fold < 0)
    present = np.unique(task.numbers[train])
    if len(present) < 2 or (needs_check and not checked.any()):
        raise CrossfitError(
            f"model {fold}-{seed} would learn from {len(train)} images of {len(present)} class(es) "
            f"and stop by {int(checked.sum())}: expected two classes. Use fewer, larger "
            "relabel.folds, or review more splits."
        )
    predict = np.flatnonzero((task.fold == fold) | applied)
    if len(predict) == 0:
        raise CrossfitError(
            f"model {fold}-{seed} has nothing to predict: no group fell into fold {fold} of "
            f"{settings.folds}, which are dealt by hash. Use fewer relabel.folds."
        )
    return Parts(train=train, check=np.flatnonzero(checked), predict=predict)


def member_of(task: Task, parts: Parts, name: str, probabilities: NDArray[np.float32]) -> Member:
    """Return what a model says of its images to predict, as a member of the ensemble."""
    groups = task.index["group"].astype(str).to_numpy(dtype=str)
    seen = np.concatenate([parts.train, parts.check])
    return Member(
        name=name,
        classes=task.names,
        seen=frozenset(groups[seen].tolist()),
        image_id=task.index["image_id"].astype(str).to_numpy(dtype=str)[parts.predict],
        group=groups[parts.predict],
        probabilities=probabilities,
        labels_sha256=task.labels_sha256,
    )


def fit_features(
    vectors: NDArray[np.float32], task: Task, parts: Parts, settings: ClassifierSettings, salt: str
) -> tuple[NDArray[np.float32], dict[str, Tensor]]:
    """Fit a logistic regression of features; return probabilities (P, K) and weights.

    Args:
        vectors: features (N, D) of all images.
        task, parts: whose labels, and which images.
        settings: its regularisation.
        salt: draws the groups that it learns from.
    """
    groups = task.index["group"].astype(str).to_numpy(dtype=str)[parts.train]
    bagged = parts.train[share_of(f"bag/{salt}", groups) < BAG]
    train = bagged if len(np.unique(task.numbers[bagged])) > 1 else parts.train
    mean, scale = vectors[train].mean(axis=0), vectors[train].std(axis=0) + 1e-6
    model = LogisticRegression(C=settings.inverse_regularisation, max_iter=2000)
    model.fit((vectors[train] - mean) / scale, task.numbers[train])
    found = model.predict_proba((vectors[parts.predict] - mean) / scale)
    probabilities = np.zeros((len(parts.predict), len(task.names)), dtype=np.float32)
    probabilities[:, model.classes_] = found
    weights = {
        "weight": model.coef_,
        "bias": model.intercept_,
        "mean": mean,
        "scale": scale,
        "classes": model.classes_,
    }
    return probabilities, {name: torch.from_numpy(value) for name, value in weights.items()}


def fit_network(
    open_images: Callable[[NDArray[np.int64]], Source],
    frames: int,
    task: Task,
    parts: Parts,
    settings: ClassifierSettings,
    salt: str,
    device: torch.device,
) -> tuple[NDArray[np.float32], dict[str, Tensor], list[EpochScore]]:
    """Train a network on videos; return probabilities (P, K), weights and the scores of epochs.

    Args:
        open_images: gives the videos at positions of the index as a source.
        frames: T.
        task, parts, settings: whose labels, which images, how.
        salt: of the initial weights, the order and the dropout.
        device: where it is trained.
    """
    seed = stream("crossfit", salt)
    seeded(seed)
    network = build_video_network(settings.kind, frames, len(task.names))
    network.to(device).to(memory_format=torch.channels_last)
    dtype = resolve_precision("auto", device, SMALLEST_BF16)
    used = np.concatenate([parts.train, parts.check])
    count = len(parts.train)
    examples = Examples(
        source=open_images(used),
        keys=task.keys[used],
        labels=task.numbers[used],
        train=np.arange(count),
        check=np.arange(count, len(used)),
    )
    scores = train_classifier(network, examples, settings, seed, dtype)
    others = open_images(parts.predict)
    probabilities = probabilities_of(network, others, np.arange(len(parts.predict)))
    weights = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    return probabilities.numpy(), weights, scores
