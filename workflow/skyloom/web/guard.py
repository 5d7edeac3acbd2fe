"""Who may talk to a page: this host, with the token of the address that was printed.

The token turns into a cookie that scripts cannot read and other sites cannot send. What changes
anything must besides come from the page itself.
"""

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SHORTEST = 32
"""Characters of a token. An empty one would be that of every request without a cookie."""
LOCAL = ("127.0.0.1", "localhost", "::1")

KINDS = ("application/json", "application/octet-stream")
"""Types of what a page sends. No form can send them, and no script of another site without asking
this server first (a CORS preflight), which it refuses."""

Answer = Callable[[Scope, Receive, Send], Awaitable[None]]


class Guard:
    """Refuses requests without the token, from other sites, or under another host's name.

    Args:
        app: what is guarded.
        token: what the printed address carries, of `SHORTEST` characters or more.
        cookie: name of the cookie; servers of one host share their cookies, whatever the port.
        hosts: names under which the page may be asked for, besides those of this machine.

    Raises:
        ValueError: the token is too short.
    """

    def __init__(self, app: ASGIApp, token: str, cookie: str, hosts: tuple[str, ...] = ()) -> None:
        if len(token) < SHORTEST:
            raise ValueError(f"a token of {len(token)} characters, expected {SHORTEST} or more")
        self._app, self._token, self._cookie = app, token, cookie
        self._hosts = {*LOCAL, *hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._refusal(Request(scope)) or self._app
        await answer(scope, receive, _with_headers(send))

    def _refusal(self, request: Request) -> Response | None:
        """Return why a request is not served, or None."""
        host = request.headers.get("host", "")
        if urlsplit(f"//{host}").hostname not in self._hosts:
            return PlainTextResponse(f"unknown host '{host}'\n", 421)
        given = request.query_params.get("token")
        if given is not None and self._is_token(given):
            return self._let_in(request)
        if not self._is_token(request.cookies.get(self._cookie, "")):
            return PlainTextResponse("Open the address that `skyloom review` printed.\n", 403)
        if request.method not in ("GET", "HEAD") and not _from_the_page(request, host):
            return PlainTextResponse("only the page itself may change anything\n", 403)
        return None

    def _let_in(self, request: Request) -> Response:
        """Trade the token of the address for a cookie, so that it stays out of the history."""
        answer = RedirectResponse(request.url.remove_query_params("token"))
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
        return answer

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())


def _from_the_page(request: Request, host: str) -> bool:
    """Whether a request that changes something was made by a page of this server."""
    origin = request.headers.get("origin", "")
    kind = request.headers.get("content-type", "").partition(";")[0]
    return urlsplit(origin).netloc == host and kind.strip().lower() in KINDS


def _with_headers(send: Send) -> Send:
    async def wrapped(message: dict) -> None:  # type: ignore[type-arg]
        if message["type"] == "http.response.start":
            extra = [(key.lower().encode(), value.encode()) for key, value in HEADERS.items()]
            message["headers"] = [*message.get("headers", []), *extra]
        await send(message)

    return wrapped  # type: ignore[return-value]
