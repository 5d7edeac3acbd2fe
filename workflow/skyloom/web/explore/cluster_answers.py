"""Live answers about clusters: what people said, what they say now, and finer structure."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from skyloom.analyze.cluster_numbers import Algorithm
from skyloom.web.explore.catalogue import AbsentError
from skyloom.web.explore.cluster_naming import Naming, parse_saying
from skyloom.web.explore.cluster_tables import EXAMPLES, ClusterTables

if TYPE_CHECKING:
    from skyloom.web.explore.clusters_view import Finder


class ClusterAnswers:
    """Answers under `live/clusters/`.

    Args:
        tables: of an encoder's clusterings.
        naming: of an encoder.
        finer: proposes parts of a cluster.
    """

    def __init__(
        self,
        tables: Callable[[str], Mapping[Algorithm, ClusterTables]],
        naming: Callable[[str], Naming],
        finer: "Finder",
    ) -> None:
        self._tables, self._naming, self._finer = tables, naming, finer

    def state(self, request: Request) -> Response:
        """Return what holds for the clusters of a clustering."""
        table = self._asked(request)
        return JSONResponse(self._naming(table.encoder).state(table.algorithm))

    async def say(self, request: Request) -> Response:
        """Write a word about a cluster, or undo one; return what holds from now on."""
        return await run_in_threadpool(self._say, await request.body())

    def _say(self, body: bytes) -> Response:
        saying = parse_saying(body)
        self._known(saying.encoder, saying.algorithm)
        naming = self._naming(saying.encoder)
        naming.say(saying)
        return JSONResponse(naming.state(saying.algorithm))

    def use(self, request: Request) -> Response:
        """Let the workflow read the names."""
        table = self._asked(request)
        naming = self._naming(table.encoder)
        return JSONResponse({"file": naming.seal(), "state": naming.state(table.algorithm)})

    def finer(self, request: Request) -> Response:
        """Return parts that a cluster may fall into, the largest first, with examples."""
        table = self._asked(request)
        said = request.query_params.get("cluster", "")
        members = table.members(int(said) if said.isdecimal() else -1)
        found = self._finer(table, int(said))
        if found is None:
            return JSONResponse({"how": None, "parts": []})
        numbers, counts = np.unique(found.parts[found.parts >= 0], return_counts=True)
        parts = [members[found.parts == one].tolist() for one in numbers[np.argsort(-counts)]]
        told = [{"images": len(one), "strong": one[:EXAMPLES], "members": one} for one in parts]
        left = int((found.parts < 0).sum())
        return JSONResponse({"how": found.how, "parts": told, "left": left})

    def _asked(self, request: Request) -> ClusterTables:
        given = request.query_params
        return self._known(given.get("encoder", ""), given.get("algorithm", ""))

    def _known(self, encoder: str, algorithm: str) -> ClusterTables:
        found: Mapping[str, ClusterTables] = self._tables(encoder)  # type: ignore[assignment]
        if algorithm not in found:
            raise AbsentError(f"there are no clusters '{algorithm[:40]}' of '{encoder[:40]}'")
        return found[algorithm]
