"""Decisions about selections of images: all have one label, or are to be looked at in the queue."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from skyloom.digest import sha256_of_file
from skyloom.relabel.amendments import OpenRound
from skyloom.relabel.decision_log import DecisionLog
from skyloom.relabel.queue import read_queue
from skyloom.relabel.verdicts import Event
from skyloom.settings.base import Settings
from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Catalogue, ExplorerError
from skyloom.web.explore.review_state import closed_since
from skyloom.web.explore.views import Page, View

MOST = 5000
"""Images that one decision may be about."""


class Decision(Settings):
    """What the browser sends.

    Attributes:
        uid: drawn by the browser; sent again it is taken once.
        catalogue: SHA-256 of the names of all images, as the page had them.
        at: positions of the images among these.
        label: that all have; None sends them to the queue.
    """

    uid: str = Field(pattern=r"^[0-9a-f]{32}$")
    catalogue: str
    at: tuple[int, ...] = Field(min_length=1, max_length=MOST)
    label: str | None = None


class Decisions(View):
    """Live answers about selections; it has no page of its own.

    Args:
        catalogue: the images.
        reviewer: who uses the pages.
    """

    name = "decisions"

    def __init__(self, catalogue: Catalogue, reviewer: str) -> None:
        self._catalogue, self._reviewer = catalogue, reviewer

    def home(self, encoder: str) -> str | None:
        """Return nothing: selections are made on other pages."""
        return None

    def page(self, address: str) -> Page | None:
        """Return nothing."""
        return None

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield nothing."""
        return iter(())

    def routes(self) -> Sequence[BaseRoute]:
        """Return what is possible, the decisions, and their undoing."""
        return [
            Route("/state", self._state),
            Route("/take", self._answered(self._take), methods=["POST"]),
            Route("/undo", self._answered(self._undo), methods=["POST"]),
        ]

    def _state(self, request: Request) -> Response:
        try:
            facts = read_queue(self._queue()).facts
        except ExplorerError as error:
            return JSONResponse({"why": str(error), "classes": [], "last": None})
        told = {"why": "", "classes": facts.classes, "round": facts.round}
        return JSONResponse({**told, "last": self._last()})

    def _answered(
        self, work: Callable[[bytes], str]
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def answer(request: Request) -> Response:
            said = await run_in_threadpool(work, await request.body())
            return JSONResponse({"said": said, "last": self._last()})

        return answer

    def _take(self, body: bytes) -> str:
        """Write a decision; return in words what was written."""
        try:
            decision = Decision.model_validate_json(body)
        except ValidationError as error:
            raise ExplorerError(f"no decision: {error.errors()[0]['msg']}") from None
        if decision.catalogue != self._catalogue.sha256:
            raise ExplorerError(
                "other images, or another order of them, than when this page was loaded; nothing "
                "was written. Reload the page and select again."
            )
        at_stake = self._open_round()
        names = self._names(decision.at)
        items = [name for name in names if name in at_stake.labels.index]
        if not items:
            raise ExplorerError(
                "none of these images is under review: they are in other splits or have no label "
                "(relabel.splits). Nothing was written."
            )
        left = len(names) - len(items)
        rest = f" {_count(left)} not under review." if left else ""
        number = at_stake.facts.round
        if decision.label is None:
            self._log.wish(items, decision.uid)
            return f"{_count(len(items))} asked for in the queue of round {number + 1}.{rest}"
        self._log.label(at_stake, items, decision.label, decision.uid)
        return f"{_count(len(items))}: {decision.label}, when round {number} is closed.{rest}"

    def _undo(self, body: bytes) -> str:
        """Undo one's own last decision of the open round; return in words what was undone."""
        self._queue()
        count = self._log.undo()
        if not count:
            raise ExplorerError("there is no decision of yours to undo in this round")
        return f"undone: {_count(count)}"

    def _last(self) -> dict[str, Any] | None:
        """Return what an undo would undo."""
        rows = self._log.last()
        if not rows:
            return None
        label = rows[0].label if isinstance(rows[0], Event) else None
        return {"images": len(rows), "label": label}

    @property
    def _log(self) -> DecisionLog:
        places = self._catalogue.places
        return DecisionLog(places.reviews, places.round or 1, self._reviewer)

    def _names(self, positions: Sequence[int]) -> list[str]:
        count = len(self._catalogue)
        if not all(0 <= one < count for one in positions):
            raise ExplorerError(f"there are {count} images; asked for others")
        return [str(self._catalogue.names[one]) for one in dict.fromkeys(positions)]

    def _queue(self) -> Path:
        """Return the queue of the open round; raise in words where there is none."""
        places = self._catalogue.places
        if places.round is None or places.round_folder is None:
            raise ExplorerError(
                f"the labels of {places.survey} are not reviewed. Give its section of the config "
                "`relabel`; where that waits for names of clusters, use them first."
            )
        if closed := closed_since(places):
            raise ExplorerError(closed)
        path = places.round_folder / "queue.parquet"
        if not path.exists():
            raise ExplorerError(
                f"the queue of round {places.round} is not there yet. Run: skyloom run "
                f"{places.survey}"
            )
        return path

    def _open_round(self) -> OpenRound:
        path = self._queue()
        labels = read_table(path.with_name("labels.parquet"), ["image_id", "label"])
        ranked = read_table(path.with_name("ranked.parquet"), ["predicted", "p_predicted"])
        told = zip(ranked["predicted"], ranked["p_predicted"].astype(float), strict=True)
        return OpenRound(
            facts=read_queue(path).facts,
            queue=sha256_of_file(path),
            labels=labels.set_index("image_id")["label"],
            predicted=dict(zip(ranked["image_id"], told, strict=True)),
        )


def _count(images: int) -> str:
    return f"{images:,} image{'' if images == 1 else 's'}"
