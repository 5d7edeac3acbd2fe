"""How a loopback archive answers one request."""

import hashlib
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Protocol, cast

from skyloom.archives.faults import Fault, Lack

MODIFIED = "Thu, 01 Jan 2026 00:00:00 GMT"
_MOVED = "moved/"
_EXCESS = 10  # bytes by which a wrong Content-Length is too large


class Served(Protocol):
    """What an answer needs of its archive; see `LoopbackArchive`."""

    lacks: Collection[Lack]

    def find(self, target: str) -> str | None:
        """Return the name of the file that answers a path and query, or None."""
        ...

    def content(self, name: str, target: str, body: bytes) -> bytes:
        """Return the content of a file."""
        ...

    def entries(self, folder: str) -> list[str]:
        """Return the names directly inside a folder."""
        ...

    def fault(self, method: str, target: str, name: str) -> Fault | None:
        """Note a request and return the fault that it meets."""
        ...

    def count(self, sent: int) -> None:
        """Note the bytes of a body that was sent."""
        ...


class _Server(Protocol):
    archive: Served
    closing: threading.Event


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    """One connection to a loopback archive."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a file, an index or a fault."""
        served = cast(_Server, self.server).archive
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.path.lstrip("/")
        wanted = target.removeprefix(_MOVED)
        name = served.find(wanted)
        fault = served.fault(self.command, target, name or wanted)
        if fault is not None and fault.kind == "status":
            self._send(_refusal(fault))
        elif fault is not None and fault.kind == "redirect":
            self._send(_Answer(HTTPStatus.FOUND, {"Location": f"/{_MOVED}{wanted}"}, b""))
        elif name is not None:
            content = served.content(name, wanted, body)
            self._send_with(fault, self._file(content, served.lacks))
        else:
            self._send(_index(wanted, served.entries(wanted.partition("?")[0])))

    do_HEAD = do_GET
    do_POST = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep quiet."""

    def _file(self, content: bytes, lacks: Collection[Lack]) -> _Answer:
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {} if "validators" in lacks else {"ETag": etag, "Last-Modified": MODIFIED}
        whole = _Answer(HTTPStatus.OK, headers, content)
        if "range" in lacks:
            return whole
        said = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        unchanged = self.headers.get("If-Range", etag) in (etag, MODIFIED)
        return _part(whole, said) if said and (unchanged or "if_range" in lacks) else whole

    def _send(self, answer: _Answer) -> None:
        self._send_head(answer, len(answer.body))
        self._send_body(answer.body)

    def _send_body(self, body: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(body)
            cast(_Server, self.server).archive.count(len(body))

    def _send_head(self, answer: _Answer, length: int) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send_with(self, fault: Fault | None, answer: _Answer) -> None:
        """Send a file as its fault has it; a connection on which bytes are missing is closed."""
        kind = None if fault is None else fault.kind
        body = answer.body
        if fault is not None and kind in ("cut", "stall"):
            body = body[: int(len(body) * fault.share)]
        elif kind == "corrupted":
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        elif kind != "wrong_length":
            return self._send(answer)
        self.close_connection = len(body) < len(answer.body) or kind == "wrong_length"
        self._send_head(answer, len(answer.body) + (_EXCESS if kind == "wrong_length" else 0))
        self._send_body(body)
        if kind == "stall":
            cast(_Server, self.server).closing.wait()


def _part(whole: _Answer, said: re.Match[str]) -> _Answer:
    """Return the range of a file that was asked for."""
    size = len(whole.body)
    first = int(said[1])
    last = min(int(said[2]), size - 1) if said[2] else size - 1
    if first > last:
        headers = {"Content-Range": f"bytes */{size}"}
        return _Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers, b"")
    headers = {**whole.headers, "Content-Range": f"bytes {first}-{last}/{size}"}
    return _Answer(HTTPStatus.PARTIAL_CONTENT, headers, whole.body[first : last + 1])


def _refusal(fault: Fault) -> _Answer:
    headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
    return _Answer(fault.status, headers, b"")


def _index(folder: str, entries: list[str]) -> _Answer:
    """Return a folder as Apache shows it, or 404 when nothing is below it."""
    if not entries or not (folder.endswith("/") or folder == ""):
        return _Answer(HTTPStatus.NOT_FOUND, {}, b"not found\n")
    lines = "".join(f'<a href="{name}">{name}</a>  2026-01-01 00:00    -\n' for name in entries)
    head = f"<html><head><title>Index of /{folder}</title></head>\n"
    page = f"{head}<body><pre>\n{lines}</pre></body></html>\n"
    return _Answer(HTTPStatus.OK, {"Content-Type": "text/html"}, page.encode())
