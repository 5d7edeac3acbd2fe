"""Logs of verdicts: append-only JSON lines, a file for each reviewer and round."""

from collections.abc import Sequence
from pathlib import Path

from skyloom.relabel.append_log import SharedLog, read_rows
from skyloom.relabel.sealed import log_folder
from skyloom.relabel.verdicts import Event, VerdictError, parse_event, standing


class VerdictLog:
    """The log of one reviewer and round; other programs may write to it too."""

    def __init__(self, path: Path) -> None:
        self._log = SharedLog(path, parse_event)
        self._log.append(lambda _: [])  # makes the file and sets a torn line aside

    @property
    def events(self) -> list[Event]:
        """All rows, in order."""
        return self._log.rows()

    def append(self, event: Event) -> bool:
        """Write a row and wait until it is on the disk; False where it was there already.

        Raises:
            LogError: another row has its uid.
        """
        return bool(self.append_all([event]))

    def append_all(self, events: Sequence[Event]) -> list[Event]:
        """Write rows at once and wait until they are on the disk; return those that are new.

        Raises:
            LogError: another row has the uid of one of them.
        """
        return self._log.append(lambda _: events)


def read_log(path: Path) -> list[Event]:
    """Return the whole rows of a log; a last line without its end is left out.

    Raises:
        VerdictError: a line is no verdict.
        LogError: two different rows have one uid.
    """
    return read_rows(path, parse_event)


def read_logs(folder: Path) -> dict[str, list[Event]]:
    """Return the rows of every reviewer of a round, by name.

    Raises:
        VerdictError: a row stands in two files, or in the file of another reviewer.
    """
    logs = {path.stem: read_log(path) for path in sorted(folder.glob("*.jsonl"))}
    owner: dict[str, str] = {}
    for reviewer, events in logs.items():
        for event in events:
            other = owner.setdefault(event.uid, reviewer)
            if other != reviewer:
                raise VerdictError(
                    f"{folder / reviewer}.jsonl and {folder / other}.jsonl both hold the row "
                    f"{event.uid}. Remove it from the file that is not {event.by}'s."
                )
            if event.by != reviewer:
                raise VerdictError(
                    f"{folder / reviewer}.jsonl holds the row {event.uid} of {event.by}. Move it "
                    f"to {event.by}.jsonl."
                )
    return logs


def standing_before(reviews: Path, number: int) -> dict[str, dict[str, Event]]:
    """Return what each reviewer last said of each item in the rounds before this one.

    Args:
        reviews: the survey's folder of reviews.
        number: of the round.
    """
    found: dict[str, dict[str, Event]] = {}
    for earlier in range(1, number):
        for reviewer, events in read_logs(log_folder(reviews, earlier)).items():
            found.setdefault(reviewer, {}).update(standing(events))
    return found
