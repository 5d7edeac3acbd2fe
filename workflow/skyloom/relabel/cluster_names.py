"""What clusters are called: what stands after all rows, also when the images are clustered anew.

Names travel with the images: what was said about another clustering holds for the present cluster
that shares its images (Jaccard index at least 0.5 over the images that both have). Clusters that
were merged travel as one where they were found as one, else each for itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from skyloom.analyze.identity import successors
from skyloom.relabel.cluster_events import ClusterEvent, effective

Kind = Literal["name", "junk", "split"]


@dataclass(frozen=True)
class Lost:
    """What was said of clusters that no present cluster goes on with.

    Attributes:
        event: the row; clusters: of which, in the clustering of then; images: how many they held.
    """

    event: ClusterEvent
    clusters: tuple[int, ...]
    images: int


@dataclass
class Standing:
    """What holds for the clusters of one clustering.

    Attributes:
        above: of a merged cluster the one that it was merged with.
        said: the last row about a cluster and all that were merged with it, by the one above all.
        lost: what was said about other clusterings and holds for no cluster of this one.
    """

    above: dict[int, int] = field(default_factory=dict)
    said: dict[int, ClusterEvent] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)

    def root(self, cluster: int) -> int:
        """Return the cluster above all that one was merged with; itself where it is alone."""
        while cluster in self.above:
            cluster = self.above[cluster]
        return cluster

    def of(self, cluster: int) -> ClusterEvent | None:
        """Return the row that holds for a cluster: name, junk or split."""
        return self.said.get(self.root(cluster))

    def name(self, cluster: int) -> str | None:
        """Return what a cluster is called; None without a name, of junk, and of several things."""
        event = self.of(cluster)
        return None if event is None else event.name

    def groups(self) -> dict[int, tuple[int, ...]]:
        """Return the clusters that were merged or spoken of, by the one above all."""
        found: dict[int, list[int]] = {root: [root] for root in self.said}
        for cluster in self.above:
            root = self.root(cluster)
            found.setdefault(root, [root]).append(cluster)
        return {root: tuple(sorted(members)) for root, members in found.items()}

    def take(self, event: ClusterEvent, cluster: int, into: int | None) -> None:
        """Change by a row, as if it spoke of these clusters."""
        if into is None:
            self.said[self.root(cluster)] = event
            return
        lower, upper = self.root(cluster), self.root(into)
        if lower == upper:
            return
        self.above[lower] = upper
        said = self.said.pop(lower, None)
        if said is not None:
            self.said.setdefault(upper, said)


@dataclass(frozen=True)
class _Step:
    """A row about clusters of the present clustering, and its place among all rows."""

    place: int
    event: ClusterEvent
    cluster: int
    into: int | None


def standing_names(
    events: Sequence[ClusterEvent],
    present: "pd.Series[int]",
    sha256: str,
    membership: Callable[[str], "pd.Series[int]"],
) -> Standing:
    """Return what holds for the clusters of the present clustering.

    Args:
        events: all rows about one algorithm, in order.
        present: cluster of each image, by image_id.
        sha256: of its table.
        membership: returns the clusters that another SHA-256 stands for, by image_id.
    """
    rows = list(enumerate(effective(events)))
    steps = [
        _Step(place, event, event.cluster, event.into)
        for place, event in rows
        if event.membership == sha256
    ]
    lost: list[Lost] = []
    for other in dict.fromkeys(event.membership for _, event in rows):
        if other != sha256:
            theirs = [(place, event) for place, event in rows if event.membership == other]
            moved, gone = _carried(theirs, present, membership(other))
            steps += moved
            lost += gone
    found = Standing()
    for step in sorted(steps, key=lambda step: step.place):
        found.take(step.event, step.cluster, step.into)
    names = {event.name for event in found.said.values() if event.name is not None}
    found.lost = [one for one in lost if one.event.name not in names]
    return found


def _carried(
    rows: Sequence[tuple[int, ClusterEvent]], present: "pd.Series[int]", before: "pd.Series[int]"
) -> tuple[list[_Step], list[Lost]]:
    """Return what rows about another clustering say of the present one, and what is lost."""
    theirs, places, merges = Standing(), dict[str, int](), dict[int, tuple[int, ClusterEvent]]()
    for place, event in rows:
        theirs.take(event, event.cluster, event.into)
        places[event.uid] = place
        if event.into is not None:
            merges[event.cluster] = (place, event)
    groups = theirs.groups()
    whole, single = _successors(present, before, groups)
    steps, lost = [], []
    for root, members in groups.items():
        said = theirs.said.get(root)
        last = max((merges[one] for one in members if one in merges), default=None, key=_first)
        ordered = sorted(members, key=lambda one: one != root)
        targets = [single[one] for one in ordered if one in single]
        if root in whole and len(targets) < 2:
            targets = [whole[root]]
        if last is not None:
            steps += [_Step(last[0], last[1], other, targets[0]) for other in targets[1:]]
        if said is not None and targets:
            steps.append(_Step(places[said.uid], said, targets[0], None))
        told = said or (last[1] if last is not None else None)
        if told is not None and not targets:
            lost.append(Lost(told, members, int(before.isin(members).sum())))
    return steps, lost


def _first(merge: tuple[int, ClusterEvent]) -> int:
    return merge[0]


def _successors(
    present: "pd.Series[int]", before: "pd.Series[int]", groups: Mapping[int, Iterable[int]]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return which present cluster goes on with each group, and with each single cluster."""
    now = present.reindex(before.index)
    both = now.notna().to_numpy()
    found = now[both].to_numpy(dtype=np.int64)
    alone = before[both].to_numpy(dtype=np.int64)
    above = {member: root for root, members in groups.items() for member in members}
    joined = np.array([above.get(int(one), int(one)) for one in alone], dtype=np.int64)
    whole = {old: new for old, (new, _) in successors(found, joined).items()}
    return whole, {old: new for old, (new, _) in successors(found, alone).items()}


def named_images(standing: Standing, clusters: "pd.Series[int]") -> pd.DataFrame:
    """Return image_id, cluster and name of every image whose cluster has a name.

    Args:
        standing: what holds for the clusters.
        clusters: of each image, by image_id.
    """
    names = {int(one): standing.name(int(one)) for one in clusters.unique() if one >= 0}
    table = pd.DataFrame(
        {
            "image_id": clusters.index.astype(str),
            "cluster": clusters.to_numpy(dtype=np.int64),
            "name": clusters.map(names).to_numpy(dtype=object),
        }
    )
    return table[table["name"].notna()].reset_index(drop=True)
