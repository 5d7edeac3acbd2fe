"""Verdicts about items outside the queue: changes of mind, and decisions about many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from skyloom import __version__
from skyloom.errors import SkyloomError
from skyloom.relabel.queue import QueueFacts
from skyloom.relabel.verdicts import Event, Shown
from skyloom.settings.base import nearest


class AmendError(SkyloomError):
    """A label cannot be given."""


@dataclass(frozen=True)
class OpenRound:
    """The round that verdicts are written to.

    Attributes:
        facts: of its queue; queue: SHA-256 of that.
        labels: present label of each item under review, by image_id.
        predicted: class and probability that the models say, by image_id; empty where not known.
    """

    facts: QueueFacts
    queue: str
    labels: "pd.Series[str]"
    predicted: Mapping[str, tuple[str, float]]


def amendments(
    at_stake: OpenRound, items: Sequence[str], label: str, by: str, at: datetime, name: str
) -> list[Event]:
    """Return a verdict for each item: it has this label.

    Args:
        at_stake: the open round.
        items: image_id, all under review.
        label: one of the classes.
        by: the reviewer; at: when.
        name: of the decision; the rows' uids are made from it.

    Raises:
        AmendError: an item is not under review, or there is no such class.
    """
    facts = at_stake.facts
    if label not in facts.classes:
        raise AmendError(f"there is no class '{label}'.{nearest(label, facts.classes)}")
    absent = next((item for item in items if item not in at_stake.labels.index), None)
    if absent is not None:
        raise AmendError(f"survey {facts.survey} has no item '{absent}' under review.")
    present = at_stake.labels.loc[list(items)].tolist()
    return [
        Event(
            uid=f"{name}-{place}",
            round=facts.round,
            item=item,
            verdict="keep" if label == before else "fix",
            label=label,
            by=by,
            at=at,
            shown=_shown(before, at_stake.predicted.get(item)),
            app=__version__,
            queue=at_stake.queue,
            batch=len(items) > 1,
            amends=True,
        )
        for place, (item, before) in enumerate(zip(items, present, strict=True))
    ]


def _shown(label: str, predicted: tuple[str, float] | None) -> Shown | None:
    if predicted is None:
        return None
    return Shown(label=label, pred=predicted[0], p=predicted[1], hidden=False)
