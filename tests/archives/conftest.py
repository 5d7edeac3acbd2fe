"""What the tests of fetching share: patience without waiting, and a web of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from skyloom.archives.patience import Patience
from skyloom.archives.web import Web

QUICK = Patience(attempts=4, first=0.01, longest=0.02, obeyed=2.0)

MakeWeb = Callable[..., Web]


@pytest.fixture
def make_web(tmp_path: Path) -> Iterator[MakeWeb]:
    """Make a `Web` with short waits whose slots are its own."""
    with ExitStack() as open_webs:

        def make(root: str | None = None, connections: int = 4) -> Web:
            slots = tmp_path / "slots"
            web = Web(root, stall=0.4, patience=QUICK, slots=slots, connections=connections)
            return open_webs.enter_context(web)

        yield make
