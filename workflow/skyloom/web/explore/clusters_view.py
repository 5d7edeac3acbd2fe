"""Clusters: a card for each, a page for each, and what people say about them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from starlette.routing import BaseRoute, Route

from skyloom.analyze.cluster_numbers import ALGORITHMS, Algorithm
from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.cluster_answers import ClusterAnswers
from skyloom.web.explore.cluster_naming import Naming
from skyloom.web.explore.cluster_tables import ClusterTables
from skyloom.web.explore.columns import pack
from skyloom.web.explore.views import PLAIN, Page, Table, View

PAGE = re.compile(r"^encoders/([^/]+)/clusters\.html$")
ONE = re.compile(r"^encoders/([^/]+)/clusters/(kmeans|hdbscan)-(\d{1,7})\.html$")
DATA = re.compile(r"^clusters/([^/]+)/(kmeans|hdbscan)(?:/(state|\d{1,7}))?$")


class Parts(Protocol):
    """Parts of one cluster; see `skyloom.analyze.finer.Finer`."""

    @property
    def how(self) -> str:
        """Where they come from, in words."""

    @property
    def parts(self) -> NDArray[np.int64]:
        """Number of the part of each image, -1 for none."""


Finder = Callable[[ClusterTables, int], Parts | None]


class ClustersView(View):
    """The clusterings of all encoders.

    Args:
        catalogue: the images.
        reviewer: who uses the pages.
        finer: proposes parts of a cluster, given its clustering and its number.
    """

    name, title = "clusters", "Clusters"

    def __init__(self, catalogue: Catalogue, reviewer: str, finer: Finder) -> None:
        self._catalogue, self._reviewer, self._finer = catalogue, reviewer, finer

    def home(self, encoder: str) -> str | None:
        """Return the cards of an encoder; the page says what to run where there are none."""
        return f"encoders/{encoder}/clusters.html" if encoder else None

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield a page per encoder and one per cluster."""
        for encoder in self._catalogue.places.encoders:
            yield f"encoders/{encoder}/clusters.html"
            for algorithm, table in self.tables_of(encoder).items():
                yield from (
                    f"encoders/{encoder}/clusters/{algorithm}-{number}.html"
                    for number in table.numbers
                )

    def page(self, address: str) -> Page | None:
        """Return the cards of an encoder, or the page of one cluster."""
        if (found := PAGE.match(address)) and found[1] in self._catalogue.places.encoders:
            present = {one: ALGORITHMS[one] for one in self.tables_of(found[1])}
            script = "clusters.js" if present else PLAIN
            return Page("clusters.html", "clusters", {"algorithms": present}, script)
        if (found := ONE.match(address)) and (table := self._table(found[1], found[2])):
            number = int(found[3])
            table.members(number)
            title = ALGORITHMS[table.algorithm]
            values = {"algorithm": found[2], "number": number, "title": title}
            return Page("cluster.html", f"cluster {number}", values, "cluster.js")
        return None

    def data(self, name: str) -> bytes | None:
        """Return the cards of a clustering, what people said of it, or the members of a cluster."""
        found = DATA.match(name)
        table = self._table(found[1], found[2]) if found else None
        if found is None or table is None:
            return None
        if found[3] is None:
            return pack(self._told(table))
        if found[3] == "state":
            return pack(self.naming(found[1]).state(table.algorithm))
        members = table.members(int(found[3]))
        return pack({}, members.astype(np.uint32), table.strength[members])

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield all these."""
        for encoder in self._catalogue.places.encoders:
            for algorithm, table in self.tables_of(encoder).items():
                base = f"clusters/{encoder}/{algorithm}"
                yield from (base, f"{base}/state", *(f"{base}/{one}" for one in table.numbers))

    def tables(self) -> Mapping[str, Table]:
        """Return the table of clusters of each encoder, with their names."""
        return {
            f"clusters/{encoder}": partial(self._members, encoder)
            for encoder in self._catalogue.places.encoders
            if self._catalogue.places.table(encoder, "clusters", "members.parquet")
        }

    def routes(self) -> Sequence[BaseRoute]:
        """Return what is answered only live."""
        answers = ClusterAnswers(self.tables_of, self.naming, self._finer)
        return [
            Route("/state", answers.state),
            Route("/say", answers.say, methods=["POST"]),
            Route("/use", answers.use, methods=["POST"]),
            Route("/finer", answers.finer),
        ]

    @cached_property
    def tables_of(self) -> Callable[[str], Mapping[Algorithm, ClusterTables]]:
        """Return the function that gives the clusterings of an encoder; none of an unknown one."""
        return cache(self._open)

    @cached_property
    def naming(self) -> Callable[[str], Naming]:
        """Return the function that gives the names of an encoder's clusters."""
        return cache(lambda name: Naming(self._catalogue, self.tables_of(name), self._reviewer))

    def _open(self, encoder: str) -> Mapping[Algorithm, ClusterTables]:
        places = self._catalogue.places
        if encoder not in places.encoders:
            return {}
        return {
            one: ClusterTables(self._catalogue, encoder, one, path)
            for one in ALGORITHMS
            if (path := places.table(encoder, "clusters", f"{one}.parquet"))
        }

    def _table(self, encoder: str, algorithm: str) -> ClusterTables | None:
        found: Mapping[Any, ClusterTables] = self.tables_of(encoder)
        return found.get(algorithm)

    def _told(self, table: ClusterTables) -> dict[str, Any]:
        return {
            "membership": table.sha256,
            "title": ALGORITHMS[table.algorithm],
            "images": len(table.clusters),
            "noise": table.noise,
            "times": table.times,
            "tile": self._catalogue.tile,
            "cards": list(table.cards.values()),
        }

    def _members(self, encoder: str) -> pd.DataFrame:
        path = self._catalogue.places.home / encoder / "clusters" / "members.parquet"
        table = read_table(path, ["algorithm", "cluster"])
        standing = {
            ALGORITHMS[one]: self.naming(encoder).standing(one) for one in self.tables_of(encoder)
        }
        pairs = zip(table["algorithm"], table["cluster"], strict=True)
        return table.assign(name=[standing[one].name(int(number)) for one, number in pairs])
