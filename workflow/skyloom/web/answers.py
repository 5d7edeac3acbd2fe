"""What the browser sends: one decision, with the item that was on the screen."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from skyloom.relabel.verdicts import RefusedError, VerdictError
from skyloom.settings.base import Settings, first_fault

LONGEST = 10 * 60_000
"""Milliseconds that one answer can count for: whoever took longer was away."""
MOST = 1000
"""Rows of a request."""


class Answer(Settings):
    """One decision, or the undoing of one.

    Attributes:
        uid: drawn by the browser; sent again it is taken once.
        item: that was on the screen; empty where a row is undone.
        choice: class, unsure or other.
        label: the class chosen.
        undoes: uid of the row to undo.
        ms: from the item's appearance to the key, `LONGEST` at most.
    """

    uid: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")
    item: str = ""
    choice: Literal["class", "unsure", "other"] = "class"
    label: str | None = None
    undoes: str | None = None
    ms: Annotated[int, Field(ge=0), AfterValidator(lambda ms: min(ms, LONGEST))] = 0
    note: str = Field("", max_length=2000)
    flag: bool = False
    batch: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> "Answer":
        if self.undoes is None and not self.item:
            raise ValueError("neither item nor undoes")
        if self.undoes is None and (self.choice == "class") != (self.label is not None):
            raise ValueError("a class has a label, unsure and other have none")
        return self


def rows_of(body: bytes) -> list[Any]:
    """Return the rows of a request, whatever each one holds.

    Raises:
        VerdictError: the request is no list of rows, or of too many.
    """
    try:
        rows = json.loads(body)["answers"]
    except (ValueError, TypeError, KeyError, RecursionError):
        rows = None
    if not isinstance(rows, list) or len(rows) > MOST:
        raise VerdictError(f'no decisions: expected {{"answers": [...]}} of {MOST} rows at most')
    return rows


def parse_answer(row: Any) -> Answer:
    """Return the decision that a row holds; raise `RefusedError` where it holds none."""
    try:
        return Answer.model_validate(row)
    except ValidationError as error:
        raise RefusedError(f"no decision: {first_fault(error)}") from None


def uid_of(row: Any) -> str:
    """Return the name of a row, empty where it has none."""
    return str(row.get("uid", "")) if isinstance(row, dict) else ""
