"""A folder with a study, and the server of its pages."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from made import ROOT


class ServedStudy:
    """A study in a folder; `skyloom` serves pages of it in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server: subprocess.Popen[str] | None = None

    def serve(self, *words: str) -> str:
        """Start `skyloom` with these words; return the address that it prints."""
        self.server = subprocess.Popen(
            [sys.executable, "-m", "skyloom", *words],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT / "workflow"),
                "XDG_STATE_HOME": str(self.folder / "state"),
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.server.stdout is not None
        address = self.server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), address
        for _ in range(100):
            try:
                httpx.get(address)
                return address
            except httpx.TransportError:
                time.sleep(0.05)
        raise TimeoutError(address)

    def kill(self) -> None:
        """End the server as a crash would."""
        if self.server is not None:
            os.kill(self.server.pid, signal.SIGKILL)
            self.server.wait()
            self.server = None
