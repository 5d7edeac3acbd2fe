"""Where the rounds stand, as a file that commands, pages and reports read."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from skyloom.relabel.labels import DECIDED
from skyloom.relabel.queue import Queue
from skyloom.relabel.reviewer_agreement import Agreement, agreements_of
from skyloom.relabel.sealed import Sealed
from skyloom.relabel.stopping import Look, RoundCost, cost_of, look_of
from skyloom.settings.base import Settings
from skyloom.settings.relabel import RelabelSettings


class Status(Settings):
    """Where the rounds stand.

    Attributes:
        round: the open round.
        converged: an audit has passed, or every label was looked at.
        waiting: items in the queue of the open round.
        items, unseen: labels under review, and of those not decided yet.
        corrected: labels changed by the closed rounds.
        looks: verdicts given; as a share of the items it is what the review cost.
        disagreements: undecided labels that the models contradict. The published rule stops when
            no new ones come.
        target, confidence: what an audit must show.
        agreement: of every two reviewers, and of each with the own earlier answers.
        audits, rounds: one each.
    """

    survey: str
    round: int
    converged: bool
    waiting: int
    items: int
    unseen: int
    corrected: int
    looks: int
    disagreements: int
    target: float
    confidence: float
    agreement: tuple[Agreement, ...]
    audits: tuple[Look, ...]
    rounds: tuple[RoundCost, ...]

    @property
    def looked_share(self) -> float:
        """Verdicts given, as a share of looking at every item once."""
        return self.looks / self.items


def status_of(
    queue: Queue, labels: pd.DataFrame, rounds: Sequence[Sealed], settings: RelabelSettings
) -> Status:
    """Return where the rounds stand with this queue."""
    looks = [look for sealed in rounds if (look := look_of(sealed, settings)) is not None]
    costs = [cost_of(sealed) for sealed in rounds]
    pairs = [pair for sealed in rounds for pair in sealed.head.compared]
    return Status(
        survey=queue.facts.survey,
        round=queue.facts.round,
        converged=queue.facts.converged,
        waiting=len(queue.rows),
        items=queue.facts.items,
        unseen=int((~labels["state"].isin(DECIDED)).sum()),
        corrected=int((labels["label"] != labels["crude"]).sum()),
        looks=sum(cost.looked for cost in costs),
        disagreements=queue.facts.disagreements,
        target=settings.target,
        confidence=settings.confidence,
        agreement=agreements_of(pairs, queue.facts.classes),
        audits=tuple(looks),
        rounds=tuple(costs),
    )


def read_status(path: Path) -> Status:
    """Read the status that the queue stage wrote."""
    return Status.model_validate_json(path.read_text(encoding="utf-8"))
