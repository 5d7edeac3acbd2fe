"""What a training step does with a batch: from views to a loss, for each objective."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from skyloom.learn import objectives
from skyloom.learn.depth import train_above
from skyloom.learn.norms import choose_domain, separate_norms, synchronise_norms
from skyloom.learn.ranks import Ranks
from skyloom.learn.relations import Relations
from skyloom.learn.tower import Batch, Outcome, Tower
from skyloom.settings.pretrain import PretrainSettings


class Method(nn.Module):
    """Base of all methods: a tower, and what happens around an optimiser's step.

    All that a resumed training needs is in `state_dict`.
    """

    views = 2

    def __init__(self, tower: Tower, settings: PretrainSettings, ranks: Ranks) -> None:
        super().__init__()
        self.tower = tower
        self._settings = settings
        self._ranks = ranks
        self._separate = settings.domain_norm == "separate" and bool(settings.domains)
        if self._separate:
            separate_norms(tower, 1 + len(settings.domains))
        if ranks.count > 1:
            synchronise_norms(tower, ranks.device)

    @property
    def towers(self) -> list[Tower]:
        """All towers; the first is the one that learns."""
        return [self.tower]

    def enter_training(self) -> None:
        """Put the towers into training mode, but for their frozen stages."""
        for tower in self.towers:
            train_above(tower, tower.encoder.network, self._settings.frozen_stages)

    def after_backward(self) -> None:
        """Do what must wait until the gradients of a batch are there."""

    def after_step(self) -> None:
        """Do what follows each step of the optimiser."""

    def _through(self, tower: Tower, parts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return features (B, D) and outputs (B, d) of the images of all domains, joined."""
        if not self._separate:
            return tower(torch.cat(list(parts)))  # type: ignore[no-any-return]
        outcomes = []
        for domain, images in enumerate(parts):
            choose_domain(tower, domain)
            outcomes.append(tower(images))
        choose_domain(tower, 0)
        features, outputs = zip(*outcomes, strict=True)
        return torch.cat(features), torch.cat(outputs)

    def _both_views(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return features (B, D) of the first views and outputs (M, d) of both.

        Both views pass together, so that batch norm cannot tell them apart.
        """
        pairs = zip(batch.first, batch.second, strict=True)
        joined = [torch.cat(views) for views in pairs]  # (2n, C, S, S) each
        features, outputs = self._through(self.tower, joined)  # (2B, D), (2B, d)
        sizes = [len(images) for images in joined]
        first, second = (self._ranks.gather(half) for half in _halves(outputs, sizes))
        return next(_halves(features, sizes)), first, second


class Contrast(Method):
    """SimCLR and its kin: every other image of the batch is a negative, unless corrected."""

    def forward(self, batch: Batch, relations: Relations) -> Outcome:
        """Return the outcome of a batch: NT-Xent, or its decoupled form."""
        features, first, second = self._both_views(batch)
        rows = self._ranks.gather(batch.rows)  # (M,)
        both = torch.cat([first, second])  # (2M, d)
        pairs, counts = relations.corrected(
            objectives.view_pairs(len(rows), rows.device), rows.repeat(2), rows.repeat(2)
        )
        similarity = objectives.similarities(both, both, self._settings.temperature)
        decouple = self._settings.objective == "dcl"
        contrast = objectives.decoupled if decouple else objectives.info_nce
        anchors = contrast(similarity, pairs)  # (2M,)
        losses = (anchors[: len(rows)] + anchors[len(rows) :]) / 2  # (M,)
        return Outcome(losses.mean(), losses, rows, features, first, second, counts)


class Redundancy(Method):
    """Barlow Twins: no negatives, decorrelated outputs."""

    def forward(self, batch: Batch, relations: Relations) -> Outcome:
        """Return the outcome of a batch."""
        features, first, second = self._both_views(batch)
        loss = objectives.barlow_twins(first, second)
        return Outcome(loss, None, self._ranks.gather(batch.rows), features, first, second)


class Supervised(Method):
    """Cross-entropy of a linear layer on the features: what labels alone give."""

    views = 1

    def forward(self, batch: Batch, relations: Relations) -> Outcome:
        """Return the outcome of a batch; all its images have labels."""
        features, outputs = self._through(self.tower, batch.first)
        logits, rows = self._ranks.gather(outputs), self._ranks.gather(batch.rows)
        losses = functional.cross_entropy(logits, relations.labels[rows], reduction="none")
        return Outcome(losses.mean(), losses, rows, features, logits, logits)


def _halves(joined: Tensor, sizes: Sequence[int]) -> Iterator[Tensor]:
    """Yield the first and the second views of all domains, each (B, ...), from (2B, ...)."""
    parts = [part.chunk(2) for part in torch.split(joined, list(sizes))]
    for view in (0, 1):
        yield torch.cat([part[view] for part in parts])
