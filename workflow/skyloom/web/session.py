"""What the review page shows and takes: a queue, its images, and the logs of all reviewers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skyloom import __version__
from skyloom.digest import sha256_of_file
from skyloom.relabel.hashing import share_of
from skyloom.relabel.queue import Queue, read_queue
from skyloom.relabel.round_lock import while_open
from skyloom.relabel.sealed import log_folder, sealed_file
from skyloom.relabel.verdict_log import VerdictLog, read_log, standing_before
from skyloom.relabel.verdicts import Event, RefusedError, Shown
from skyloom.settings.base import nearest
from skyloom.web.answers import Answer

HERE_SECONDS = 30.0
"""A reviewer who asked for nothing for longer is no longer here."""


@dataclass(frozen=True)
class Round:
    """The open round of a survey on disk.

    Attributes:
        survey: its name.
        folder: of the round's results, with the queue.
        reviews: folder of the survey's reviews.
    """

    survey: str
    folder: Path
    reviews: Path

    @property
    def queue_file(self) -> Path:
        """The queue."""
        return self.folder / "queue.parquet"


class Session:
    """An open round: who decided what, kept in the logs on disk.

    Attributes:
        queue: what is shown; read again when the workflow has rebuilt it.
    """

    def __init__(self, where: Round) -> None:
        self.where = where
        self._logs: dict[str, VerdictLog] = {}
        self._seen: dict[str, float] = {}
        self._digest = ""
        self.queue: Queue
        self.refresh()

    def refresh(self) -> bool:
        """Read the queue where it is new; return whether it was."""
        digest = sha256_of_file(self.where.queue_file)
        if digest == self._digest:
            return False
        self.queue = read_queue(self.where.queue_file)
        self._digest = digest
        self._rows = {str(row["item"]): row for _, row in self.queue.rows.iterrows()}
        return True

    @property
    def digest(self) -> str:
        """SHA-256 of the queue."""
        return self._digest

    @property
    def number(self) -> int:
        """Number of the round."""
        return self.queue.facts.round

    @property
    def is_closed(self) -> bool:
        """Whether the round was closed meanwhile."""
        return sealed_file(self.where.reviews, self.number).exists()

    def row(self, item: str) -> Mapping[str, Any]:
        """Return an item's row of the queue.

        Raises:
            RefusedError: it has none.
        """
        row = self._rows.get(item)
        if row is None:
            raise RefusedError(
                f"'{item}' is not in the queue of round {self.number}. The queue may have been "
                "rebuilt: reload the page."
            )
        return row  # type: ignore[no-any-return]

    def order(self, reviewer: str) -> list[str]:
        """Return the items in the order of one reviewer, so that two begin at different ones."""
        names = list(self._rows)
        shares = share_of(f"{reviewer}/{self.number}", names)
        return [names[place] for place in shares.argsort(kind="stable")]

    def verdicts(self) -> dict[str, dict[str, Event]]:
        """Return the standing verdicts of every reviewer, by item."""
        folder = log_folder(self.where.reviews, self.number)
        names = {path.stem for path in folder.glob("*.jsonl")} | set(self._logs)
        return {name: self.queue.standing(self.events(name)) for name in sorted(names)}

    def earlier(self) -> dict[str, dict[str, Event]]:
        """Return what each reviewer last said of each item in the rounds before."""
        return standing_before(self.where.reviews, self.number)

    def events(self, reviewer: str) -> list[Event]:
        """Return the rows of a reviewer's log, those that other servers wrote too."""
        if reviewer in self._logs:
            return self._logs[reviewer].events
        folder = log_folder(self.where.reviews, self.number)
        return read_log(folder / f"{reviewer}.jsonl")

    def take(self, reviewer: str, answer: Answer) -> Event:
        """Write an answer to the reviewer's log; return the row once it is on the disk.

        Raises:
            RefusedError: an unknown item, class or row to undo, or a closed round.
            LogError: the log cannot be read.
        """
        with while_open(self.where.reviews, self.number):
            return self._write(reviewer, answer)

    def _write(self, reviewer: str, answer: Answer) -> Event:
        log = self._log(reviewer)
        known = {event.uid: event for event in log.events}
        if answer.uid in known:  # sent once more, because the reply got lost
            return known[answer.uid]
        event = Event(
            uid=answer.uid,
            round=self.number,
            by=reviewer,
            at=datetime.now(UTC),
            ms=answer.ms,
            app=__version__,
            queue=self._digest,
            note=answer.note or None,
            flag=answer.flag,
            batch=answer.batch,
            **(self._undone(answer.undoes, known) if answer.undoes else self._decided(answer)),
        )
        log.append(event)
        return event

    def _decided(self, answer: Answer) -> dict[str, Any]:
        row = self.row(answer.item)
        classes = self.queue.facts.classes
        if answer.choice == "class" and answer.label not in classes:
            raise RefusedError(f"no class '{answer.label}'.{nearest(str(answer.label), classes)}")
        verdict = "keep" if answer.label == row["label"] else "fix"
        shown = Shown(
            label=row["label"],
            pred=row["predicted"],
            p=float(row["p_predicted"]),
            hidden=bool(row["hidden"]),
        )
        return {
            "item": answer.item,
            "verdict": verdict if answer.choice == "class" else answer.choice,
            "label": answer.label,
            "shown": shown,
        }

    def _undone(self, uid: str, known: Mapping[str, Event]) -> dict[str, Any]:
        if uid not in known:
            raise RefusedError(f"there is no row {uid} of yours to undo")
        return {"item": known[uid].item, "verdict": None, "undoes": uid}

    def _log(self, reviewer: str) -> VerdictLog:
        if reviewer not in self._logs:
            folder = log_folder(self.where.reviews, self.number)
            self._logs[reviewer] = VerdictLog(folder / f"{reviewer}.jsonl")
        return self._logs[reviewer]

    def mark_here(self, reviewer: str) -> None:
        """Remember that a reviewer asked for something now."""
        self._seen[reviewer] = time.monotonic()

    def here(self) -> list[str]:
        """Return the reviewers who asked for something lately."""
        now = time.monotonic()
        return sorted(name for name, at in self._seen.items() if now - at < HERE_SECONDS)
