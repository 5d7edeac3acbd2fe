"""Numbers about a round for the page: how far, how fast, how much was found, do people agree."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

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


def summary_of(verdicts: Mapping[str, Mapping[str, Event]], queue: pd.DataFrame) -> dict[str, Any]:
    """Return what a round came to: verdicts, agreement, and the pull of what was shown.

    Args:
        verdicts: standing verdicts of every reviewer, by item.
        queue: rows of the queue.
    """
    rows = [event for events in verdicts.values() for event in events.values()]
    items = {event.item for event in rows}
    minutes = sum(event.ms for event in rows) / 60_000
    counts = pd.Series([str(event.verdict) for event in rows], dtype=str).value_counts()
    changed = sum(event.verdict in CHANGES for event in rows)
    repeats = set(queue["item"][queue["drawn"] == "repeat"])
    return {
        "items": len(queue),
        "open": len(set(queue["item"]) - items),
        "verdicts": {str(name): int(count) for name, count in counts.items()},
        "reviewers": {name: len(events) for name, events in verdicts.items() if events},
        "minutes": minutes,
        "correctionsPerMinute": changed / minutes if minutes else None,
        "agreement": agreement_of(verdicts),
        "repeats": _count((one for one in rows if one.item in repeats), ("keep",)),
        "shown": _count((one for one in rows if one.shown and not one.shown.hidden), CHANGES),
        "hidden": _count((one for one in rows if one.shown and one.shown.hidden), CHANGES),
        "flagged": sorted({event.item for event in rows if event.flag}),
        "notes": [{"item": event.item, "note": event.note} for event in rows if event.note],
    }


def agreement_of(verdicts: Mapping[str, Mapping[str, Event]]) -> dict[str, int]:
    """Return how many items two reviewers decided, and on how many they gave one label."""
    names = sorted(verdicts)
    both = same = 0
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            for item in verdicts[first].keys() & verdicts[second].keys():
                pair = verdicts[first][item], verdicts[second][item]
                both += 1
                same += len({(event.verdict == "unsure", event.label) for event in pair}) == 1
    return {"both": both, "same": same}


def _count(events: Iterable[Event], verdicts: tuple[str, ...]) -> dict[str, int]:
    """Return how many rows there are, and how many of them have one of these verdicts."""
    found = [event.verdict in verdicts for event in events]
    return {"of": len(found), "count": sum(found)}
