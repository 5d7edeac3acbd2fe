"""Being told to stop: the state is saved, and the command ends with a status of its own."""

import signal
from types import FrameType, TracebackType
from typing import Any

EXIT_STATUS = 75
"""Status of a command that was stopped and can be taken up again (EX_TEMPFAIL of sysexits.h)."""

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
"""What SLURM sends before it ends a job, or what `--signal=USR1@120` asks it to send."""


class Interrupted(Exception):
    """A training was told to stop and has saved its state."""


class Interruption:
    """Notes the signals that ask a training to stop; use as a context."""

    def __init__(self) -> None:
        self.asked: str | None = None
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interruption":
        for number in SIGNALS:
            self._former[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = signal.Signals(number).name
