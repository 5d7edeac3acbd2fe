"""Logs of verdicts: append-only JSON lines, a file for each reviewer and round.

A row is on the disk (fsync) before anyone is told so. A line that a crash cut short was never
acknowledged; it is moved aside, not deleted.
"""

import os
from pathlib import Path
from threading import Lock

from skyloom.atomic import sync
from skyloom.relabel.sealed import log_folder
from skyloom.relabel.verdicts import Event, VerdictError, parse_event, standing


class VerdictLog:
    """The log of one reviewer and round, open for appending."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        set_torn_line_aside(path)
        self._rows = {event.uid: event for event in read_log(path)}
        self._path, self._lock = path, Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        sync(path.parent)

    @property
    def events(self) -> list[Event]:
        """All rows, in order."""
        with self._lock:
            return list(self._rows.values())

    def append(self, event: Event) -> bool:
        """Write a row and wait until it is on the disk; False where it was there already.

        Raises:
            VerdictError: another row has its uid.
        """
        with self._lock:
            known = self._rows.get(event.uid)
            if known is not None and known != event:
                raise VerdictError(f"{self._path}: another row has the uid {event.uid}")
            if known is not None:
                return False
            line = (event.model_dump_json() + "\n").encode()
            written = os.write(self._file, line)
            if written != len(line):
                raise OSError(f"{self._path}: {written} of {len(line)} bytes written")
            os.fsync(self._file)
            self._rows[event.uid] = event
            return True

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_log(path: Path) -> list[Event]:
    """Return the whole rows of a log; a last line without its end is left out.

    Raises:
        VerdictError: a line is no verdict, or two different rows have one uid.
    """
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    rows: dict[str, Event] = {}
    for number, line in enumerate(lines, start=1):
        event = parse_event(line, f"{path}, line {number}")
        if rows.setdefault(event.uid, event) != event:
            raise VerdictError(f"{path}, line {number}: another row has the uid {event.uid}")
    return list(rows.values())


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


def set_torn_line_aside(path: Path) -> None:
    """Move what follows the last whole line of a log to `<name>.torn` beside it, and say so."""
    content = path.read_bytes() if path.exists() else b""
    tail = content[content.rfind(b"\n") + 1 :]
    if not tail:
        return
    print(
        f"{path} ends within a row ({len(tail)} bytes, never acknowledged): moved to "
        f"{path.with_suffix('.torn').name}"
    )
    with path.with_suffix(".torn").open("ab") as kept:
        kept.write(tail + b"\n")
        kept.flush()
        os.fsync(kept.fileno())
    with path.open("r+b") as file:
        file.truncate(len(content) - len(tail))
        os.fsync(file.fileno())
