"""Append-only JSON lines: a row is on the disk (fsync) before anyone is told so.

A line that a crash cut short was never acknowledged; it is moved aside, not deleted.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from skyloom.atomic import sync
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


class SharedLog(Generic[Row]):
    """A log that several servers may write to: each append takes its turn.

    Args:
        path: of the file; it is made with the first row.
        parse: a line.
    """

    def __init__(self, path: Path, parse: Parse[Row]) -> None:
        self._path, self._parse = path, parse

    def rows(self) -> list[Row]:
        """Return the whole rows that are on the disk now."""
        return read_rows(self._path, self._parse)

    def append(self, decide: Callable[[Sequence[Row]], Sequence[Row]]) -> list[Row]:
        """Write rows and wait until they are on the disk; return those that are new.

        Args:
            decide: returns the rows to write, given all that are there; nobody else writes while it
                decides. Rows that are there already are not written again.

        Raises:
            LogError: another row has the uid of one of them.
        """
        with _alone(self._path) as descriptor:
            set_torn_line_aside(self._path)
            present = self.rows()
            known = {row.uid: row for row in present}
            fresh = [row for row in decide(present) if is_new(row, known, self._path)]
            write_rows(descriptor, fresh, self._path)
            return fresh


def is_new(row: Row, known: dict[str, Row], path: Path) -> bool:
    """Return whether a row is not there yet; raise `LogError` where another one has its uid."""
    present = known.get(row.uid)
    if present is not None and present != row:
        raise LogError(f"{path}: another row has the uid {row.uid}")
    return present is None


def write_rows(descriptor: int, rows: Sequence[LogRow], path: Path) -> None:
    """Write rows to a file open for appending and wait until they are on the disk."""
    content = "".join(row.model_dump_json() + "\n" for row in rows).encode()
    if not content:
        return
    written = os.write(descriptor, content)
    if written != len(content):
        raise OSError(f"{path}: {written} of {len(content)} bytes written")
    os.fsync(descriptor)


def read_rows(path: Path, parse: Parse[Row]) -> list[Row]:
    """Return the whole rows of a log; a last line without its end is left out.

    Raises:
        LogError: two different rows have one uid; whatever `parse` raises.
    """
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    rows: dict[str, Row] = {}
    for number, line in enumerate(lines, start=1):
        row = parse(line, f"{path}, line {number}")
        if rows.setdefault(row.uid, row) != row:
            raise LogError(f"{path}, line {number}: another row has the uid {row.uid}")
    return list(rows.values())


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
def _alone(path: Path) -> Iterator[int]:
    """Yield the file, open for appending, while no other process holds it so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        sync(path.parent)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
