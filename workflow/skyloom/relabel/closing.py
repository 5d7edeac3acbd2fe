"""From the logs of a round to its closed file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from skyloom.digest import sha256_of_file
from skyloom.errors import SkyloomError
from skyloom.relabel.append_log import set_torn_line_aside
from skyloom.relabel.queue import Queue, read_queue
from skyloom.relabel.reviewer_agreement import Standing, compare_reviewers
from skyloom.relabel.round_lock import while_closing
from skyloom.relabel.sealed import (
    Head,
    Outcome,
    Row,
    Sealed,
    closed_rounds,
    log_folder,
    read_sealed,
    sealed_file,
    write_sealed,
)
from skyloom.relabel.verdict_log import read_logs, standing_before
from skyloom.relabel.verdicts import Event
from skyloom.relabel.wanted import wanted_file
from skyloom.settings.base import nearest


class CloseError(SkyloomError):
    """A round cannot be closed yet."""


def close_round(reviews: Path, queue_file: Path, number: int, leave_open: bool = False) -> Sealed:
    """Turn the verdicts of a round into its closed file; return what was written.

    Args:
        reviews: the survey's folder of reviews.
        queue_file: the queue of the round.
        number: of the round.
        leave_open: close although ranked items have no verdict; they return to the later queues.

    Raises:
        CloseError: another round is due, or items without a verdict.
    """
    before = closed_rounds(reviews)
    read_sealed(before, reviews)
    if number != len(before) + 1:
        raise CloseError(
            f"round {number} cannot be closed: {len(before)} are, so round {len(before) + 1} is "
            "the open one."
        )
    if not queue_file.exists():
        raise CloseError(f"{queue_file} is not there. Run the workflow first: skyloom run")
    queue = read_queue(queue_file)
    if queue.facts.round != number:
        raise CloseError(
            f"{queue_file} is the queue of round {queue.facts.round}, expected round {number}."
        )
    with while_closing(reviews, number):
        sealed = _sealed_of(reviews, queue, queue_file, before)
        _refuse_open(sealed, leave_open)
        write_sealed(sealed_file(reviews, number), sealed)
    return sealed


def _sealed_of(reviews: Path, queue: Queue, queue_file: Path, before: Sequence[Path]) -> Sealed:
    """Return what a round comes to by its logs as they are now; nobody writes to them meanwhile."""
    number = queue.facts.round
    folder = log_folder(reviews, number)
    for path in sorted(folder.glob("*.jsonl")):
        set_torn_line_aside(path)
    wanted = wanted_file(reviews, number)
    set_torn_line_aside(wanted)
    return seal(
        queue,
        read_logs(folder),
        standing_before(reviews, number),
        queue_sha256=sha256_of_file(queue_file),
        logs={path.stem: sha256_of_file(path) for path in sorted(folder.glob("*.jsonl"))},
        previous=sha256_of_file(before[-1]) if before else "",
        wanted=sha256_of_file(wanted) if wanted.exists() else "",
    )


def seal(
    queue: Queue,
    events: Mapping[str, Sequence[Event]],
    earlier: Standing,
    *,
    queue_sha256: str,
    logs: dict[str, str],
    previous: str,
    wanted: str = "",
) -> Sealed:
    """Return what a round comes to: a row for every item of the queue, and for amended ones.

    Args:
        queue: of the round.
        events: the rows of each reviewer's log.
        earlier: the verdicts of the rounds before.
        queue_sha256, logs, previous, wanted: digests for the head.

    Raises:
        CloseError: a verdict names a class that there is not.
    """
    verdicts = {name: queue.standing(rows) for name, rows in events.items()}
    of_item: dict[str, list[Event]] = {}
    for verdict in (event for found in verdicts.values() for event in found.values()):
        _refuse_unknown_class(verdict, queue.facts.classes)
        of_item.setdefault(verdict.item, []).append(verdict)
    rows = [decide(row, of_item.pop(str(row["item"]), [])) for _, row in queue.rows.iterrows()]
    amended = {item: found for item, found in of_item.items() if any(e.amends for e in found)}
    rows += [_amended(item, found) for item, found in amended.items()]
    facts = queue.facts
    head = Head(
        survey=facts.survey,
        round=facts.round,
        items=facts.items,
        disagreements=facts.disagreements,
        audited=facts.audited,
        look=facts.look,
        labels=facts.labels,
        queue=queue_sha256,
        encoder=facts.encoder,
        logs=logs,
        orphans=tuple(sorted(set(of_item) - set(amended))),
        previous=previous,
        wanted=wanted,
        compared=compare_reviewers(verdicts, earlier, queue.repeats),
    )
    return Sealed(head, tuple(sorted(rows)))


def decide(row: pd.Series, verdicts: Sequence[Event]) -> Row:
    """Return what the verdicts of all reviewers about one item of the queue come to.

    One who is unsure leaves it to the others. Others who differ are a conflict, and so is a repeat
    that differs from the label it confirmed before: the item returns in the next round.
    """
    before = str(row["label"])
    said = {(event.verdict, event.label) for event in verdicts if event.verdict != "unsure"}
    labels = {label or "" for _, label in said}
    outcome: Outcome
    if not verdicts:
        outcome, label = "open", before
    elif not said:
        outcome, label = "unsure", before
    elif len(labels) > 1 or (row["drawn"] == "repeat" and labels != {before}):
        outcome, label = "conflict", before
    else:
        (label,) = labels
        outcome = "other" if not label else "keep" if label == before else "fix"
    return Row(
        item=str(row["item"]),
        drawn=row["drawn"],
        before=before,
        verdict=outcome,
        label=label,
        reviewers=" ".join(sorted(event.by for event in verdicts)),
        milliseconds=sum(event.ms for event in verdicts),
    )


def _amended(item: str, verdicts: Sequence[Event]) -> Row:
    """Return the row of a change of mind about an item outside the queue: the last one counts."""
    last = max((event for event in verdicts if event.amends), key=lambda event: event.at)
    label = last.label or ""
    outcome: Outcome = last.verdict if label and last.verdict else "other"
    return Row(item, "amended", "", outcome, label, last.by, last.ms)


def _refuse_unknown_class(event: Event, classes: Sequence[str]) -> None:
    if event.label is not None and event.label not in classes:
        raise CloseError(
            f"the verdict {event.uid} of {event.by} about {event.item} names the class "
            f"'{event.label}'.{nearest(event.label, classes)}"
        )


def _refuse_open(sealed: Sealed, leave_open: bool) -> None:
    waiting = [row for row in sealed.rows if row.verdict == "open"]
    audit = [row for row in waiting if row.drawn == "audit"]
    if audit and leave_open:
        raise CloseError(
            f"{len(waiting)} items have no verdict, {len(audit)} of them random checks: an audit "
            "counts only whole. Answer them on the review page."
        )
    if waiting and not leave_open:
        raise CloseError(
            f"{len(waiting)} of {len(sealed.rows)} items have no verdict, the first is "
            f"{waiting[0].item}. Answer them on the review page, or close with --leave-open: they "
            "return in later rounds."
        )
