"""What a person decided about an item: one row of a log, and what stands after all rows."""

from collections.abc import Iterable
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from skyloom.relabel.append_log import LogError
from skyloom.settings.base import Settings, first_fault

Verdict = Literal["keep", "fix", "unsure", "other"]
REVIEWER = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"


class VerdictError(LogError):
    """A verdict, or a file of them, cannot be used."""


class RefusedError(VerdictError):
    """A verdict is not taken, and would not be if it were sent again."""


class Shown(Settings):
    """What the reviewer saw of the label and the prediction when deciding."""

    label: str
    pred: str
    p: float = Field(ge=0, le=1)
    hidden: bool


class Event(Settings):
    """One row of a log: a verdict, or the undoing of one.

    Attributes:
        uid: unique name of the row, drawn where the decision was made.
        item: image_id.
        verdict: keep the label, fix it, unsure, or other: none of the classes; None of an undo.
        label: the class that the item has by this verdict; None for unsure, other and undo.
        undoes: uid of the row that this one undoes.
        ms: from the item's appearance to the verdict, in milliseconds.
        app: version that wrote the row; queue: SHA-256 of the queue that it was made from.
        batch: decided together with others in a grid.
        amends: the verdict is about an item of a closed round, and stands outside the queue.
    """

    v: Literal[1] = 1
    uid: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")
    round: int = Field(ge=1)
    item: str = Field(min_length=1)
    verdict: Verdict | None
    label: str | None = None
    undoes: str | None = None
    by: str = Field(pattern=REVIEWER)
    at: AwareDatetime
    ms: int = Field(0, ge=0)
    shown: Shown | None = None
    app: str = ""
    queue: str = ""
    note: str | None = Field(None, max_length=2000)
    flag: bool = False
    batch: bool = False
    amends: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> "Event":
        if (self.verdict is None) != (self.undoes is not None):
            raise ValueError("a row is either a verdict or undoes another row")
        if (self.verdict in ("keep", "fix")) != (self.label is not None):
            raise ValueError("keep and fix name a label, all else does not")
        return self


def parse_event(line: str | bytes, where: str) -> Event:
    """Return a row of a log; raise `VerdictError` that says where and what is wrong."""
    try:
        return Event.model_validate_json(line)
    except ValidationError as error:
        raise VerdictError(f"{where}: no verdict: {first_fault(error)}") from None


def standing(events: Iterable[Event]) -> dict[str, Event]:
    """Return the verdict that stands for each item after all rows of one reviewer, in order."""
    rows = list(events)
    undone = {event.undoes for event in rows if event.undoes is not None}
    return {
        event.item: event for event in rows if event.verdict is not None and event.uid not in undone
    }
