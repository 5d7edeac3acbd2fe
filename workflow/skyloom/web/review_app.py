"""The review page's server: small JSON answers, frames as bytes, verdicts onto the disk."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from skyloom.errors import SkyloomError
from skyloom.relabel.closing import close_round
from skyloom.relabel.verdicts import REVIEWER, Event, RefusedError
from skyloom.web.answers import parse_answer, rows_of, uid_of
from skyloom.web.pictures import Pictures
from skyloom.web.progress import progress_of, summary_of
from skyloom.web.session import Session

STATIC = Path(__file__).parent / "static"
LARGEST_BODY = 1_000_000


class ReviewPage:
    """Answers of the review page.

    Args:
        session: the open round.
        pictures: its images.
        curves: what is known of each video's beginning.
        reviewer: who reviews where the address names no one.
        next_command: what to type when the round is closed.
    """

    def __init__(
        self,
        session: Session,
        pictures: Pictures,
        curves: Mapping[str, Mapping[str, Any]],
        reviewer: str,
        next_command: str,
    ) -> None:
        self._session, self._pictures, self._curves = session, pictures, curves
        self._reviewer, self._next_command = reviewer, next_command
        loader = PackageLoader("skyloom.web", "templates")
        self._templates = Environment(loader=loader, autoescape=True)

    def app(self) -> Starlette:
        """Return the application, without its guard."""
        routes = [
            Route("/", self.page),
            Route("/api/queue", self.queue),
            Route("/api/item", self.item),
            Route("/api/state", self.state),
            Route("/api/summary", self.summary),
            Route("/api/answers", self.answers, methods=["POST"]),
            Route("/api/close", self.close, methods=["POST"]),
            Route("/film", self.film),
            Route("/thumbnail", self.thumbnail),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
        return Starlette(routes=routes, exception_handlers={SkyloomError: _refused})

    def page(self, request: Request) -> Response:
        """Return the page itself."""
        facts = self._session.queue.facts
        text = self._templates.get_template("review.html").render(
            survey=facts.survey, round=facts.round, reviewer=self._who(request)
        )
        return HTMLResponse(text)

    def queue(self, request: Request) -> Response:
        """Return the items in this reviewer's order, the classes, and what was decided here."""
        session, who = self._session, self._who(request)
        session.refresh()
        facts = session.queue.facts
        mine = [event for event in session.events(who) if not event.amends]
        return JSONResponse(
            {
                "survey": facts.survey,
                "round": facts.round,
                "queue": session.digest,
                "reviewer": who,
                "classes": facts.classes,
                "items": [
                    {"item": name, "shared": bool(session.row(name)["shared"])}
                    for name in session.order(who)
                ],
                "rows": [_row(event) for event in mine],
                "closed": session.is_closed,
            }
        )

    def item(self, request: Request) -> Response:
        """Return what is shown beside one item; label and prediction stay here where hidden."""
        name = self._item(request)
        row = self._session.row(name)
        said: dict[str, Any] = {"item": name, "facts": self._pictures.facts(name)}
        said["hidden"] = bool(row["hidden"])
        if not row["hidden"]:
            said |= {
                "label": row["label"],
                "predicted": row["predicted"],
                "probability": float(row["p_predicted"]),
                "labelProbability": float(row["p_label"]),
                "reason": row["reason"],
                "swapped": bool(row["swapped"]),
                "emergence": self._curves.get(name),
            }
        classes = self._session.queue.facts.classes
        said["examples"] = dict(zip(classes, map(str, row["examples"]), strict=True))
        return JSONResponse(said)

    def state(self, request: Request) -> Response:
        """Return what the others did meanwhile, and this reviewer's numbers."""
        session, who = self._session, self._who(request)
        session.mark_here(who)
        verdicts = session.verdicts()
        mine = sorted(verdicts.pop(who, {}).values(), key=lambda event: event.at)
        return JSONResponse(
            {
                "here": [name for name in session.here() if name != who],
                "others": {name: list(found) for name, found in verdicts.items()},
                "amended": [event.item for event in mine if event.amends],
                "progress": progress_of(mine),
                "rebuilt": session.refresh(),
                "queue": session.digest,
                "closed": session.is_closed,
            }
        )

    def summary(self, request: Request) -> Response:
        """Return what the round came to so far."""
        session = self._session
        said = summary_of(session.verdicts(), session.earlier(), session.queue)
        return JSONResponse({**said, "next": self._next_command, "closed": session.is_closed})

    async def answers(self, request: Request) -> Response:
        """Write decisions to the log; they are on the disk when this answers."""
        body = await request.body()
        if len(body) > LARGEST_BODY:
            return JSONResponse({"error": "too many decisions at once"}, 413)
        return await run_in_threadpool(self._take, self._who(request), body)

    def _take(self, who: str, body: bytes) -> Response:
        taken, refused = [], []
        for row in rows_of(body):
            try:
                taken.append(_row(self._session.take(who, parse_answer(row))))
            except RefusedError as error:
                refused.append({"uid": uid_of(row), "error": str(error)})
        return JSONResponse({"taken": taken, "refused": refused})

    def close(self, request: Request) -> Response:
        """Seal the round."""
        where = self._session.where
        sealed = close_round(where.reviews, where.queue_file, self._session.number)
        return JSONResponse({"closed": len(sealed.rows), "next": self._next_command})

    def film(self, request: Request) -> Response:
        """Return all frames of an item: raw bytes, their shape in a header."""
        limit = request.query_params.get("limit", "")
        wanted = float(limit) if re.fullmatch(r"\d{1,6}(\.\d+)?", limit) else None
        film = self._pictures.film(self._item(request), wanted)
        shape = film.frames.shape if film.frames.ndim == 4 else (*film.frames.shape, 1)
        headers = {
            "X-Shape": ",".join(map(str, shape)),
            "X-Scale": film.scale.encode("unicode_escape").decode(),
            "X-Limits": ",".join(f"{one:g}" for one in film.limits),
        }
        content = film.frames.tobytes()
        return Response(content, media_type="application/octet-stream", headers=headers)

    def thumbnail(self, request: Request) -> Response:
        """Return a small picture of an item or of an example."""
        return Response(self._pictures.thumbnail(self._item(request)), media_type="image/png")

    def _item(self, request: Request) -> str:
        """Return the image that a request is about; only those of the survey are known."""
        name = request.query_params.get("item", "")
        if name not in self._pictures:
            raise RefusedError(f"there is no image '{name[:100]}'")
        return name

    def _who(self, request: Request) -> str:
        """Return the reviewer whom the address names, else the one who started the server."""
        given = request.query_params.get("as", self._reviewer)
        if not re.fullmatch(REVIEWER, given):
            raise RefusedError(f"'{given[:60]}' cannot name a reviewer: letters, digits, . _ -")
        return given


def _row(event: Event) -> dict[str, Any]:
    """Return a log's row as the page needs it."""
    keys = {"uid", "item", "verdict", "label", "undoes", "note", "flag"}
    return event.model_dump(mode="json", include=keys)


async def _refused(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 422)
