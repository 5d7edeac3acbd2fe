"""Numbers about a round for the page: how far, how fast, how much was found, do people agree."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from skyloom.relabel.queue import Queue
from skyloom.relabel.reviewer_agreement import Standing, agreements_of, compare_reviewers
from skyloom.relabel.verdicts import Event

LAST = 50
"""Verdicts over which the present yield is counted."""
CHANGES = ("fix", "other")


def progress_of(events: Sequence[Event]) -> dict[str, Any]:
    """Return counts of one reviewer's standing verdicts, in the order in which they were given."""
    changed = [event.verdict in CHANGES for event in events]
    minutes = sum(event.ms for event in events) / 60_000
    last = changed[-LAST:]
    return {
        "decided": len(events),
        "corrected": sum(changed),
        "last": len(last),
        "lastCorrected": sum(last),
        "minutes": minutes,
        "millisecondsEach": 60_000 * minutes / len(events) if events else None,
    }


def summary_of(verdicts: Standing, earlier: Standing, queue: Queue) -> dict[str, Any]:
    """Return what a round came to: verdicts, agreement, and the pull of what was shown.

    Args:
        verdicts: of the round.
        earlier: of the rounds before it.
        queue: of the round.
    """
    rows = [event for events in verdicts.values() for event in events.values()]
    items = {event.item for event in rows}
    minutes = sum(event.ms for event in rows) / 60_000
    changed = sum(event.verdict in CHANGES for event in rows)
    pairs = compare_reviewers(verdicts, earlier, queue.repeats)
    return {
        "items": len(queue.rows),
        "open": len(set(queue.rows["item"]) - items),
        "verdicts": Counter(event.verdict for event in rows),
        "reviewers": {name: len(events) for name, events in verdicts.items() if events},
        "minutes": minutes,
        "correctionsPerMinute": changed / minutes if minutes else None,
        "agreement": [one.model_dump() for one in agreements_of(pairs, queue.facts.classes)],
        "repeats": _count((one for one in rows if one.item in queue.repeats), ("keep",)),
        "shown": _count((one for one in rows if one.shown and not one.shown.hidden), CHANGES),
        "hidden": _count((one for one in rows if one.shown and one.shown.hidden), CHANGES),
        "flagged": sorted({event.item for event in rows if event.flag}),
        "notes": [{"item": event.item, "note": event.note} for event in rows if event.note],
    }


def _count(events: Iterable[Event], verdicts: tuple[str, ...]) -> dict[str, int]:
    """Return how many rows there are, and how many of them have one of these verdicts."""
    found = [event.verdict in verdicts for event in events]
    return {"of": len(found), "count": sum(found)}
