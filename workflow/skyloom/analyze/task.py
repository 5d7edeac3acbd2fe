"""What is to be told apart: labels under one split of the images, and shares of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.errors import SkyloomError
from skyloom.label_draws import draw_originals
from skyloom.settings.base import nearest
from skyloom.settings.probe import ProbeSettings

SCORED = ("val", "test")


class TaskError(SkyloomError):
    """The images are not split as asked."""


@dataclass(frozen=True)
class Task:
    """Labels of all images under one split.

    Attributes:
        by: the column of the index that splits.
        index: the images' rows, N of them.
        split: what that column says, (N,).
        names: the classes, in order.
        labels: class numbers (N,), -1 without a label.
        train, scored: positions of the labelled images to train and to score on.
    """

    by: str
    index: pd.DataFrame
    split: NDArray[np.str_]
    names: NDArray[np.str_]
    labels: NDArray[np.int64]
    train: NDArray[np.int64]
    scored: NDArray[np.int64]

    def predictions(self, scores: NDArray[np.float32]) -> pd.DataFrame:
        """Return one row per scored image, given class scores (M, K) of these images."""
        best = scores.argmax(axis=1)
        rows = self.index.iloc[self.scored]
        truth = self.labels[self.scored]
        return pd.DataFrame(
            {
                "by": self.by,
                "split": self.split[self.scored],
                "image_id": rows["image_id"].to_numpy(),
                "group": rows["group"].to_numpy(),
                "truth": self.names[truth],
                "predicted": self.names[best],
                "probability": scores.max(axis=1),
                "class_scores": list(scores),
                "truth_place": truth,
            }
        )


def tasks_of(index: pd.DataFrame, splits: Sequence[str]) -> Iterator[Task]:
    """Yield a task for each split that has labelled images to train and to score on.

    Raises:
        TaskError: the index has no such column.
    """
    known = index["label"].notna().to_numpy()
    said = index["label"].dropna().to_numpy(dtype=str)
    names = np.unique(said)
    labels = np.full(len(index), -1)
    labels[known] = np.searchsorted(names, said)
    for by in splits:
        split = split_of(index, by)
        train = np.flatnonzero(known & (split == "train"))
        scored = np.flatnonzero(known & np.isin(split, SCORED))
        if len(train) == 0 or len(scored) == 0:
            print(f"{by}: {len(train)} labelled training images, {len(scored)} to score: no probe")
            continue
        yield Task(by, index, split, names, labels, train, scored)


def split_of(index: pd.DataFrame, by: str) -> NDArray[np.str_]:
    """Return what a column of the index says of each image's split, (N,); empty where nothing.

    Raises:
        TaskError: the index has no such column.
    """
    if by not in index.columns:
        columns = [name for name in index.columns if name.startswith("split")]
        raise TaskError(f"probe.splits: the images have no '{by}'.{nearest(by, columns)}")
    return np.asarray(index[by].astype("string").fillna(""), dtype=str)


def draws_of(
    task: Task, settings: ProbeSettings, seed: int
) -> Iterator[tuple[float, int, NDArray[np.int64]]]:
    """Yield share, draw, and the positions of the images of each draw of the labels."""
    originals = task.index["original"].astype(str).to_numpy()[task.train]
    labels = task.names[task.labels[task.train]]
    for fraction in sorted(settings.fractions):
        for draw in range(settings.seeds if fraction < 1 else 1):
            chosen = draw_originals(originals, labels, fraction, seed + draw)
            yield fraction, draw, task.train[chosen]
