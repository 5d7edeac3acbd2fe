"""What people said about clusters: one row of a log, and the files beside it.

    reviews/<survey>/clusters/<encoder>.jsonl             rows as they were decided; append-only
    reviews/<survey>/clusters/<encoder>/<sha256>.parquet  the clusters that were on the screen
    reviews/<survey>/clusters/<encoder>/names_01.csv      rows that the workflow reads

A row speaks of a cluster by its number and the SHA-256 of the table of its images.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import AwareDatetime, Field, ValidationError, model_validator

from skyloom.analyze.cluster_numbers import Algorithm
from skyloom.atomic import atomic_path
from skyloom.digest import sha256_of_file
from skyloom.errors import SkyloomError
from skyloom.relabel.append_log import LogError, SharedLog
from skyloom.relabel.verdicts import REVIEWER
from skyloom.settings.base import Settings, first_fault
from skyloom.tables import read_table

Act = Literal["name", "merge", "split", "junk"]
LONGEST_NAME = 60


class NamingError(SkyloomError):
    """What was said about a cluster cannot be taken."""


class ClusterEvent(Settings):
    """One row: what somebody said about a cluster, or the undoing of it.

    Attributes:
        uid: unique name of the row, drawn where the decision was made.
        act: name it; merge it with the cluster `into`, whose name it takes; split: it is not one
            thing; junk: it is no class at all; None of an undo.
        algorithm, cluster: which one.
        membership: SHA-256 of the table of its images.
        undoes: uid of the row that this one undoes.
        app: version that wrote the row.
    """

    v: Literal[1] = 1
    uid: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")
    act: Act | None
    algorithm: Algorithm
    membership: str = Field(pattern=r"^[0-9a-f]{64}$")
    cluster: int = Field(ge=0)
    name: str | None = Field(None, min_length=1, max_length=LONGEST_NAME, pattern=r"^\S(.*\S)?$")
    into: int | None = Field(None, ge=0)
    undoes: str | None = None
    by: str = Field(pattern=REVIEWER)
    at: AwareDatetime
    app: str = ""

    @model_validator(mode="after")
    def _is_whole(self) -> "ClusterEvent":
        if (self.act is None) != (self.undoes is not None):
            raise ValueError("a row either says something or undoes another row")
        if (self.act == "name") != (self.name is not None):
            raise ValueError("a name goes with the act name, and only with it")
        if (self.act == "merge") != (self.into is not None):
            raise ValueError("merge needs the other cluster, and nothing else has one")
        if self.into == self.cluster:
            raise ValueError("a cluster cannot be merged with itself")
        return self


def parse_cluster_event(line: bytes, where: str) -> ClusterEvent:
    """Return a row of a log; raise `LogError` that says where and what is wrong."""
    try:
        return ClusterEvent.model_validate_json(line)
    except ValidationError as error:
        raise LogError(f"{where}: no row about a cluster: {first_fault(error)}") from None


def cluster_event(**said: object) -> ClusterEvent:
    """Return a row that is about to be written; raise `NamingError` that says what is wrong."""
    try:
        return ClusterEvent.model_validate(said)
    except ValidationError as error:
        raise NamingError(first_fault(error)) from None


def effective(events: Sequence[ClusterEvent]) -> list[ClusterEvent]:
    """Return the rows that stand, in order: what was undone is left out, and what undid it."""
    undone: set[str] = set()
    for event in reversed(events):  # an undo that was undone itself undoes nothing
        if event.undoes is not None and event.uid not in undone:
            undone.add(event.undoes)
    return [event for event in events if event.act is not None and event.uid not in undone]


def cluster_log(reviews: Path, encoder: str) -> SharedLog[ClusterEvent]:
    """Return the log about the clusters of an encoder, below a survey's folder of reviews."""
    return SharedLog(reviews / "clusters" / f"{encoder}.jsonl", parse_cluster_event)


def names_folder(reviews: Path, encoder: str) -> Path:
    """Return where the tables of images and the rows that the workflow reads are."""
    return reviews / "clusters" / encoder


def membership_file(folder: Path, sha256: str) -> Path:
    """Return where a table of images and clusters is kept."""
    return folder / f"{sha256}.parquet"


def keep_membership(table: Path, folder: Path) -> str:
    """Keep a clustering, byte for byte, under its SHA-256; return that.

    Args:
        table: image_id and cluster, as the workflow wrote them.
        folder: where it is kept.
    """
    sha256 = sha256_of_file(table)
    kept = membership_file(folder, sha256)
    if not kept.exists():
        with atomic_path(kept) as temporary:
            shutil.copyfile(table, temporary)
    return sha256


def read_membership(path: Path) -> "pd.Series[int]":
    """Return the cluster of each image, by image_id, of a table that was kept.

    Raises:
        NamingError: it is gone, or not what it was.
    """
    if not path.exists() or sha256_of_file(path) != path.stem:
        raise NamingError(
            f"{path} {'was changed' if path.exists() else 'is missing'}: names of clusters speak "
            "of it. Bring it back as it was, for example from version control."
        )
    return clusters_in(path)


def clusters_in(path: Path) -> "pd.Series[int]":
    """Return the cluster of each image, by image_id."""
    found: pd.Series[int] = read_table(path, ["image_id", "cluster"]).set_index("image_id")[
        "cluster"
    ]
    return found
