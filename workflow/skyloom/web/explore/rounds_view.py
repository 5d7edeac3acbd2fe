"""The rounds of review: when to stop, what it cost and gave, which labels were corrected."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from skyloom.relabel.status import Status
from skyloom.relabel.verdict_log import standing_before
from skyloom.report.rounds import rounds_section, yield_figure
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.columns import pack
from skyloom.web.explore.figures import Figures
from skyloom.web.explore.review_state import (
    CHANGES,
    Correction,
    ReviewState,
    closed_since,
    wilson,
)
from skyloom.web.explore.views import Bytes, Page, Table, View
from skyloom.web.progress import summary_of

HOME = "rounds.html"
FIGURE = "rounds/yield.svg"
NONE = "(none)"


class RoundsView(View):
    """Where the review stands, read from the disk whenever it is asked for.

    Args:
        catalogue: the images.
        sentence: says of a status what to do next, with the commands to type.
    """

    name, title = "rounds", "Rounds"

    def __init__(self, catalogue: Catalogue, sentence: Callable[[Status], str]) -> None:
        self._catalogue, self._sentence = catalogue, sentence
        self._figures = Figures()

    @property
    def _has_rounds(self) -> bool:
        return self._catalogue.places.round is not None

    def home(self, encoder: str) -> str | None:
        """Return the page; None where labels are not reviewed."""
        return HOME if self._has_rounds else None

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the page."""
        if self._has_rounds:
            yield HOME

    def page(self, address: str) -> Page | None:
        """Return the page."""
        if address != HOME or not self._has_rounds:
            return None
        state = self._state()
        values: dict[str, Any] = {"round": state.number, "state": None}
        values["closed"] = closed_since(state.places)
        if state.status is not None:
            values["state"] = self._told(state, state.status)
        return Page("rounds.html", "rounds", values, "rounds.js")

    def data(self, name: str) -> bytes | None:
        """Return the corrected labels: positions, and places of before and after in `names`."""
        if name != "rounds/corrected" or not self._has_rounds:
            return None
        found = list(self._state().corrections())
        positions = self._catalogue.positions([one.item for one in found])
        found = [one for one, place in zip(found, positions, strict=True) if place >= 0]
        names = sorted({one.before or NONE for one in found} | {one.after or NONE for one in found})
        told = [
            (names.index(one.before or NONE), names.index(one.after or NONE), one.round)
            for one in found
        ]
        columns = np.array(told, dtype=np.uint16).reshape(-1, 3).T
        return pack({"names": names}, positions[positions >= 0].astype(np.uint32), *columns)

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the name of these."""
        if self._has_rounds:
            yield "rounds/corrected"

    def files(self) -> Mapping[str, Bytes]:
        """Return the curve of the yield."""
        state = self._state() if self._has_rounds else None
        if state is None or state.status is None or not state.history():
            return {}
        history, status = state.history(), state.status
        found = [(event.round, event.verdict in CHANGES) for event in history]
        audits = [one.model_dump() for one in status.audits]
        return {
            FIGURE: self._figures.file(
                FIGURE, state.sources(), lambda: yield_figure(found, audits, status.target)
            )
        }

    def tables(self) -> Mapping[str, Table]:
        """Return the corrected labels."""
        return {"corrections": self._corrections} if self._has_rounds else {}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the numbers of the open round as they are now."""
        return [Route("/open", self._open)]

    def _open(self, request: Request) -> Response:
        return JSONResponse(_open_round(self._state()))

    def _state(self) -> ReviewState:
        return ReviewState(self._catalogue.places)

    def _corrections(self) -> pd.DataFrame:
        return pd.DataFrame(list(self._state().corrections()), columns=list(Correction._fields))

    def _told(self, state: ReviewState, status: Status) -> dict[str, Any]:
        return {
            "converged": status.converged,
            "sentence": self._sentence(status),
            "lights": [light._asdict() for light in state.lights()],
            "section": rounds_section(status.model_dump(mode="json"), None),
            "figure": FIGURE if state.history() else "",
            "pull": _pull(state),
            "cost": _cost(state, status),
            "open": _open_round(state),
            "corrected": sum(1 for _ in state.corrections()),
        }


def _open_round(state: ReviewState) -> dict[str, Any]:
    """Return what the open round has come to: numbers for the page, ready to be said."""
    if closed := closed_since(state.places):
        return {"items": 0, "closed": closed}
    if state.queue is None:
        return {"items": 0}
    earlier = standing_before(state.places.reviews, state.number)
    found = summary_of(state.verdicts, earlier, state.queue)
    done = found["items"] - found["open"]
    corrected = sum(found["verdicts"].get(kind, 0) for kind in CHANGES)
    rate = found["correctionsPerMinute"]
    return {
        "items": found["items"],
        "left": found["open"],
        "done": f"{done} of {found['items']}",
        "corrected": str(corrected),
        "reviewers": ", ".join(f"{who}: {n}" for who, n in found["reviewers"].items()) or "nobody",
        "minutes": f"{found['minutes']:.1f}",
        "rate": "" if rate is None else f"{rate:.1f} a minute",
        "lights": [light._asdict() for light in state.lights()],
    }


def _pull(state: ReviewState) -> list[dict[str, str]]:
    """Return how often labels were changed where label and suggestion were shown, and hidden."""
    shown = [(event.shown.hidden, event.verdict) for event in state.history() if event.shown]
    rows = []
    for hidden, name in ((False, "shown"), (True, "hidden")):
        mine = [verdict in CHANGES for is_hidden, verdict in shown if is_hidden == hidden]
        low, high = wilson(sum(mine), len(mine))
        share = f"{sum(mine) / len(mine):.0%} [{low:.0%}, {high:.0%}]" if mine else "-"
        rows.append({"name": name, "count": f"{sum(mine)} of {len(mine)}", "share": share})
    return rows


def _cost(state: ReviewState, status: Status) -> list[tuple[str, str]]:
    """Return the minutes spent, and those that one look at every label would take."""
    events = state.history()
    timed = [event.ms for event in events if event.ms]
    if not timed:
        return []
    spent, each = sum(timed) / 60_000, sum(timed) / len(timed) / 60_000
    every = each * status.items
    share = len({event.item for event in events}) / status.items
    return [
        ("minutes spent", f"{spent:.1f} ({60 * each:.1f} s a verdict)"),
        ("labels looked at", f"{share:.0%} of {status.items:,}"),
        ("one look at every label would take", f"{every:.1f} minutes at this pace"),
        ("saved", f"{every - spent:.1f} minutes ({1 - spent / every:.0%})")
        if status.converged
        else ("spent of that", f"{spent / every:.0%}; what is saved shows at the end"),
    ]
