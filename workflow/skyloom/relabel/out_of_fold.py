"""Probabilities by models that saw nothing of an image's group, as a type of their own.

What ranks labels takes only this type, and nothing but `Member` makes it, which refuses images of
a group that its model has seen: a prediction in-sample cannot enter a queue.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from skyloom.errors import SkyloomError
from skyloom.tables import embedding_column, read_embedding, read_metadata, read_table, write_table


class InSampleError(SkyloomError):
    """A model is asked about what it has seen."""


@dataclass(frozen=True)
class Member:
    """One model of an ensemble and what it says of images that it has not seen.

    Attributes:
        name: fold and seed, such as `3-1`.
        classes: in the order of the probabilities.
        seen: the groups that it was trained on or stopped by.
        image_id, group: of the images, (N,).
        probabilities: (N, K).
        labels_sha256: of the table of labels that it was trained with.
    """

    name: str
    classes: tuple[str, ...]
    seen: frozenset[str]
    image_id: NDArray[np.str_]
    group: NDArray[np.str_]
    probabilities: NDArray[np.float32]
    labels_sha256: str = ""

    def __post_init__(self) -> None:
        known = [group for group in np.unique(self.group) if str(group) in self.seen]
        if known:
            raise InSampleError(
                f"model {self.name} was trained on the group '{known[0]}', of which it predicts "
                f"images ({len(known)} such groups). Leave them to a model of another fold."
            )


@dataclass(frozen=True)
class OutOfFold:
    """What the models that have not seen an image's group say of it, together.

    Attributes:
        classes: in the order of the probabilities.
        image_id: (N,), sorted.
        mean, deviation: over the models, (N, K).
        models: how many there are, (N,).
    """

    classes: tuple[str, ...]
    image_id: NDArray[np.str_]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    models: NDArray[np.int64]

    @classmethod
    def of(cls, members: Sequence[Member]) -> "OutOfFold":
        """Join members; an image may be predicted by several.

        Raises:
            InSampleError: the members were trained on different labels or classes.
        """
        if len({(member.classes, member.labels_sha256) for member in members}) != 1:
            raise InSampleError(
                f"{len(members)} models with different classes or labels: "
                f"{', '.join(member.name for member in members)}. Rerun crossfit for all."
            )
        ids = np.concatenate([member.image_id for member in members])
        values = np.concatenate([member.probabilities for member in members]).astype(np.float64)
        names, place = np.unique(ids, return_inverse=True)
        models = np.bincount(place)
        mean = _sums(values, place, len(names)) / models[:, None]
        spread = _sums((values - mean[place]) ** 2, place, len(names)) / models[:, None]
        return cls(members[0].classes, names, mean, np.sqrt(spread), models)

    def rows_of(self, image_ids: NDArray[np.str_]) -> NDArray[np.int64]:
        """Return the places of images; raise `InSampleError` where one was not predicted."""
        place = np.minimum(np.searchsorted(self.image_id, image_ids), len(self.image_id) - 1)
        absent = self.image_id[place] != image_ids
        if absent.any():
            raise InSampleError(
                f"{int(absent.sum())} images have no prediction out of fold, the first is "
                f"{image_ids[absent][0]}. Rerun crossfit for all folds."
            )
        return place


def _sums(values: NDArray[np.float64], place: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Return the sums (count, K) of values (M, K) that belong to the same place."""
    total = np.zeros((count, values.shape[1]))
    np.add.at(total, place, values)
    return total


def write_member(path: Path, member: Member) -> None:
    """Write what a model says as Parquet, with what it has seen in the metadata."""
    table = pa.table(
        {
            "image_id": pa.array(member.image_id.tolist(), pa.string()),
            "group": pa.array(member.group.tolist(), pa.string()),
            "probabilities": embedding_column(member.probabilities),
        }
    )
    said = {
        "member": member.name,
        "classes": json.dumps(member.classes),
        "seen_groups": json.dumps(sorted(member.seen)),
        "labels_sha256": member.labels_sha256,
    }
    write_table(path, table, said)


def read_member(path: Path) -> Member:
    """Read what `write_member` wrote; raise `InSampleError` where it is about seen groups."""
    said = read_metadata(path)
    if "seen_groups" not in said:
        raise InSampleError(f"{path} does not say what its model has seen. Rerun crossfit.")
    table = read_table(path, ["image_id", "group", "probabilities"])
    return Member(
        name=said["member"],
        classes=tuple(json.loads(said["classes"])),
        seen=frozenset(json.loads(said["seen_groups"])),
        image_id=table["image_id"].to_numpy(dtype=str),
        group=table["group"].to_numpy(dtype=str),
        probabilities=read_embedding(path, "probabilities"),
        labels_sha256=said["labels_sha256"],
    )


def describe(found: OutOfFold, image_ids: NDArray[np.str_]) -> pd.DataFrame:
    """Return one row per image: its predicted class, probability, spread and number of models."""
    place = found.rows_of(image_ids)
    best = found.mean[place].argmax(axis=1)
    rows = np.arange(len(place))
    return pd.DataFrame(
        {
            "image_id": image_ids,
            "predicted": np.array(found.classes)[best],
            "p_predicted": found.mean[place][rows, best],
            "spread": found.deviation[place][rows, best],
            "models": found.models[place],
        }
    )
