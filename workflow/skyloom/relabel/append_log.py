"""Append-only JSON lines: a row is on the disk (fsync) before anyone is told so.

A line that a crash cut short was never acknowledged; it is moved aside, not deleted.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Generic, NamedTuple, Protocol, TypeVar

from skyloom.atomic import append_lines, sync
from skyloom.errors import SkyloomError


class LogError(SkyloomError):
    """A row, or a file of rows, cannot be used."""


class LogRow(Protocol):
    """What a log holds: a model with a name of its own."""

    @property
    def uid(self) -> str:
        """Unique name of the row."""

    def model_dump_json(self) -> str:
        """Return the row as one line of JSON."""


Row = TypeVar("Row", bound=LogRow)
Parse = Callable[[bytes, str], Row]
"""From a line, and where it stands, to a row."""


class _Place(NamedTuple):
    """Up to where a log was read: which file, the end of its last whole row, and its lines."""

    inode: int
    end: int
    lines: int


NOTHING = _Place(0, 0, 0)


class SharedLog(Generic[Row]):
    """A log that several servers may write to: each append takes its turn.

    Args:
        path: of the file; it is made with the first row.
        parse: a line.
    """

    def __init__(self, path: Path, parse: Parse[Row]) -> None:
        self._path, self._parse = path, parse
        self._lock = Lock()
        self._known: dict[str, Row] = {}
        self._read = NOTHING

    def rows(self) -> list[Row]:
        """Return the whole rows that are on the disk now."""
        with self._lock:
            if self._path.exists():
                with _opened(self._path, os.O_RDONLY, fcntl.LOCK_SH) as descriptor:
                    self._catch_up(descriptor)
            else:
                self._known, self._read = {}, NOTHING
            return list(self._known.values())

    def append(self, decide: Callable[[Sequence[Row]], Sequence[Row]]) -> list[Row]:
        """Write rows and wait until they are on the disk; return those that are new.

        Args:
            decide: returns the rows to write, given all that are there; nobody else writes while it
                decides. Rows that are there already are not written again.

        Raises:
            LogError: another row has the uid of one of them.
        """
        with self._lock, opened_for_rows(self._path, fcntl.LOCK_EX) as descriptor:
            self._catch_up(descriptor)
            if os.fstat(descriptor).st_size > self._read.end:
                set_torn_line_aside(self._path)
            chosen = decide(list(self._known.values()))
            fresh = [row for row in chosen if self._is_new(row)]
            append_lines(descriptor, [row.model_dump_json() for row in fresh], self._path)
            return fresh

    def _is_new(self, row: Row) -> bool:
        present = self._known.get(row.uid)
        if present is not None and present != row:
            raise LogError(f"{self._path}: another row has the uid {row.uid}")
        return present is None

    def _catch_up(self, descriptor: int) -> None:
        """Read what was appended since; everything where it is another file, or a shorter one."""
        found = os.fstat(descriptor)
        if found.st_ino != self._read.inode or found.st_size < self._read.end:
            self._known, self._read = {}, NOTHING
        content = os.pread(descriptor, found.st_size - self._read.end, self._read.end)
        whole = content[: content.rfind(b"\n") + 1]
        _join(whole, self._known, self._parse, self._path, self._read.lines)
        end, lines = self._read.end + len(whole), self._read.lines + whole.count(b"\n")
        self._read = _Place(found.st_ino, end, lines)


def read_rows(path: Path, parse: Parse[Row]) -> list[Row]:
    """Return the whole rows of a log; a last line without its end is left out.

    Raises:
        LogError: two different rows have one uid; whatever `parse` raises.
    """
    rows: dict[str, Row] = {}
    _join(path.read_bytes() if path.exists() else b"", rows, parse, path, 0)
    return list(rows.values())


def _join(content: bytes, rows: dict[str, Row], parse: Parse[Row], path: Path, before: int) -> None:
    """Add the whole rows of a part of a log, which follows so many lines, to those before it."""
    for number, line in enumerate(content.split(b"\n")[:-1], start=before + 1):
        row = parse(line, f"{path}, line {number}")
        if rows.setdefault(row.uid, row) != row:
            raise LogError(f"{path}, line {number}: another row has the uid {row.uid}")


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


@contextmanager
def opened_for_rows(path: Path, lock: int) -> Iterator[int]:
    """Yield a file, made where there is none, open for appending once it could be locked.

    Args:
        path: of the file.
        lock: `fcntl.LOCK_EX` to be alone, `fcntl.LOCK_SH` to keep out who wants that.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, lock) as descriptor:
        sync(path.parent)
        yield descriptor


@contextmanager
def _opened(path: Path, flags: int, lock: int) -> Iterator[int]:
    """Yield an open file once it could be locked."""
    descriptor = os.open(path, flags, 0o644)
    try:
        fcntl.flock(descriptor, lock)
        yield descriptor
    finally:
        os.close(descriptor)
