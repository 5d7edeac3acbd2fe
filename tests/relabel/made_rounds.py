"""Made items, queues and events for the tests of the rounds."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from skyloom.relabel.queue import QUEUE_COLUMNS, Queue, QueueFacts
from skyloom.relabel.verdicts import Event

CLASSES = ("emergence", "non-emergence")


def queue(items: dict[str, str], number: int = 1, **facts) -> Queue:
    """A queue of items, by name and why they are in it; every label is emergence."""
    rows = pd.DataFrame(
        {
            "item": list(items),
            "drawn": list(items.values()),
            "label": "emergence",
            "predicted": "non-emergence",
            "p_label": 0.2,
            "p_predicted": 0.8,
            "spread": 0.1,
            "models": 2,
            "neighbours_differ": 0.5,
            "reason": "doubtful",
            "examples": [["", ""]] * len(items),
            "fold": 0,
            "hidden": False,
            "shared": False,
            "swapped": False,
        }
    )
    said = {"items": 200, "disagreements": 7, "audited": 0, "look": 0, **facts}
    return Queue(
        rows[list(QUEUE_COLUMNS)],
        QueueFacts("sun", number, CLASSES, encoder="e1", converged=False, **said),
    )


def event(item: str, label: str | None = "emergence", by: str = "ann", **more) -> Event:
    """One row of a log; the label kept unless another one is said."""
    verdict = more.pop("verdict", "keep" if label == "emergence" else "fix")
    place = more.pop("place", 0)
    said = {"uid": f"uid-{by}-{item}-{place}", "round": 1, "ms": 1000, **more}
    return Event(
        item=item,
        verdict=verdict,
        label=label,
        by=by,
        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=place),
        **said,
    )


def undo(of: Event, place: int = 9) -> Event:
    return Event(
        uid=f"undo-{of.uid}-{place}",
        round=of.round,
        item=of.item,
        verdict=None,
        undoes=of.uid,
        by=of.by,
        at=of.at + timedelta(minutes=1),
    )
