"""Numbers about a round for the page: how far, how fast, how much was found, do people agree.

Amendments settle items but were no looks at them: they count for how far alone.
"""

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
    events = [event for event in events if not event.amends]
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
    looked, repeats = [event for event in rows if not event.amends], queue.repeats
    seen = [(event, event.shown) for event in looked if event.item not in repeats]
    minutes = sum(event.ms for event in looked) / 60_000
    changed = sum(event.verdict in CHANGES for event in looked)
    pairs = compare_reviewers(verdicts, earlier, repeats)
    return {
        "items": len(queue.rows),
        "open": len(set(queue.rows["item"]) - {event.item for event in rows}),
        "verdicts": Counter(event.verdict for event in looked),
        "reviewers": Counter(event.by for event in looked),
        "minutes": minutes,
        "correctionsPerMinute": changed / minutes if minutes else None,
        "agreement": [one.model_dump() for one in agreements_of(pairs, queue.facts.classes)],
        "repeats": _count((one for one in looked if one.item in repeats), ("keep",)),
        "shown": _count((one for one, shown in seen if shown and not shown.hidden), CHANGES),
        "hidden": _count((one for one, shown in seen if shown and shown.hidden), CHANGES),
        "flagged": sorted({event.item for event in rows if event.flag}),
        "notes": [{"item": event.item, "note": event.note} for event in rows if event.note],
    }


def _count(events: Iterable[Event], verdicts: tuple[str, ...]) -> dict[str, int]:
    """Return how many rows there are, and how many of them have one of these verdicts."""
    found = [event.verdict in verdicts for event in events]
    return {"of": len(found), "count": sum(found)}
