"""Images that people asked to look at: append-only rows of the open round, for the next queue.

    reviews/<survey>/wanted/round_03.jsonl    asked for while round 3 was open

When that round is closed, the file belongs to it and never changes again; the queue of round 4
holds what was asked for.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError

from skyloom.relabel.append_log import LogError, SharedLog
from skyloom.relabel.verdicts import REVIEWER
from skyloom.settings.base import Settings


class Wish(Settings):
    """One row: somebody asks for an image, or takes that back.

    Attributes:
        uid: unique name of the row.
        round: that was open.
        item: image_id.
        undoes: uid of the row that is taken back.
        app: version that wrote the row.
    """

    v: Literal[1] = 1
    uid: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")
    round: int = Field(ge=1)
    item: str = Field(min_length=1)
    undoes: str | None = None
    by: str = Field(pattern=REVIEWER)
    at: AwareDatetime
    app: str = ""


def parse_wish(line: bytes, where: str) -> Wish:
    """Return a row; raise `LogError` that says where and what is wrong."""
    try:
        return Wish.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        raise LogError(f"{where}: nothing asked for: {first['loc']}: {first['msg']}") from None


def wanted_file(reviews: Path, number: int) -> Path:
    """Return where the images are that were asked for while a round was open.

    Args:
        reviews: the survey's folder of reviews.
        number: of the round.
    """
    return reviews / "wanted" / f"round_{number:02d}.jsonl"


def wanted_log(reviews: Path, number: int) -> SharedLog[Wish]:
    """Return the log of what is asked for while a round is open."""
    return SharedLog(wanted_file(reviews, number), parse_wish)


def standing_wishes(rows: Iterable[Wish]) -> list[Wish]:
    """Return the rows that were not taken back, in order."""
    known = list(rows)
    undone = {row.undoes for row in known if row.undoes is not None}
    return [row for row in known if row.undoes is None and row.uid not in undone]


def askers(rows: Iterable[Wish]) -> dict[str, list[str]]:
    """Return who asked for each image, by image_id."""
    found: dict[str, list[str]] = {}
    for row in standing_wishes(rows):
        names = found.setdefault(row.item, [])
        if row.by not in names:
            names.append(row.by)
    return found
