"""Decisions about many images at once: written, and undone as one.

The rows of a decision have uids that begin with its name.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from skyloom import __version__
from skyloom.relabel.amendments import OpenRound, amendments
from skyloom.relabel.round_lock import while_open
from skyloom.relabel.sealed import log_folder
from skyloom.relabel.verdict_log import VerdictLog, read_log
from skyloom.relabel.verdicts import Event, standing
from skyloom.relabel.wanted import Wish, standing_wishes, wanted_log

MARK = "explore-"
"""Begins the name of every decision."""


class DecisionLog:
    """Decisions of one reviewer in one round.

    Args:
        reviews: the survey's folder of reviews.
        number: of the open round.
        reviewer: who decides.
    """

    def __init__(self, reviews: Path, number: int, reviewer: str) -> None:
        self._reviews, self._number, self._reviewer = reviews, number, reviewer
        self._path = log_folder(reviews, number) / f"{reviewer}.jsonl"
        self._wanted = wanted_log(reviews, number)

    def label(self, at_stake: OpenRound, items: Sequence[str], label: str, uid: str) -> None:
        """Write that images have a label; sent once more it is written once.

        Raises:
            AmendError: an item is not under review, or there is no such class.
        """
        name = MARK + uid
        self._append(amendments(at_stake, items, label, self._reviewer, _now(), name))

    def wish(self, items: Sequence[str], uid: str) -> None:
        """Write that images are to be in the next queue; sent once more it is written once."""
        now = _now()
        wishes = [
            Wish(
                uid=f"{MARK}{uid}-{place}",
                round=self._number,
                item=item,
                by=self._reviewer,
                at=now,
                app=__version__,
            )
            for place, item in enumerate(items)
        ]
        self._ask(wishes)

    def last(self) -> list[Event | Wish]:
        """Return the rows of the last decision that stands; none where there is none."""
        labelled = [row for row in standing(read_log(self._path)).values() if _is_ours(row)]
        asked = [row for row in standing_wishes(self._wanted.rows()) if _is_ours(row)]
        mine = [row for row in asked if row.by == self._reviewer]
        rows: list[Event | Wish] = [*labelled, *mine]
        newest = max(rows, key=lambda row: row.at, default=None)
        return [row for row in rows if newest and _decision(row) == _decision(newest)]

    def undo(self) -> int:
        """Undo the last decision that stands; return of how many images it was."""
        rows, now = self.last(), _now()
        events = [_undone(row, now) for row in rows if isinstance(row, Event)]
        self._append(events)
        wishes = [
            Wish(**{**row.model_dump(), "at": now, "uid": f"undo-{row.uid}", "undoes": row.uid})
            for row in rows
            if isinstance(row, Wish)
        ]
        self._ask(wishes)
        return len(rows)

    def _append(self, events: Sequence[Event]) -> None:
        if not events:
            return
        with while_open(self._reviews, self._number):
            log = VerdictLog(self._path)
            if not _known(events[0], log.events):
                log.append_all(events)

    def _ask(self, wishes: Sequence[Wish]) -> None:
        if not wishes:
            return
        with while_open(self._reviews, self._number):
            self._wanted.append(lambda rows: [] if _known(wishes[0], rows) else wishes)


def _undone(row: Event, now: datetime) -> Event:
    nothing = {"verdict": None, "label": None, "shown": None, "at": now}
    told = {**row.model_dump(), **nothing, "uid": f"undo-{row.uid}", "undoes": row.uid}
    return Event.model_validate(told)


def _decision(row: Event | Wish) -> str:
    return row.uid.rpartition("-")[0]


def _is_ours(row: Event | Wish) -> bool:
    return row.uid.startswith(MARK)


def _known(row: Event | Wish, rows: Sequence[Event] | Sequence[Wish]) -> bool:
    return any(one.uid == row.uid for one in rows)


def _now() -> datetime:
    return datetime.now(UTC)
