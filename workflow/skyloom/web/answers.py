"""What the browser sends: one decision, with the item that was on the screen."""

from typing import Literal

from pydantic import Field, ValidationError, model_validator

from skyloom.relabel.verdicts import VerdictError
from skyloom.settings.base import Settings


class Answer(Settings):
    """One decision, or the undoing of one.

    Attributes:
        uid: drawn by the browser; sent again it is taken once.
        item: that was on the screen; empty where a row is undone.
        choice: class, unsure or other.
        label: the class chosen.
        undoes: uid of the row to undo.
        ms: from the item's appearance to the key.
    """

    uid: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")
    item: str = ""
    choice: Literal["class", "unsure", "other"] = "class"
    label: str | None = None
    undoes: str | None = None
    ms: int = Field(0, ge=0, le=24 * 3600 * 1000)
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


def parse_answers(body: bytes) -> list[Answer]:
    """Return the decisions of a request; raise `VerdictError` where it is none."""
    try:
        return Answers.model_validate_json(body).answers
    except ValidationError as error:
        raise VerdictError(f"no decision: {error.errors()[0]['msg']}") from None


class Answers(Settings):
    """Body of a request."""

    answers: list[Answer] = Field(max_length=1000)
