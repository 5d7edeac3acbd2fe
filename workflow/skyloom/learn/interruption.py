"""Being told to stop: the state is saved, and the command ends with a status of its own."""

import math
import signal
import time
from types import FrameType, TracebackType
from typing import Any

EXIT_STATUS = 75
"""Status of a command that was stopped and can be taken up again (EX_TEMPFAIL of sysexits.h)."""

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
"""What SLURM sends before it ends a job, or what `--signal=USR1@120` asks it to send."""

OUT_OF_TIME = "its time is up"


class Interrupted(Exception):
    """A training was told to stop and has saved its state.

    Attributes:
        cause: the name of the signal, or `OUT_OF_TIME`; None when another rank was told.
    """

    def __init__(self, said: str, cause: str | None) -> None:
        super().__init__(said)
        self.cause = cause


class Interruption:
    """Notes what asks a training to stop: a signal, or the end of its time; use as a context.

    Args:
        deadline: when its time is up, by `time.monotonic()`.
    """

    def __init__(self, deadline: float = math.inf) -> None:
        self._deadline = deadline
        self._signal: str | None = None
        self._former: dict[signal.Signals, Any] = {}

    @property
    def asked(self) -> str | None:
        """Return what asks to stop, if anything does."""
        if self._signal is None and time.monotonic() > self._deadline:
            return OUT_OF_TIME
        return self._signal

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
        self._signal = signal.Signals(number).name
