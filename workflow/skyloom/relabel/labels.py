"""The labels under review: crude ones, and what closed rounds made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.cluster_numbers import ALGORITHMS, Algorithm
from skyloom.digest import sha256_of_json
from skyloom.errors import SkyloomError
from skyloom.relabel.folds import folds_of
from skyloom.relabel.hashing import share_of
from skyloom.relabel.sealed import Row, Sealed
from skyloom.settings.relabel import RelabelSettings

State = Literal["crude", "kept", "corrected", "other", "unsure", "conflict"]
DECIDED = ("kept", "corrected", "other")
_DECISIONS: dict[str, State] = {"keep": "kept", "fix": "corrected", "other": "other"}
LABEL_COLUMNS = ("image_id", "group", "original", "split", "fold", "crude", "label", "state")
MOST_UNSURE = 2
"""Rounds in which an item may be unsure; then it counts as looked at, with the label it has."""


class LabelError(SkyloomError):
    """The images have no labels that could be reviewed."""


@dataclass
class _Standing:
    """Label and state of one item while rounds are gone through."""

    label: str
    state: State = "crude"
    times_unsure: int = 0
    round: int = 0

    def take(self, row: Row, number: int) -> None:
        """Change by what a closed round says."""
        if row.verdict == "open":
            return
        self.round = number
        if row.verdict in ("unsure", "conflict"):
            self.state = row.verdict
            self.times_unsure += row.verdict == "unsure"
            return
        self.label = row.label
        self.state = _DECISIONS[row.verdict]


def with_names(index: pd.DataFrame, named: pd.DataFrame, algorithm: Algorithm) -> pd.DataFrame:
    """Return the index with the names of clusters in place of the labels; none for the others.

    Args:
        index: of all images.
        named: image_id, algorithm and name of every image in a cluster with a name.
        algorithm: whose clusters.
    """
    mine = named[named["algorithm"] == ALGORITHMS[algorithm]]
    return index.assign(label=index["image_id"].map(mine.set_index("image_id")["name"]))


def crude_labels(index: pd.DataFrame, settings: RelabelSettings, seed: int) -> pd.DataFrame:
    """Return the items under review with fold and crude label, sorted by image_id.

    Raises:
        LabelError: no labelled image in the splits, or all of one class.
    """
    chosen = index["split"].isin(settings.splits) & index["label"].notna()
    items = index[chosen & index["rejected"].isna()].sort_values("image_id", ignore_index=True)
    labels = items["label"].to_numpy(dtype=str)
    names = np.unique(labels)
    if len(names) < 2:
        raise LabelError(
            f"{len(items)} labelled images in the splits {', '.join(settings.splits)}, with "
            f"{'no class' if len(items) == 0 else f'the one class {names[0]}'}: expected at least "
            "two classes. Set relabel.splits, or relabel: null."
        )
    folds = folds_of(items, settings.folds, settings.fold_column, seed)
    crude = spoilt(labels, items["original"].to_numpy(dtype=str), settings.wrong, seed)
    return pd.DataFrame(
        {
            **{name: items[name].astype(str) for name in ("image_id", "group", "original")},
            "split": items["split"].astype(str),
            "fold": folds,
            "crude": crude,
        }
    )


def spoilt(
    labels: NDArray[np.str_], originals: NDArray[np.str_], share: float, seed: int
) -> NDArray[np.str_]:
    """Return labels of which a share was replaced by another class, drawn by hash.

    Copies of one original with one label get one wrong label, as a mistake about the original would
    give them.
    """
    names = np.unique(labels)
    hit = share_of(f"wrong/{seed}", originals) < share
    step = 1 + (share_of(f"which/{seed}", originals) * (len(names) - 1)).astype(np.int64)
    other = names[(np.searchsorted(names, labels) + step) % len(names)]
    return np.where(hit, other, labels)


def labels_after(crude: pd.DataFrame, rounds: Sequence[Sealed]) -> pd.DataFrame:
    """Return the items with label, state and the round that last changed them.

    Verdicts about images that are no longer there are left out.
    """
    items = {
        str(name): _Standing(label)
        for name, label in zip(crude["image_id"], crude["crude"], strict=True)
    }
    for sealed in rounds:
        for row in sealed.rows:
            # A repeat only measures; where it differs, the item is looked at again.
            if row.item in items and not (row.drawn == "repeat" and row.verdict == "keep"):
                items[row.item].take(row, sealed.head.round)
    final = list(items.values())
    for item in final:
        if item.state == "unsure" and item.times_unsure >= MOST_UNSURE:
            item.state = "kept"
    return crude.assign(
        label=[item.label for item in final],
        state=[item.state for item in final],
        round=[item.round for item in final],
    )


def classes_of(labels: pd.DataFrame) -> tuple[str, ...]:
    """Return the classes that a reviewer chooses from: those of the crude labels, in order."""
    return tuple(sorted(labels["crude"].unique()))


def digest_of(labels: pd.DataFrame) -> str:
    """Return the SHA-256 of the items under review and the labels that they came with.

    What an audit found holds for these items with these labels alone.
    """
    items = labels.sort_values("image_id")[["image_id", "crude"]]
    return sha256_of_json(items.to_numpy(dtype=str).tolist())


def trainable(labels: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which items have a class to learn, (N,)."""
    return np.asarray(labels["label"] != "", dtype=np.bool_)
