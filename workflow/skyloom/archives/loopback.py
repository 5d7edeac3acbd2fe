"""An HTTP archive on this machine's loopback: the genuine fetching code runs against it.

It serves files under the path and query of their real addresses, answers ranges and conditional
requests as RFC 9110 has them, shows folders as Apache does, and can have scripted faults.
"""

import sys
import threading
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from skyloom.archives.faults import Fault, Lack, Script
from skyloom.archives.loopback_answers import Handler

Content = bytes | Callable[[str, bytes], bytes]
"""Bytes, or what makes them from a request's path and query and its body."""


class ZipFiles(Mapping[str, Content]):
    """The files of a zip file by member name; may be read from several threads."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        self._names = frozenset(self._zip.namelist())
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> bytes:
        with self._lock:
            return self._zip.read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


class LoopbackArchive:
    """A server that runs inside a `with` block.

    Attributes:
        url: its root, `http://127.0.0.1:<port>`.
        asked: (method, path and query) of every request so far.
        sent: bytes of bodies sent so far.
        lacks: what the server cannot do.

    Args:
        files: contents by path and query without the leading slash. A request is answered by the
            exact path and query, else by the path alone, else by an index of what is below it.
        faults: what goes wrong.
        lacks: what the server cannot do.
    """

    def __init__(
        self,
        files: Mapping[str, Content],
        faults: Sequence[Fault] = (),
        lacks: Collection[Lack] = (),
    ) -> None:
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        self.lacks = lacks
        self._files = files
        self._script = Script(faults)
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def find(self, target: str) -> str | None:
        """Return the name of the file that answers a path and query, or None."""
        path = target.partition("?")[0]
        return next((name for name in (target, path, unquote(path)) if name in self._files), None)

    def content(self, name: str, target: str, body: bytes) -> bytes:
        """Return the content of a file."""
        found = self._files[name]
        return found if isinstance(found, bytes) else found(target, body)

    def entries(self, folder: str) -> list[str]:
        """Return the names directly inside a folder, those of folders with a slash at the end."""
        inside = (name.removeprefix(folder) for name in self._files if name.startswith(folder))
        return sorted({head + slash for head, slash, _ in (n.partition("/") for n in inside)})

    def fault(self, method: str, target: str, name: str) -> Fault | None:
        """Note a request and return the fault that it meets."""
        with self._lock:
            self.asked.append((method, target))
            return self._script.next(name)

    def count(self, sent: int) -> None:
        """Note the bytes of a body that was sent."""
        with self._lock:
            self.sent += sent


class _Server(ThreadingHTTPServer):
    """The server behind a loopback archive.

    Attributes:
        closing: set when the archive closes, which ends stalled answers.
    """

    daemon_threads = True

    def __init__(self, archive: LoopbackArchive) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.archive = archive
        self.closing = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that went away; let other errors be seen."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]
