"""What people say about the clusters of one encoder: read for the pages, written to the log."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import ValidationError

from skyloom import __version__
from skyloom.analyze.cluster_numbers import Algorithm
from skyloom.digest import sha256_of_file
from skyloom.relabel.cluster_events import (
    Act,
    ClusterEvent,
    NamingError,
    cluster_event,
    cluster_log,
    effective,
    keep_membership,
    membership_file,
    names_folder,
    read_membership,
)
from skyloom.relabel.cluster_names import Lost, Standing, standing_names
from skyloom.relabel.sealed_names import (
    of_algorithm,
    read_sealed_names,
    seal_names,
    sealed_names,
)
from skyloom.settings.base import Settings
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.cluster_tables import ClusterTables

LATEST = 50
"""Rows that a page lists."""


class Saying(Settings):
    """What the browser sends: a word about the cluster that was on the screen, or an undo.

    Attributes:
        uid: drawn by the browser; sent again it is taken once.
        membership: SHA-256 of the clustering that the page showed.
        act: None to undo.
        undoes: uid of the row to undo; None of an undo takes one's own last one.
    """

    encoder: str
    algorithm: Algorithm
    uid: str
    membership: str
    act: Act | Literal["undo"]
    cluster: int = 0
    name: str | None = None
    into: int | None = None
    undoes: str | None = None


def parse_saying(body: bytes) -> Saying:
    """Return what a request says; raise `NamingError` where it says nothing."""
    try:
        return Saying.model_validate_json(body)
    except ValidationError as error:
        raise NamingError(f"not understood: {error.errors()[0]['msg']}") from None


class Naming:
    """Names of the clusters of one encoder.

    Args:
        catalogue: the images.
        tables: its clusterings.
        reviewer: who uses the pages.
    """

    def __init__(
        self, catalogue: Catalogue, tables: Mapping[Algorithm, ClusterTables], reviewer: str
    ) -> None:
        self._catalogue, self._tables, self._reviewer = catalogue, tables, reviewer
        encoder = next(iter(tables.values())).encoder
        places = catalogue.places
        self._survey, self._encoder, self._reviews = places.survey, encoder, places.reviews
        self._log = cluster_log(places.reviews, encoder)
        self._folder = names_folder(places.reviews, encoder)
        self._known: dict[str, pd.Series[int]] = {}

    def standing(self, algorithm: Algorithm) -> Standing:
        """Return what holds for the clusters of a clustering now."""
        table = self._tables[algorithm]
        rows = of_algorithm(self._log.rows(), algorithm)
        return standing_names(rows, pd.Series(table.clusters), table.sha256, self._membership)

    def state(self, algorithm: Algorithm) -> dict[str, Any]:
        """Return what a page shows: names, what is lost, the last rows, what the workflow has."""
        rows, found = self._log.rows(), self.standing(algorithm)
        stand = {row.uid for row in effective(rows)}
        mine = of_algorithm(rows, algorithm)
        return {
            "said": {
                str(number): _said(event, found, number)
                for number in self._tables[algorithm].numbers
                if (event := found.of(number)) or found.root(number) != number
            },
            "together": [list(group) for group in found.groups().values() if len(group) > 1],
            "lost": [_lost(one) for one in found.lost],
            "rows": [_row(row, row.uid in stand) for row in mine[: -LATEST - 1 : -1]],
            "named": any(row.act == "name" for row in effective(rows)),
            "names": sorted({row.name for row in rows if row.name} | set(self._classes)),
            "sealed": self._sealed(rows),
            "reviewer": self._reviewer,
        }

    def say(self, saying: Saying) -> None:
        """Write what somebody said; it is on the disk when this returns.

        Raises:
            NamingError: it is about another clustering or no cluster, or nothing can be undone.
        """
        table = self._tables[saying.algorithm]
        if saying.membership != table.sha256 or sha256_of_file(table.path) != table.sha256:
            raise NamingError(
                "the clusters were found anew since this page was loaded; nothing was written. "
                "Start skyloom explore again."
            )
        for number in (saying.cluster, saying.into):
            if number is not None and saying.act != "undo" and number not in table.numbers:
                raise NamingError(f"there is no cluster {number}")
        keep_membership(table.path, self._folder)
        self._log.append(lambda rows: [self._event(saying, rows)])

    def seal(self) -> str:
        """Let the workflow read the names; return the file that it reads."""
        return seal_names(self._reviews, self._survey, self._encoder).name

    def _event(self, saying: Saying, rows: Sequence[ClusterEvent]) -> ClusterEvent:
        sent = next((row for row in rows if row.uid == saying.uid), None)
        if sent is not None:  # sent once more, because the reply got lost
            return sent
        said: dict[str, Any] = {
            "act": saying.act,
            **saying.model_dump(include={"algorithm", "membership", "cluster", "name", "into"}),
        }
        if saying.act == "undo":
            undone = self._to_undo(saying, rows)
            about = undone.model_dump(include={"algorithm", "membership", "cluster"})
            said = {"act": None, "undoes": undone.uid, **about}
        if said.get("name"):
            said["name"] = " ".join(said["name"].split())
        now = datetime.now(UTC)
        return cluster_event(**said, uid=saying.uid, by=self._reviewer, at=now, app=__version__)

    def _to_undo(self, saying: Saying, rows: Sequence[ClusterEvent]) -> ClusterEvent:
        stand = of_algorithm(effective(rows), saying.algorithm)
        if saying.undoes is not None:
            wanted = [row for row in stand if row.uid == saying.undoes]
        else:
            wanted = [row for row in stand if row.by == self._reviewer]
        if not wanted:
            raise NamingError("there is nothing of yours to undo")
        return wanted[-1]

    def _membership(self, sha256: str) -> "pd.Series[int]":
        """Return the cluster of each position, of another clustering."""
        if sha256 not in self._known:
            found = read_membership(membership_file(self._folder, sha256))
            positions = self._catalogue.positions(found.index.tolist())
            present = positions >= 0
            self._known[sha256] = pd.Series(
                found.to_numpy(dtype=np.int64)[present], index=positions[present]
            )
        return self._known[sha256]

    @property
    def _classes(self) -> list[str]:
        return [str(one) for one in self._catalogue.index["label"].dropna().unique()]

    def _sealed(self, rows: Sequence[ClusterEvent]) -> dict[str, Any]:
        last = sealed_names(self._reviews, self._encoder)
        current = last is not None and read_sealed_names(last) == effective(rows)
        return {"file": last.name if last else None, "current": current}


def _said(event: ClusterEvent | None, found: Standing, number: int) -> dict[str, Any]:
    root = found.root(number)
    told: dict[str, Any] = {"with": None if root == number else root}
    if event is not None:
        told |= {"act": event.act, "name": event.name, "by": event.by, "at": _when(event)}
    return told


def _lost(one: Lost) -> dict[str, Any]:
    told = _row(one.event, stands=True)
    return {**told, "clusters": list(one.clusters), "images": one.images}


def _row(row: ClusterEvent, stands: bool) -> dict[str, Any]:
    keys = {"uid", "act", "cluster", "name", "into", "undoes", "by"}
    return {**row.model_dump(mode="json", include=keys), "at": _when(row), "stands": stands}


def _when(row: ClusterEvent) -> str:
    return row.at.strftime("%Y-%m-%d %H:%M")
