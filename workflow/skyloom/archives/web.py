"""Polite HTTP: who we are, how long we wait, when we ask again, how many at once."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import httpx

from skyloom import __version__
from skyloom.archives.patience import Patience, retry_after
from skyloom.archives.slots import CONNECTIONS_PER_HOST, connection_slot
from skyloom.errors import SkyloomError

USER_AGENT = f"skyloom/{__version__} (+scientific workflow)"
CONNECT_SECONDS = 15.0
STALL_SECONDS = 60.0
NO_SUCH_RANGE = httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE
_ABSENT = {httpx.codes.NOT_FOUND, httpx.codes.GONE}
_REMEDY = "Check the network and the archive's page, or set archive_root to a local copy or mirror."

Answer = TypeVar("Answer")


class WebError(SkyloomError):
    """No usable answer came from an address."""


class AbsentError(WebError):
    """The server says that there is nothing at this address (404 or 410)."""


class _BusyError(WebError):
    """An answer that may be better later; `wait` is what the server asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Web:
    """Requests to archives, asked again with growing waits while a server is busy or away.

    429, 5xx, refused connections, cut answers and stalls are asked again; a Retry-After is obeyed
    up to a limit. Redirects are followed.

    Args:
        root: address of a mirror: the path and query of every address are asked for there.
        stall: seconds without a byte after which a connection counts as lost.
        patience: how often and how late to ask again.
        slots: folder of the connection slots; None takes the user's own.
        connections: connections to one host at once, over all processes.
    """

    def __init__(
        self,
        root: str | None = None,
        *,
        stall: float = STALL_SECONDS,
        patience: Patience | None = None,
        slots: Path | None = None,
        connections: int = CONNECTIONS_PER_HOST,
    ) -> None:
        self.root = root
        self.patience = patience or Patience()
        self.connections = connections
        self._slots = slots
        self._client = httpx.Client(
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(stall, connect=CONNECT_SECONDS),
            follow_redirects=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def text(self, url: str, parameters: Mapping[str, str] | None = None) -> str:
        """Return the text at an address; `parameters` join its query. Raises `WebError`."""
        return self._read("GET", _with_query(url, parameters)).text

    def json(self, url: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Return the JSON document at an address. Raises `WebError`."""
        return _parsed(self._read("GET", _with_query(url, parameters)))

    def post(self, url: str, body: Any) -> Any:
        """Send a JSON document and return the JSON answer. Raises `WebError`."""
        return _parsed(self._read("POST", url, json=body))

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """Yield the answer at an address, of status 2xx or 416, its body not yet read.

        Raises:
            WebError: no such answer came; `AbsentError` for 404 and 410.
        """
        request = self._request("GET", url, headers=headers)
        with self._slot(request):
            response = self._persist(lambda: self._send(request))
            try:
                yield response
            finally:
                response.close()

    def pause(self, attempt: int) -> None:
        """Wait as long as is fit after the attempt of this number, counted from 0."""
        time.sleep(self.patience.seconds(attempt))

    def address(self, url: str) -> str:
        """Return the address that is asked for `url`: itself, or the mirror's."""
        return url if self.root is None else f"{self.root.rstrip('/')}/{request_target(url)}"

    def _request(
        self,
        method: str,
        url: str,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        try:
            address = self.address(url)
            return self._client.build_request(method, address, json=json, headers=headers)
        except httpx.InvalidURL as error:
            raise WebError(f"{url} is no address: {error}. Correct the shard sheet.") from error

    def _slot(self, request: httpx.Request) -> Any:
        return connection_slot(request.url.netloc.decode(), self._slots, self.connections)

    def _read(self, method: str, url: str, **said: Any) -> httpx.Response:
        request = self._request(method, url, **said)
        with self._slot(request):
            return self._persist(lambda: self._send_and_read(request))

    def _send_and_read(self, request: httpx.Request) -> httpx.Response:
        response = self._send(request)
        try:
            response.read()
        except httpx.TransportError as error:
            raise _BusyError(f"{request.url}: {_words(error)}. {_REMEDY}") from error
        finally:
            response.close()
        return response

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            response = self._client.send(request, stream=True)
        except (httpx.UnsupportedProtocol, httpx.TooManyRedirects) as error:
            raise WebError(f"{request.url}: {_words(error)}. Correct the shard sheet.") from error
        except httpx.TransportError as error:
            raise _BusyError(f"{request.url}: {_words(error)}. {_REMEDY}") from error
        if response.is_success or response.status_code == NO_SUCH_RANGE:
            return response
        response.close()
        raise _refusal(response)

    def _persist(self, ask: Callable[[], Answer]) -> Answer:
        """Ask until an answer comes or patience ends."""
        for attempt in range(self.patience.attempts - 1):
            try:
                return ask()
            except _BusyError as error:
                self._wait(error, attempt)
        return ask()

    def _wait(self, error: _BusyError, attempt: int) -> None:
        if error.wait is None:
            return self.pause(attempt)
        if error.wait > self.patience.obeyed:
            raise WebError(
                f"{error} It asks to come back in {error.wait:.0f} s, more than the "
                f"{self.patience.obeyed:.0f} s that are waited here: run again later."
            ) from error
        return time.sleep(max(error.wait, self.patience.seconds(attempt)))


def request_target(url: str) -> str:
    """Return path and query of an address as they are asked for, without the leading slash."""
    return httpx.URL(url).raw_path.decode().lstrip("/")


def _with_query(url: str, parameters: Mapping[str, str] | None) -> str:
    """Add parameters to an address whose own query stays as it is written."""
    if not parameters:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"


def _refusal(response: httpx.Response) -> WebError:
    said = f"{response.request.url}: the server answered {response.status_code}"
    message = f"{said} {response.reason_phrase}."
    if response.status_code in _ABSENT:
        return AbsentError(f"{message} Check the address in the shard sheet.")
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        message += " The archive is busy or broken: run again later."
        return _BusyError(message, retry_after(response.headers.get("Retry-After")))
    return WebError(f"{message} It may ask for a login, or not allow this request. {_REMEDY}")


def _parsed(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise WebError(
            f"{response.request.url}: expected JSON, found {response.text[:80]!r}. The archive's "
            "interface may have changed."
        ) from error


def _words(error: httpx.RequestError) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".")
