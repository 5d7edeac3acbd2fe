"""An unfinished download: kept between calls, and never taken for a whole file."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import httpx

from skyloom.atomic import move
from skyloom.shards import ArchiveFile

_VALIDATORS = {"ETag": "etag", "Last-Modified": "last_modified"}


class Partial:
    """The beginning of a file, with what its server said to recognise the same file again.

    Attributes:
        path: `<target>.partial`; notes on it stand in `<target>.partial.json`.
    """

    def __init__(self, target: Path, file: ArchiveFile) -> None:
        self.path = target.with_name(f"{target.name}.partial")
        self._target = target
        self._file = file
        self._notes = target.with_name(f"{target.name}.partial.json")

    @property
    def size(self) -> int:
        """Return the bytes received so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def range_headers(self) -> dict[str, str]:
        """Return the headers that ask for the rest; none when the start cannot be trusted.

        A start is trusted when the server can say whether the file has changed since (If-Range,
        RFC 9110, 13.1.5), or when a checksum is known, which decides at the end.
        """
        notes = self._read_notes()
        if self.size == 0 or notes.get("url") != self._file.url:
            return {}
        wanted = {"Range": f"bytes={self.size}-"}
        validator = _strong(notes.get("etag")) or notes.get("last_modified")
        if validator:
            return {**wanted, "If-Range": validator}
        return wanted if self._file.sha256 or self._file.md5 else {}

    def restart(self, response: httpx.Response) -> None:
        """Forget what was received: this answer gives the file from its first byte."""
        self.discard()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        notes = {"url": self._file.url, **_facts(response)}
        self._notes.write_text(json.dumps(notes), encoding="utf-8")

    def goes_on_with(self, response: httpx.Response) -> bool:
        """Return whether nothing in an answer tells another file than the one that was begun.

        Servers that ignore If-Range answer with the rest of a newer version.
        """
        notes = self._read_notes()
        return all(notes.get(key, value) == value for key, value in _facts(response).items())

    def append(self, blocks: Iterable[bytes]) -> Iterable[int]:
        """Write blocks at the end; yield the size after each."""
        with self.path.open("ab") as file:
            for block in blocks:
                file.write(block)
                yield file.tell()

    def discard(self) -> None:
        """Remove the partial file and its notes."""
        self.path.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)

    def complete(self) -> None:
        """Give the file its own name, its bytes on the disk first."""
        move(self.path, self._target)
        self._notes.unlink(missing_ok=True)

    def _read_notes(self) -> dict[str, str]:
        try:
            notes = json.loads(self._notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return notes if isinstance(notes, dict) else {}


def size_of_whole(response: httpx.Response) -> int | None:
    """Return the size of the whole file, in bytes, as the server announces it."""
    said = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    if said and said[2] != "*":
        return int(said[2])
    length = response.headers.get("Content-Length", "")
    return int(length) + (int(said[1]) if said else 0) if length.isdigit() else None


def _facts(response: httpx.Response) -> dict[str, str]:
    """Return what an answer says of its file: what validates it, and its size."""
    said = {key: response.headers.get(header) for header, key in _VALIDATORS.items()}
    total = size_of_whole(response)
    said["total"] = None if total is None else str(total)
    return {key: value for key, value in said.items() if value is not None}


def _strong(etag: str | None) -> str | None:
    """Return an entity tag that If-Range allows; a weak one says too little."""
    return None if etag is None or etag.startswith("W/") else etag
