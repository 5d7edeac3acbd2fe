"""Where the review of a survey's labels stands: closed rounds, the open one's logs, four lights."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from skyloom.relabel.queue import Queue, read_queue
from skyloom.relabel.reviewer_agreement import Standing, cohen_kappa
from skyloom.relabel.sealed import Sealed, closed_rounds, log_folder, read_sealed
from skyloom.relabel.status import Status, read_status
from skyloom.relabel.verdict_log import read_logs
from skyloom.relabel.verdicts import Event, standing
from skyloom.web.explore.catalogue import Places

LAST = 50
"""Verdicts over which the present yield is counted."""
ENOUGH_YIELD, ENOUGH_CHANGE, ENOUGH_KAPPA = 0.10, 0.005, 0.99
"""What turns a light on: bound of the yield, labels changed by a round, kappa of its models."""
CHANGES = ("fix", "other")
Z = 1.959964
"""Of a two-sided interval of 95 %."""


class Light(NamedTuple):
    """One criterion: its title, whether it holds (None: cannot be told yet), and in words why."""

    title: str
    holds: bool | None
    value: str
    why: str


class Correction(NamedTuple):
    """A label that a person changed."""

    item: str
    before: str
    after: str
    round: int


@dataclass(frozen=True)
class ReviewState:
    """What is on disk when it is made.

    Args:
        places: the survey's files; it has rounds.
    """

    places: Places

    @property
    def number(self) -> int:
        """Number of the open round."""
        return self.places.round or 1

    @cached_property
    def status(self) -> Status | None:
        """Where the rounds stand; None where the workflow has not said so yet."""
        path = self.places.table("rounds", str(self.number), "status.json")
        return None if path is None else read_status(path)

    @cached_property
    def queue(self) -> Queue | None:
        """The open queue."""
        path = self.places.table("rounds", str(self.number), "queue.parquet")
        return None if path is None else read_queue(path)

    @cached_property
    def closed(self) -> list[Sealed]:
        """The closed rounds."""
        return read_sealed(closed_rounds(self.places.reviews))

    @property
    def is_closed(self) -> bool:
        """Whether the open round was closed since these pages were started."""
        return self.number <= len(self.closed)

    @cached_property
    def verdicts(self) -> Standing:
        """The standing verdicts of the open round by reviewer and item."""
        return self._standing(self.number)

    def sources(self) -> list[Path]:
        """Return the files that tell all this and change while people decide."""
        reviews = self.places.reviews
        logs = [file for n in range(1, self.number + 1) for file in _logs(reviews, n)]
        return [*closed_rounds(reviews), *logs]

    def history(self) -> list[Event]:
        """Return the standing verdicts of all rounds in order, no repeats and no amendments."""
        found = []
        for number in range(1, self.number + 1):
            again = self._repeats(number)
            for events in self._standing(number).values():
                found += [e for e in events.values() if not e.amends and e.item not in again]
        return sorted(found, key=lambda event: (event.round, event.at))

    def corrections(self) -> Iterator[Correction]:
        """Yield the labels that were changed, those of the open round at the end.

        An item stands once for a round: where reviewers differ, with the last word.
        """
        for sealed in self.closed:
            for row in sealed.rows:
                if row.verdict in CHANGES and row.label != row.before:
                    yield Correction(row.item, row.before, row.label, sealed.head.round)
        if self.is_closed:  # then its log is among these already
            return
        said = [event for events in self.verdicts.values() for event in events.values()]
        changes = (event for event in said if event.verdict in CHANGES)
        last = {event.item: event for event in sorted(changes, key=lambda event: event.at)}
        for event in last.values():
            before = event.shown.label if event.shown else ""
            yield Correction(event.item, before, event.label or "", event.round)

    def lights(self) -> list[Light]:
        """Return the four criteria of an end; only the last one promises anything."""
        if self.status is None:
            return []
        return [
            _disagreements(self.status),
            _present_yield(self.history()[-LAST:]),
            self._stability(),
            _audit(self.status),
        ]

    def _standing(self, number: int) -> Standing:
        logs = read_logs(log_folder(self.places.reviews, number))
        tell = self.queue.standing if self.queue and number == self.number else standing
        return {name: tell(events) for name, events in logs.items()}

    def _repeats(self, number: int) -> set[str]:
        if number <= len(self.closed):
            return {row.item for row in self.closed[number - 1].drawn("repeat")}
        return self.queue.repeats if self.queue else set()

    def _stability(self) -> Light:
        title = "labels and models stable"
        if not self.closed:
            return Light(title, None, "no closed round", "needs one round to compare with")
        last = self.closed[-1]
        changed = sum(row.verdict in CHANGES for row in last.rows) / last.head.items
        kappa = self._kappa()
        said = "unknown" if kappa is None else f"{kappa:.3f}"
        holds = changed < ENOUGH_CHANGE and kappa is not None and kappa > ENOUGH_KAPPA
        why = (
            f"round {last.head.round} changed {changed:.1%} of the labels (below "
            f"{ENOUGH_CHANGE:.1%}); kappa of its models and those now: {said} (above "
            f"{ENOUGH_KAPPA})"
        )
        return Light(title, holds, f"{changed:.1%} changed", why)

    def _kappa(self) -> float | None:
        """Return the agreement of what the models of the last two rounds predict."""
        files = [
            self.places.table("rounds", str(number), "ranked.parquet")
            for number in (self.number - 1, self.number)
        ]
        tables = [
            pq.read_table(file, columns=["image_id", "predicted"]).to_pandas()
            for file in files
            if file is not None
        ]
        if len(tables) < 2:
            return None
        both = tables[0].merge(tables[1], on="image_id")
        names = sorted({*both["predicted_x"], *both["predicted_y"]})
        counts = pd.crosstab(both["predicted_x"], both["predicted_y"])
        square = counts.reindex(index=names, columns=names, fill_value=0)
        return cohen_kappa(square.to_numpy(dtype=np.int64))


def closed_since(places: Places) -> str:
    """Return what to do where the open round was closed since the pages were started, else ''."""
    if places.round is None or len(closed_rounds(places.reviews)) + 1 == places.round:
        return ""
    return (
        f"round {places.round} was closed since these pages were started. Run: skyloom run "
        f"{places.survey}, and start skyloom explore again."
    )


def wilson(count: int, total: int) -> tuple[float, float]:
    """Return Wilson's interval (1927) of a share, of 95 %; 0 to 1 where nothing was tried."""
    if total == 0:
        return 0.0, 1.0
    share, weight = count / total, Z**2 / total
    middle = (share + weight / 2) / (1 + weight)
    half = Z / (1 + weight) * math.sqrt(share * (1 - share) / total + weight / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def _logs(reviews: Path, number: int) -> list[Path]:
    return sorted(log_folder(reviews, number).glob("*.jsonl"))


def _disagreements(status: Status) -> Light:
    before = ", ".join(f"{one.disagreements} in round {one.round}" for one in status.rounds)
    why = "undecided labels that the models contradict; the published rule ends where none is left"
    return Light(
        "disagreements left",
        status.disagreements == 0,
        f"{status.disagreements:,}",
        f"{why} (before: {before})" if before else why,
    )


def _present_yield(last: Sequence[Event]) -> Light:
    title = f"yield of the last {LAST} verdicts"
    if not last:
        return Light(title, None, "no verdict yet", "needs verdicts")
    found = sum(event.verdict in CHANGES for event in last)
    bound = wilson(found, len(last))[1]
    why = f"{found} corrections in {len(last)}; at most {bound:.0%} by Wilson's bound (below 10 %)"
    return Light(title, bound < ENOUGH_YIELD, f"{found / len(last):.0%}", why)


def _audit(status: Status) -> Light:
    title = "audit passed"
    if status.converged and not status.unseen:
        return Light(title, True, "not needed", "every label was looked at")
    if not status.audits:
        why = "none was drawn: it comes when ranked items hold few errors"
        return Light(title, None, "no audit yet", why)
    last = status.audits[-1]
    why = (
        f"round {last.round}: {last.wrong} wrong in {last.sample} drawn of {last.population} that "
        f"nobody had looked at; at most {last.left} of {status.items} can still be wrong "
        f"(target {status.target:.1%})"
    )
    return Light(title, status.converged, f"at most {last.share:.1%} wrong", why)
