"""SHA-256 of many files, at the disk's speed, and not again while a file is as it was.

What is remembered lies outside the results. A file counts as unchanged while its size, times of
content and of status, inode and device are: programs can set the time of a file's content, but not
that of its status, so only somebody who sets the clock, writes to the raw disk or edits the memory
itself can change a file unseen. `Digests(None)` remembers nothing and reads everything.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from skyloom.atomic import write_text

BLOCK = 1 << 22
"""Bytes that are read at a time."""
SETTLED_NS = 2_000_000_000
"""A file touched less long ago is not remembered: it could change again within one tick."""
_Stamp = tuple[int, int, int, int, int]


def memory_file(results: Path) -> Path:
    """Return where the digests of a results folder are remembered, in the user's cache."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = hashlib.sha256(str(results.resolve()).encode()).hexdigest()[:16]
    return base / "skyloom" / "digests" / f"{name}.json"


class Digests:
    """SHA-256 of files by path.

    Attributes:
        read_bytes: that had to be read.
    """

    def __init__(self, memory: Path | None, threads: int | None = None) -> None:
        self._memory, self._here = memory, Path.cwd()
        self._threads = threads or min(8, os.cpu_count() or 1)
        self._known: dict[str, tuple[_Stamp, str]] = _load(memory)
        self._found: dict[Path, str | None] = {}
        self.read_bytes = 0

    def of(self, path: Path) -> str | None:
        """Return the digest of a file; None where there is none."""
        if path not in self._found:
            self.add([path])
        return self._found[path]

    def add(self, paths: Iterable[Path]) -> None:
        """Compute the digests of files, several at a time; shows progress on a terminal."""
        unread: list[tuple[Path, _Stamp]] = []
        for path in dict.fromkeys(paths):
            if path in self._found:
                continue
            stamp = _stamp(path)
            known = self._known.get(self._name(path))
            if stamp is None:
                self._found[path] = None
            elif known is not None and known[0] == stamp:
                self._found[path] = known[1]
            else:
                unread.append((path, stamp))
        total = sum(stamp[0] for _, stamp in unread)
        self.read_bytes += total
        quiet = total < 1 << 28 or None  # None: on a terminal only
        with (
            tqdm(total=total, unit="B", unit_scale=True, desc="sha256", disable=quiet) as bar,
            ThreadPoolExecutor(self._threads) as pool,
        ):
            for (path, stamp), digest in zip(
                unread, pool.map(lambda one: _read(one[0], bar), unread), strict=True
            ):
                self._found[path] = digest
                if time.time_ns() - max(stamp[1:3]) > SETTLED_NS and _stamp(path) == stamp:
                    self._known[self._name(path)] = (stamp, digest)

    def _name(self, path: Path) -> str:
        """Return the path from the root of the file system, without asking it."""
        return str(path) if path.is_absolute() else f"{self._here}/{path}"

    def save(self) -> None:
        """Remember the digests, atomically."""
        if self._memory is not None and self.read_bytes:
            write_text(self._memory, json.dumps(self._known))


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev


def _read(path: Path, bar: "tqdm[None]") -> str:
    hasher = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            hasher.update(block)
            bar.update(len(block))
    return hasher.hexdigest()


def _load(memory: Path | None) -> dict[str, tuple[_Stamp, str]]:
    """Return what was remembered; nothing where the file is lost or damaged."""
    if memory is None or not memory.is_file():
        return {}
    try:
        said = json.loads(memory.read_text(encoding="utf-8"))
        return {name: (tuple(stamp), str(digest)) for name, (stamp, digest) in said.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
