"""Serving a page on this machine until it is interrupted."""

import secrets
import socket

import uvicorn
from starlette.types import ASGIApp

from skyloom.web.guard import LOCAL, Guard


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve an application behind a fresh token; print the address to open.

    Args:
        app: without its guard.
        host: address to listen at; only this machine can reach 127.0.0.1.
        port: 0 takes a free one.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    taken = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    hosts = () if host in LOCAL else (host,)
    guarded = Guard(app, token, f"skyloom_{taken}", hosts)
    config = uvicorn.Config(guarded, log_level="warning", access_log=False)
    print(f"http://{host}:{taken}/?token={token}", flush=True)
    print("Open this address in a browser; Ctrl-C ends the page. What is decided is saved at once.")
    uvicorn.Server(config).run(sockets=[listening])
