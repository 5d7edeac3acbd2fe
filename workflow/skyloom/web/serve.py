"""Serving a page on this machine until it is interrupted."""

import errno
import hashlib
import os
import secrets
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from skyloom.atomic import sync
from skyloom.errors import SkyloomError
from skyloom.web.guard import LOCAL, SHORTEST, Guard

FIRST_PORT, PORTS = 20000, 10000


class ServeError(SkyloomError):
    """The page cannot be served as asked."""


def serve(app: ASGIApp, host: str, port: int | None, what: Path) -> None:
    """Serve an application behind this user's token; print the address to open.

    Address and token stay the same when the server is started again, so that an open page goes on
    and sends what it has kept meanwhile.

    Args:
        app: without its guard.
        host: address to listen at; only this machine can reach 127.0.0.1.
        port: None takes one that depends on `what`, or the next free one.
        what: the folder that the page writes to.
    """
    listening = listen(host, port, what)
    taken = listening.getsockname()[1]
    token = kept_token(state_folder() / "token")
    guarded = Guard(app, token, f"skyloom_{taken}", () if host in LOCAL else (host,))
    config = uvicorn.Config(guarded, log_level="warning", access_log=False)
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{taken}/?token={token}", flush=True)
    print("Open this address in a browser; Ctrl-C ends the page. What is decided is saved at once.")
    uvicorn.Server(config).run(sockets=[listening])


def listen(host: str, port: int | None, what: Path) -> socket.socket:
    """Return a listening socket; raise `ServeError` where the port that was asked for is taken."""
    digest = hashlib.blake2b(str(what.resolve()).encode(), digest_size=4).digest()
    first = FIRST_PORT + int.from_bytes(digest, "big") % PORTS
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for wanted in [port] if port is not None else range(first, first + 20):
        try:
            return socket.create_server((host, wanted), family=family)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ServeError(f"cannot listen at {host}: {error.strerror}") from error
    raise ServeError(
        f"port {first if port is None else port} of {host} is taken: is the page open already? "
        "Choose another one with --port."
    )


def state_folder() -> Path:
    """Return this user's folder for what programs remember."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "skyloom"


def kept_token(path: Path) -> str:
    """Return the token in a file that only this user can read; write a new one where none is.

    Raises:
        ServeError: others may read the file, or it holds no whole token.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write_token(path)
    if path.stat().st_mode & 0o077:
        raise ServeError(
            f"others may read {path}, which lets them in. Delete it; a new one is written."
        )
    token = path.read_text(encoding="ascii", errors="replace").strip()
    if len(token) < SHORTEST:
        raise ServeError(
            f"{path} holds {len(token)} characters, expected a token of {SHORTEST} or more. "
            "Delete it; a new one is written."
        )
    return token


def _write_token(path: Path) -> None:
    """Write a new token; the file appears whole, and never over one that came meanwhile."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # of mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
        sync(path.parent)
    finally:
        Path(name).unlink()
