"""One live training for each folder of a state, whatever the hosts.

The holder of a lock writes its name and a growing number, its pulse, into a file. Whoever finds the
file watches it: while the pulse moves the holder lives, and nobody else starts. This needs neither
clocks that agree nor a queue that can be asked, and works on any file system that all hosts share.
A second copy that starts all the same, after a holder was frozen for longer than the watch, costs
time alone: both compute the same bytes, and every file is written whole.
"""

import json
import os
import signal
import socket
import threading
import time
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from skyloom.errors import SkyloomError

BEAT = 10.0
"""Seconds from one pulse to the next."""

WATCH = 45.0
"""Seconds without a pulse after which a holder is dead."""


class LockedError(SkyloomError):
    """Another process trains here; the message names it."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock.

    Attributes:
        job: SLURM's number of its job, if it is one.
        host, boot: its host, and the start of that host which it has seen.
        pid: its process there.
        key: a name that no other holder has.
    """

    job: str | None
    host: str = field(default_factory=socket.gethostname)
    boot: str = field(default_factory=lambda: _boot())
    pid: int = field(default_factory=os.getpid)
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def has_ended(self) -> bool:
        """Whether it certainly lives no more: its process was here and is gone."""
        here = Holder(job=None)
        if (self.host, self.boot) != (here.host, here.boot):
            return False
        return not Path(f"/proc/{self.pid}").exists()

    def __str__(self) -> str:
        job = f"SLURM job {self.job}, " if self.job else ""
        return f"{job}process {self.pid} on {self.host}"


class Lock:
    """A file that says who trains in its folder.

    When another copy takes the file over, this process gets SIGTERM, saves and stops.
    """

    def __init__(self, path: Path, job: str | None) -> None:
        self.path = path
        self._me = Holder(job)
        self._done = threading.Event()
        self._beating = threading.Thread(target=self._beat, daemon=True)

    def acquire(self) -> None:
        """Become the holder, after watching one that may be dead.

        Raises:
            LockedError: it lives.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._seize(self.path)
        self._beating.start()

    def release(self) -> None:
        """Hold it no longer; a lock that another has taken over stays."""
        self._done.set()
        self._beating.join()
        if self._is_mine():
            self.path.unlink(missing_ok=True)

    def _seize(self, path: Path) -> None:
        """Put this process's name into a file that is nobody's, or a dead holder's."""
        while not self._make(path):
            found = _read(path)
            if found is not None:
                _refuse_if_alive(path, *found)
                if self._succeed(path, found[0]):
                    return

    def _make(self, path: Path) -> bool:
        """Make the file unless there is one; it appears whole."""
        mine = path.with_name(f".{self.path.name}.{self._me.key}")
        mine.write_text(self._said(0), encoding="utf-8")
        try:
            os.link(mine, path)
        except FileExistsError:
            return False
        finally:
            mine.unlink()
        return True

    def _succeed(self, path: Path, dead: Holder) -> bool:
        """Take the place of a dead holder unless another has done so; its file never vanishes.

        Several may have watched it. Whoever holds the claim on its place, itself a file of this
        kind, is the only one to touch the file, and looks first whether it still is the dead one's.
        """
        claim = self.path.with_name(f".{self.path.name}.{dead.key}.heir")
        self._seize(claim)
        found = _read(path)
        if found is None or found[0] != dead:
            claim.unlink(missing_ok=True)
            return False
        try:
            claim.rename(path)
        except FileNotFoundError:  # frozen on the way, and taken for dead itself
            return False
        print(f"the lock of {dead} is taken over: that training is dead", flush=True)
        return True

    def _beat(self) -> None:
        pulse = 0
        while not self._done.wait(BEAT):
            pulse += 1
            if not self._pulse(pulse):
                print(f"{self.path} was taken over by another copy: stopping", flush=True)
                os.kill(os.getpid(), signal.SIGTERM)
                return

    def _pulse(self, pulse: int) -> bool:
        """Write a pulse into the lock if it is still held."""
        try:
            file = self.path.open("r+", encoding="utf-8")
        except FileNotFoundError:
            return False
        # Read and written through one open file: an heir's file in its place is another.
        with file:
            if _parsed(file.read())[0] != self._me:
                return False
            file.seek(0)
            file.write(self._said(pulse))
            file.flush()
            os.fsync(file.fileno())
        return True

    def _is_mine(self) -> bool:
        found = _read(self.path)
        return found is not None and found[0] == self._me

    def _said(self, pulse: int) -> str:
        return json.dumps({"pulse": f"{pulse:012d}", **asdict(self._me)}) + "\n"


def _refuse_if_alive(path: Path, holder: Holder, pulse: str) -> None:
    if holder.has_ended():
        return
    print(f"{path} is held by {holder}: watching for {WATCH:g} s", flush=True)
    if _moves(path, holder, pulse):
        raise LockedError(
            f"{holder} trains this encoder and is alive ({path}). Wait until it has finished, or "
            "end it (scancel or kill), and run Snakemake again; what it has reached is kept."
        )


def _moves(path: Path, holder: Holder, pulse: str) -> bool:
    """Whether the holder's pulse changes within the time of a watch."""
    end = time.monotonic() + WATCH
    while time.monotonic() < end:
        time.sleep(min(1.0, WATCH / 10))
        now = _read(path)
        if now is None or now[0] != holder:
            return False
        if now[1] != pulse:
            return True
    return False


def _read(path: Path) -> tuple[Holder, str] | None:
    """Return holder and pulse of a lock, or None where there is none."""
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _parsed(text: str) -> tuple[Holder, str]:
    try:
        said: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError:
        return Holder(None, host="unknown", boot="", pid=0, key="unreadable"), ""
    pulse = str(said.pop("pulse"))
    return Holder(**said), pulse


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
