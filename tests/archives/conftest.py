"""What the tests of fetching share: patience without waiting, and a web of their own."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from skyloom.archives.patience import Patience
from skyloom.archives.web import Web

QUICK = Patience(attempts=4, first=0.01, longest=0.02, obeyed=2.0)

MakeWeb = Callable[..., Web]


class Crowd:
    """Counts how many are inside at once.

    Attributes:
        most: the largest number so far.
    """

    def __init__(self) -> None:
        self.most = 0
        self._inside = 0
        self._lock = threading.Lock()

    def stay(self) -> None:
        """Be inside for a moment."""
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        time.sleep(0.02)
        with self._lock:
            self._inside -= 1


@pytest.fixture
def crowd() -> Crowd:
    """A crowd in which nobody is yet."""
    return Crowd()


@pytest.fixture
def make_web(tmp_path: Path) -> Iterator[MakeWeb]:
    """Make a `Web` with short waits whose slots are its own."""
    with ExitStack() as open_webs:

        def make(root: str | None = None, connections: int = 4) -> Web:
            slots = tmp_path / "slots"
            web = Web(root, stall=0.4, patience=QUICK, slots=slots, connections=connections)
            return open_webs.enter_context(web)

        yield make
