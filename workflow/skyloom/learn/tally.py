"""What is measured while training: running sums of an epoch, and the rows of its tables."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from skyloom.learn import health
from skyloom.learn.tower import Outcome

HEALTH_IMAGES = 512
"""Images of an epoch's last steps on which its health is measured."""


@dataclass(frozen=True)
class Epoch:
    """One row of `training.parquet`; `images_per_second` counts source images, not views.

    The rates of false negatives are shares of the labelled pairs among the negatives that have one
    label, before and after correction.
    """

    epoch: int
    loss: float
    learning_rate: float
    images_per_second: float
    feature_std: float
    rankme: float
    alignment: float
    uniformity: float
    false_negatives_before: float
    false_negatives_after: float
    groups: int


@dataclass(frozen=True)
class DomainEpoch:
    """One row of `domains.parquet`: an epoch seen by the images of one domain.

    `neighbour_agreement` is that of `skyloom.learn.grouping`, NaN in epochs without it.
    """

    epoch: int
    domain: str
    images: int
    loss: float
    alignment: float
    neighbour_agreement: float


@dataclass
class Recent:
    """Features and outputs of the last steps of an epoch."""

    features: list[Tensor] = field(default_factory=list)
    first: list[Tensor] = field(default_factory=list)
    second: list[Tensor] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Take in a step, forget old ones."""
        for kept in fields(self):
            store = getattr(self, kept.name)
            store.append(getattr(outcome, kept.name).detach())
            while len(store) > 1 and sum(map(len, store[1:])) >= HEALTH_IMAGES:
                store.pop(0)

    def measures(self) -> dict[str, float]:
        """Return the health columns of an `Epoch`."""
        features, first, second = map(torch.cat, (self.features, self.first, self.second))
        return {
            "feature_std": health.feature_std(features),
            "rankme": health.rankme(features),
            "alignment": health.alignment(first, second),
            "uniformity": health.uniformity(first[:HEALTH_IMAGES]),
        }


@dataclass
class Tally:
    """Sums over the steps of an epoch; D domains. All of it is part of a checkpoint.

    Attributes:
        losses: one number a step.
        false_negatives: (2, 2) false and all labelled negatives, before and after.
        by_domain: (D, 3) sums over images: their number, loss and squared distance of positives.
        seconds: spent, over all calls that took part.
    """

    domains: int
    losses: list[Tensor] = field(default_factory=list)
    false_negatives: Tensor = field(default_factory=lambda: torch.zeros(2, 2, dtype=torch.float64))
    by_domain: Tensor = field(init=False)
    seconds: float = 0.0
    recent: Recent = field(default_factory=Recent)

    def __post_init__(self) -> None:
        self.by_domain = torch.zeros(self.domains, 3, dtype=torch.float64)

    def add(self, outcome: Outcome, domain_of_row: Tensor) -> None:
        """Take in a step; `domain_of_row` (M,) is the domain of each of its images."""
        self.losses.append(outcome.loss.detach())
        self.recent.add(outcome)
        counts = outcome.false_negatives
        if counts is not None:
            both = torch.stack([counts.before, counts.after])
            self.false_negatives = self.false_negatives.to(both.device) + both
        with torch.no_grad():
            self.by_domain = self.by_domain.to(domain_of_row.device)
            self.by_domain.index_add_(0, domain_of_row, _per_image(outcome))

    def first_bad_step(self) -> int | None:
        """Return the first step whose loss is not finite, if any."""
        if not self.losses:
            return None
        bad = torch.nonzero(~torch.isfinite(torch.stack(self.losses)))
        return int(bad[0]) if len(bad) else None

    def epoch(self, number: int, rate: float, images: int, groups: int) -> Epoch:
        """Return the row of an epoch of so many images."""
        false, known = self.false_negatives[:, 0], self.false_negatives[:, 1]
        before, after = (false / known).tolist()  # NaN without labels
        return Epoch(
            epoch=number,
            loss=float(torch.stack(self.losses).double().mean()),
            learning_rate=rate,
            images_per_second=images / self.seconds,
            **self.recent.measures(),
            false_negatives_before=before,
            false_negatives_after=after,
            groups=groups,
        )

    def domain_epoch(self, number: int, domain: int, name: str, agreement: float) -> DomainEpoch:
        """Return the row of one domain in an epoch."""
        count, loss, distance = self.by_domain[domain].tolist()
        return DomainEpoch(number, name, int(count), loss / count, distance / count, agreement)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint holds of this."""
        return {
            "losses": self.losses,
            "false_negatives": self.false_negatives,
            "by_domain": self.by_domain,
            "seconds": self.seconds,
            "recent": {kept.name: getattr(self.recent, kept.name) for kept in fields(self.recent)},
        }

    def restore(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Take up what `state` returned, on the device where the next steps compute."""
        self.losses = _moved(state["losses"], device)
        self.false_negatives = state["false_negatives"].to(device)
        self.by_domain = state["by_domain"].to(device)
        self.seconds = state["seconds"]
        self.recent = Recent(
            **{name: _moved(kept, device) for name, kept in state["recent"].items()}
        )


@dataclass
class History:
    """The rows of all finished epochs."""

    epochs: list[Epoch] = field(default_factory=list)
    domains: list[DomainEpoch] = field(default_factory=list)

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Return what a checkpoint holds of this."""
        return {
            "epochs": [asdict(row) for row in self.epochs],
            "domains": [asdict(row) for row in self.domains],
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> "History":
        """Return what `state` was made of."""
        return cls(
            [Epoch(**row) for row in state["epochs"]],
            [DomainEpoch(**row) for row in state["domains"]],
        )

    def stalled(self) -> int:
        """Return the epochs since the loss last fell or RankMe last rose to a new best."""
        best_loss, best_rank, last = math.inf, -math.inf, -1
        for place, row in enumerate(self.epochs):
            if row.loss < best_loss or row.rankme > best_rank:
                last = place
            best_loss, best_rank = min(best_loss, row.loss), max(best_rank, row.rankme)
        return len(self.epochs) - 1 - last


def _moved(tensors: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    return [tensor.to(device) for tensor in tensors]


def _per_image(outcome: Outcome) -> Tensor:
    """Return (M, 3) float64: one, the loss, and the squared distance of unit positives."""
    first = functional.normalize(outcome.first.float(), dim=1)
    second = functional.normalize(outcome.second.float(), dim=1)
    distance = (first - second).pow(2).sum(dim=1)  # (M,)
    losses = outcome.losses
    if losses is None:  # of the batch as a whole, which is every image's
        losses = outcome.loss.expand(len(distance))
    return torch.stack([torch.ones_like(distance), losses.detach(), distance], dim=1).double()
