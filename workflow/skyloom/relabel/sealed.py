"""Closed rounds: sorted CSV files that are an input of the workflow and never change again.

The head of a file holds the SHA-256 of its rows, of the queue, of every log, and of the round
before, so that a change by hand anywhere is found.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from skyloom.digest import sha256_of_file
from skyloom.relabel.headed_csv import SealError, read_headed, write_headed
from skyloom.relabel.reviewer_agreement import AnswerPair
from skyloom.relabel.wanted import wanted_file

Drawn = Literal["ranked", "audit", "repeat", "again", "wanted", "amended"]
Outcome = Literal["keep", "fix", "other", "unsure", "conflict", "open"]
COLUMNS = ("item", "drawn", "before", "verdict", "label", "reviewers", "milliseconds")
_NAME = re.compile(r"^round_(\d{2,})\.csv$")


@dataclass(frozen=True, order=True)
class Row:
    """What a closed round says of one item.

    Attributes:
        item: image_id.
        drawn: why it was looked at.
        before: its label when the round began; empty for none.
        verdict: what the reviewers decided together; open where nobody did.
        label: its label from now on; empty for none.
        reviewers: who decided, joined by spaces.
        milliseconds: that they took, together.
    """

    item: str
    drawn: Drawn
    before: str
    verdict: Outcome
    label: str
    reviewers: str
    milliseconds: int


@dataclass(frozen=True)
class Head:
    """What a closed round says of itself.

    Attributes:
        survey, round: which it is.
        items: images under review.
        disagreements: of those not yet looked at, whose label the models contradicted.
        audited: items from which its audit was drawn; 0 without an audit.
        look: number of the audit among all, from 1; 0 without.
        queue: SHA-256 of the queue.
        encoder: SHA-256 of the encoder whose embedding ranked.
        logs: SHA-256 of each reviewer's log.
        orphans: items with verdicts that were not in the queue.
        previous: SHA-256 of the file of the round before; empty for the first.
        labels: SHA-256 of the items under review and the labels that they came with; empty in files
            of before it was noted.
        wanted: SHA-256 of what was asked for meanwhile; empty for nothing.
        compared: answers of two reviewers, or of one twice, about the same items.
        rows: SHA-256 of the rows.
    """

    survey: str
    round: int
    items: int
    disagreements: int
    audited: int
    look: int
    queue: str
    encoder: str
    logs: dict[str, str]
    orphans: tuple[str, ...]
    previous: str
    labels: str = ""
    wanted: str = ""
    compared: tuple[AnswerPair, ...] = ()
    rows: str = ""


@dataclass(frozen=True)
class Sealed:
    """A closed round."""

    head: Head
    rows: tuple[Row, ...]

    def drawn(self, *kinds: Drawn) -> list[Row]:
        """Return the rows that were looked at for one of these reasons."""
        return [row for row in self.rows if row.drawn in kinds]


def sealed_file(folder: Path, number: int) -> Path:
    """Return where the round of this number is closed, below a survey's folder of reviews."""
    return folder / "closed" / f"round_{number:02d}.csv"


def log_folder(folder: Path, number: int) -> Path:
    """Return where the logs of a round are, below a survey's folder of reviews."""
    return folder / "log" / f"round_{number:02d}"


def write_sealed(path: Path, sealed: Sealed) -> None:
    """Write a closed round, atomically and never over another one."""
    if path.exists():
        raise SealError(f"{path} is closed already. Later changes: skyloom review amend.")
    rows = (asdict(row) for row in sorted(sealed.rows))
    write_headed(path, asdict(sealed.head), COLUMNS, rows)


def closed_rounds(folder: Path) -> list[Path]:
    """Return the files of the closed rounds 1, 2, ... of a survey, without reading them.

    Raises:
        SealError: one is missing between others.
    """
    found = {
        int(match[1]): path
        for path in (folder / "closed").glob("round_*.csv")
        if (match := _NAME.match(path.name))
    }
    for number in range(1, len(found) + 1):
        if number not in found:
            raise SealError(
                f"{sealed_file(folder, number)} is missing, but round {max(found)} is closed. "
                "Bring it back, for example from version control."
            )
    return [found[number] for number in sorted(found)]


def read_sealed(paths: Sequence[Path], logs: Path | None = None) -> list[Sealed]:
    """Read the closed rounds of a survey, in order, each verified.

    Args:
        paths: files of rounds 1, 2, ...
        logs: the survey's folder of reviews, whose logs are verified too; None leaves them out.

    Raises:
        SealError: rows, a log or a round before were changed after the round was closed.
    """
    rounds: list[Sealed] = []
    previous = ""
    for number, path in enumerate(paths, start=1):
        sealed = _read(path)
        if sealed.head.round != number or sealed.head.previous != previous:
            raise SealError(
                f"{path}: does not follow the round before it, which was changed or replaced after "
                "this one was closed. Bring back the files as they were."
            )
        if logs is not None:
            _verify_logs(logs, sealed.head)
        previous = sha256_of_file(path)
        rounds.append(sealed)
    return rounds


def _read(path: Path) -> Sealed:
    said, rows = read_headed(path, "later changes: skyloom review amend.")
    try:
        compared = tuple(AnswerPair(**pair) for pair in said.get("compared", ()))
        head = Head(**{**said, "orphans": tuple(said["orphans"]), "compared": compared})
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SealError(f"{path}: its first line is not that of a closed round") from None
    return Sealed(head, tuple(_row(row) for row in rows))


def _row(said: dict[str, Any]) -> Row:
    return Row(**{**said, "milliseconds": int(said["milliseconds"])})


def _verify_logs(reviews: Path, head: Head) -> None:
    folder = log_folder(reviews, head.round)
    known = {folder / f"{name}.jsonl": digest for name, digest in head.logs.items()}
    wanted = wanted_file(reviews, head.round)
    if head.wanted:
        known[wanted] = head.wanted
    elif wanted.exists():
        raise SealError(
            f"{wanted} was added after round {head.round} was closed, when nothing was asked for. "
            "Take it away, and ask for these images in the open round."
        )
    for path, digest in known.items():
        if not path.exists() or sha256_of_file(path) != digest:
            raise SealError(
                f"{path} {'was changed' if path.exists() else 'is missing'} since round "
                f"{head.round} was closed. Bring it back as it was."
            )
