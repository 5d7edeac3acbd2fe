"""The checksums of what an archive gave first, for files whose checksum it does not publish.

A ledger stands beside its shard sheet as `<sheet>.sha256`: one line per file with SHA-256, name
(`<shard>` or `<shard>/<member>`) and address, separated by tabs. It belongs under version control
like the sheet.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from skyloom.errors import SkyloomError

_LINE = re.compile(r"([0-9a-f]{64})\t([^\t]+)\t([^\t]+)")


class LedgerError(SkyloomError):
    """A ledger holds a line that is none."""


class Ledger:
    """The first checksum of each file; later ones are compared with it.

    Args:
        path: of the ledger; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = self._read()

    def known(self, name: str, url: str) -> str | None:
        """Return the SHA-256 that came first from this address under this name, or None."""
        return self._known.get((name, url))

    def record(self, found: Iterable[tuple[str, str, str]]) -> None:
        """Append (name, url, sha256) of what is not known yet: one write, then synced.

        Two processes may append at once; the first line on a file counts.
        """
        self._known = self._read()
        new = [entry for entry in found if entry[:2] not in self._known]
        lines = "".join(f"{sha256}\t{name}\t{url}\n" for name, url, sha256 in new)
        if not lines:
            return
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(descriptor, lines.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._known = self._read()

    def _read(self) -> dict[tuple[str, str], str]:
        known: dict[tuple[str, str], str] = {}
        if not self.path.is_file():
            return known
        for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), start=1):
            found = _LINE.fullmatch(line)
            if found is None:
                raise LedgerError(
                    f"{self.path}, line {number}: expected SHA-256, name and address separated by "
                    f"tabs, found {line[:80]!r}. Delete the line: the file is then recorded anew."
                )
            known.setdefault((found[2], found[3]), found[1])
        return known
