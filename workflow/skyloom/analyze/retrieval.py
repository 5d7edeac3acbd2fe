"""Search by likeness put to the test: is what lies nearest of the class that was asked with?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.features import Features, unit
from skyloom.analyze.other_groups import best_of_other_groups, cosine_of, nearness_of
from skyloom.analyze.task import split_of
from skyloom.errors import SkyloomError
from skyloom.settings.retrieval import RetrievalSettings

LOOKALIKE_COLUMNS = ("encoder", "image_id", "neighbours")


class RetrievalError(SkyloomError):
    """Search by likeness cannot be measured as asked."""


@dataclass(frozen=True)
class Questions:
    """Labelled images, in an order drawn from the seed, and those that are asked with.

    The order decides between images that are equally similar, so that a sheet sorted by class
    gives features that tell nothing apart no help.

    Attributes:
        ids: (N,).
        places: (N,) in the order of the sheets.
        groups: group numbers (N,); an image without a group is one of its own.
        labels: (N,).
        queries: positions (Q,) of the images that are asked with.
    """

    ids: NDArray[np.str_]
    places: NDArray[np.float64]
    groups: NDArray[np.int64]
    labels: NDArray[np.str_]
    queries: NDArray[np.int64]

    def nearest(self, features: Features, count: int) -> NDArray[np.int64]:
        """Return positions (Q, count) of the images whose features point most alike; -1: none."""
        rows = pd.Index(features.index["image_id"]).get_indexer(pd.Index(self.ids))
        similarity = cosine_of(unit(features.vectors)[rows])
        return best_of_other_groups(similarity, self.groups, self.queries, count)

    def nearest_in_order(self, count: int) -> NDArray[np.int64]:
        """Return positions (Q, count) of the images that stand nearest in the sheets' order."""
        similarity = nearness_of(self.places)
        return best_of_other_groups(similarity, self.groups, self.queries, count)

    def lookalikes(self, encoder: str, found: NDArray[np.int64]) -> pd.DataFrame:
        """Return one row per query with the names of its neighbours, the nearest first."""
        names = [list(self.ids[row[row >= 0]]) for row in found]
        table = {"encoder": encoder, "image_id": self.ids[self.queries], "neighbours": names}
        return pd.DataFrame(table, columns=list(LOOKALIKE_COLUMNS))


def questions_of(index: pd.DataFrame, by: str, settings: RetrievalSettings, seed: int) -> Questions:
    """Return the labelled images, and of each class at most `settings.queries` to ask with.

    Args:
        index: rows of the images that could be read.
        by: column that splits them.
        settings: of the retrieval.
        seed: of the order, and so of the choice of queries.
    """
    known = np.flatnonzero(index["label"].notna())
    known = np.random.default_rng(seed).permutation(known)
    rows = index.iloc[known]
    ids = rows["image_id"].to_numpy(dtype=str)
    groups = rows["group"].fillna("image " + rows["image_id"]).to_numpy(dtype=str)
    labels = rows["label"].to_numpy(dtype=str)
    asked = np.flatnonzero(split_of(rows, by) == settings.split)
    rank = pd.Series(labels[asked]).groupby(labels[asked]).cumcount().to_numpy()
    return Questions(
        ids,
        known.astype(np.float64),
        np.unique(groups, return_inverse=True)[1],
        labels,
        asked[rank < settings.queries],
    )


def counted_as_one(questions: Questions, alike: Mapping[str, Sequence[str]]) -> Questions:
    """Return the questions with classes that count as one under the name of the whole.

    Raises:
        RetrievalError: that name is a class besides.
    """
    known = set(questions.labels)
    whole = {label: name for name, members in alike.items() for label in members}
    for name in alike:
        if name in known and name not in whole:
            raise RetrievalError(
                f"retrieval.alike: '{name}' is the name of a class that is not in it. Add the "
                "class, or choose another name."
            )
    for label in sorted(set(whole) - known):
        print(f"retrieval.alike: no image is of class '{label}'")
    named = [whole.get(label, label) for label in questions.labels]
    return replace(questions, labels=np.array(named, dtype=str))


def mirror_remarks(
    labels: Collection[str], mirroring: Sequence[str], settings: RetrievalSettings, survey: str
) -> list[str]:
    """Return what to say of encoders trained with mirrors where a mirror swaps two classes.

    Args:
        labels: classes of the images.
        mirroring: encoders whose views are mirrored.
        settings: of the retrieval.
        survey: the survey, named in the remarks.
    """
    together = [set(members) for members in settings.alike.values()]
    swapped = [
        pair
        for pair in settings.mirrored
        if set(pair) <= set(labels) and not any(set(pair) <= members for members in together)
    ]
    return [
        f"encoder {encoder} was trained with mirrored views "
        f"({survey}.encoders.{encoder}.pretrain.views: horizontal_flip, vertical_flip), and a "
        f"mirror swaps the classes {one} and {other} ({survey}.reader.labels): its features can "
        f"hardly tell them apart. Set both flips to 0, or let {survey}.retrieval.alike count the "
        "two as one."
        for encoder in mirroring
        for one, other in swapped
    ]
