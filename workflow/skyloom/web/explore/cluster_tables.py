"""A clustering as its pages show it: members by strength, examples, labels, covariates, times."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.cluster_numbers import ALGORITHMS, NOISE, Algorithm, numbers_of
from skyloom.digest import sha256_of_file
from skyloom.tables import read_table
from skyloom.web.explore.catalogue import AbsentError, Catalogue
from skyloom.web.explore.cluster_centres import Centres, centres_of

EXAMPLES, LABELS, LOOKS, NEAREST, BINS = 9, 4, 12, 6, 24
MOST_FALSE = 0.05
"""False discovery rate up to which a covariate is said to go with a cluster."""


class ClusterTables:
    """One clustering of one encoder, computed once.

    Args:
        catalogue: the images.
        encoder, algorithm: which clustering.
        path: of its table.

    Attributes:
        sha256: of the table.
        clusters, strength: of every position, (N,).
        numbers: of the clusters, ascending.
    """

    def __init__(
        self, catalogue: Catalogue, encoder: str, algorithm: Algorithm, path: Path
    ) -> None:
        self._catalogue, self.path = catalogue, path
        self.encoder, self.algorithm = encoder, algorithm
        self.sha256 = sha256_of_file(path)
        table = catalogue.aligned(path, ["cluster", "strength"])
        self.clusters = table["cluster"].fillna(NOISE).to_numpy(dtype=np.int64)
        self.strength = table["strength"].fillna(0).to_numpy(dtype=np.float32)
        self.numbers: list[int] = numbers_of(self.clusters).tolist()

    @property
    def noise(self) -> int:
        """Images in no cluster."""
        return int((self.clusters == NOISE).sum())

    def members(self, number: int) -> NDArray[np.int64]:
        """Return the positions of a cluster's images, the strongest first.

        Raises:
            AbsentError: there is no such cluster.
        """
        if number not in self._slices:
            raise AbsentError(
                f"there is no cluster {number} of {ALGORITHMS[self.algorithm]} ({self.encoder})"
            )
        return self._order[self._slices[number]]

    @cached_property
    def centres(self) -> Centres | None:
        """Their mean features; None where the workflow wrote no vectors to search."""
        return centres_of(self._catalogue, self.encoder, self.clusters, self.numbers)

    @cached_property
    def cards(self) -> dict[int, Mapping[str, Any]]:
        """What is shown of each cluster, by number."""
        return {number: self._card(number) for number in self.numbers}

    @cached_property
    def times(self) -> list[str]:
        """Begin and end of all images as dates; empty without times."""
        stamps = self._catalogue.index["time"].dropna()
        return [] if stamps.empty else [f"{one:%Y-%m-%d}" for one in (stamps.min(), stamps.max())]

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """Positions by cluster, then strength, then nearness to the mean."""
        near = self.centres.likeness if self.centres else np.zeros(len(self.clusters))
        return np.asarray(np.lexsort((-near, -self.strength, self.clusters)), dtype=np.int64)

    @cached_property
    def _slices(self) -> dict[int, slice]:
        ordered = self.clusters[self._order]
        first = np.searchsorted(ordered, self.numbers, side="left")
        last = np.searchsorted(ordered, self.numbers, side="right")
        return {
            number: slice(int(low), int(high))
            for number, low, high in zip(self.numbers, first, last, strict=True)
        }

    def _card(self, number: int) -> dict[str, Any]:
        members = self.members(number)
        counts = self._labels.iloc[members].value_counts()
        counts = counts[counts > 0]
        strong = self._of_different_groups(members)
        chosen = set(strong.tolist())
        border = np.array([one for one in members[::-1][: 2 * EXAMPLES] if one not in chosen])
        told = self._told.get(number, {})
        return {
            "number": number,
            "images": len(members),
            "groups": len(np.unique(self._groups[members])),
            "stability": _finite(told.get("jaccard")),
            "kept": _finite(told.get("kept_overlap")),
            "labels": [[str(name), int(n)] for name, n in counts.head(LABELS).items()],
            "labelled": int(counts.sum()),
            "purity": float(counts.iloc[0] / counts.sum()) if len(counts) else None,
            "looks": self._looks.get(number, []),
            "strong": strong.tolist(),
            "border": border[:EXAMPLES].astype(int).tolist(),
            "times": self._histogram(members),
            "nearest": list(self._nearest(number)),
        }

    def _of_different_groups(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the strongest members, one a group, filled up where groups are few."""
        _, first = np.unique(self._groups[members], return_index=True)
        places = np.sort(first)[:EXAMPLES]
        others = np.setdiff1d(np.arange(len(members)), places)[: EXAMPLES - len(places)]
        return np.asarray(members[np.concatenate([places, others])])

    def _histogram(self, members: NDArray[np.int64]) -> list[int]:
        counts = np.bincount(self._bins[members] + 1, minlength=BINS + 1)[1:]
        return [int(one) for one in counts]

    def _nearest(self, number: int) -> Iterator[list[float]]:
        if self.centres is None:
            return
        distances = self.centres.distances(self.numbers.index(number))
        for place in np.argsort(distances, kind="stable")[1 : NEAREST + 1]:
            yield [self.numbers[place], round(float(distances[place]), 4)]

    @cached_property
    def _labels(self) -> "pd.Series[Any]":
        return self._catalogue.index["label"].astype("category")

    @cached_property
    def _groups(self) -> NDArray[np.int64]:
        return np.asarray(pd.factorize(self._catalogue.index["group"])[0])

    @cached_property
    def _bins(self) -> NDArray[np.int64]:
        """Bin of time of every position, -1 without a time."""
        stamps = pd.to_datetime(self._catalogue.index["time"], utc=True)
        seconds = stamps.astype("int64").to_numpy(dtype=np.float64)
        known = stamps.notna().to_numpy()
        if not known.any():
            return np.full(len(seconds), -1)
        low, high = seconds[known].min(), seconds[known].max()
        share = (seconds - low) / max(high - low, 1)
        return np.where(known, np.clip((share * BINS).astype(np.int64), 0, BINS - 1), -1)

    @cached_property
    def _told(self) -> dict[int, dict[str, Any]]:
        """Rows of the table of clusters, by number."""
        table = self._beside("members.parquet", ["cluster", "jaccard", "kept_overlap"])
        rows: dict[int, dict[str, Any]] = table.set_index("cluster").to_dict("index")
        return rows

    @cached_property
    def _looks(self) -> dict[int, list[dict[str, Any]]]:
        """Covariates that go with each cluster, the strongest effect first."""
        columns = ["cluster", "covariate", "value", "mean_in", "mean_all", "effect", "q_value"]
        table = self._beside("enrichment.parquet", columns)
        table = table[table["q_value"] <= MOST_FALSE]
        table = table.iloc[np.argsort(-table["effect"].abs().to_numpy(), kind="stable")]
        found: dict[int, list[dict[str, Any]]] = {}
        for row in table.to_dict("records"):
            mine = found.setdefault(int(row["cluster"]), [])
            if len(mine) < LOOKS:
                mine.append(_look(row))
        return found

    def _beside(self, name: str, columns: list[str]) -> pd.DataFrame:
        """Return the rows of a table beside the clusters that are about this clustering."""
        path = self.path.parent / name
        if not path.exists():
            return pd.DataFrame(columns=columns)
        table = read_table(path, ["algorithm", *columns])
        return table.loc[table["algorithm"] == ALGORITHMS[self.algorithm], columns]


def _look(row: Mapping[Any, Any]) -> dict[str, Any]:
    value = row["value"]
    return {
        "covariate": str(row["covariate"]).replace("_", " "),
        "value": None if pd.isna(value) or value == "" else str(value),
        "inside": _finite(row["mean_in"]),
        "all": _finite(row["mean_all"]),
        "effect": _finite(row["effect"]),
        "q": _finite(row["q_value"]),
    }


def _finite(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
