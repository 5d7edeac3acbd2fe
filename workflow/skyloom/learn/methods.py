"""What a training step does with a batch: from views to a loss, for each objective."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from skyloom.learn import objectives
from skyloom.learn.depth import train_above
from skyloom.learn.encoder_file import Encoder
from skyloom.learn.encoders import Projector
from skyloom.learn.norms import choose_domain, separate_norms, synchronise_norms
from skyloom.learn.objectives import Pairs
from skyloom.learn.queue import KeyQueue, follow
from skyloom.learn.ranks import Ranks
from skyloom.learn.relations import FalseNegatives, Relations
from skyloom.settings.pretrain import PretrainSettings


@dataclass(frozen=True)
class Batch:
    """Views of the B images of a step on this rank, domain after domain.

    Attributes:
        first, second: per domain (n, C, S, S) float32; `second` is empty where one view is made.
        rows: (B,) int64, the positions of the images.
    """

    first: Sequence[Tensor]
    second: Sequence[Tensor]
    rows: Tensor


@dataclass(frozen=True)
class Outcome:
    """What came of a batch; M images of all ranks.

    Attributes:
        loss: scalar of the joined batch.
        losses: (M,) of each image; None where the objective is of the batch as a whole.
        rows: (M,) positions of the images.
        features: (B, D) of the first views on this rank.
        first, second: (M, d) outputs of both views; the same tensor where one view is made.
        false_negatives: counts, where there are negatives.
    """

    loss: Tensor
    losses: Tensor | None
    rows: Tensor
    features: Tensor
    first: Tensor
    second: Tensor
    false_negatives: FalseNegatives | None = None


class Tower(nn.Module):
    """An encoder and the head on which the objective acts."""

    def __init__(self, encoder: Encoder, head: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head
        self._dtype = dtype

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (B, D) and outputs (B, d), float32, of images (B, C, S, S)."""
        enabled = self._dtype != torch.float32
        with torch.autocast(images.device.type, self._dtype, enabled=enabled):
            features = self.encoder(images)
            outputs = self.head(features)
        return features.float(), outputs.float()


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


class Momentum(Method):
    """MoCo v2: queries against keys of a slowly following encoder, and a queue of older keys."""

    def __init__(self, tower: Tower, settings: PretrainSettings, ranks: Ranks, width: int) -> None:
        follower = copy.deepcopy(tower).requires_grad_(False)  # before norms are synchronised
        super().__init__(tower, settings, ranks)
        self.follower = follower
        if self._separate:
            separate_norms(follower, 1 + len(settings.domains))
        self.queue = KeyQueue(settings.moco.queue, width)
        self._fresh: tuple[Tensor, Tensor] | None = None

    @property
    def towers(self) -> list[Tower]:
        """The tower that learns and the one that follows."""
        return [self.tower, self.follower]

    def forward(self, batch: Batch, relations: Relations) -> Outcome:
        """Return the outcome of a batch; its keys enter the queue in `after_backward`."""
        features, outputs = self._through(self.tower, batch.first)
        queries = self._ranks.gather(outputs)  # (M, d)
        keys = self._ranks.gather(self._keys(batch.second))  # (M, d)
        rows = self._ranks.gather(batch.rows)  # (M,)
        candidates = torch.cat([keys, self.queue.keys])  # (M + K, d)
        pairs, counts = relations.corrected(
            queue_pairs(rows, self.queue.rows), rows, torch.cat([rows, self.queue.rows])
        )
        similarity = objectives.similarities(queries, candidates, self._settings.temperature)
        losses = objectives.info_nce(similarity, pairs)  # (M,)
        self._fresh = (functional.normalize(keys, dim=1), rows)
        return Outcome(losses.mean(), losses, rows, features, queries, keys, counts)

    def after_backward(self) -> None:
        """Put the batch's keys into the queue: the loss has been taken without them."""
        if self._fresh is not None:
            self.queue.enqueue(*self._fresh)
            self._fresh = None

    def after_step(self) -> None:
        """Let the key encoder follow."""
        follow(self.follower, self.tower, self._settings.moco.momentum)

    @torch.no_grad()
    def _keys(self, views: Sequence[Tensor]) -> Tensor:
        """Return the keys (B, d) of views, each part of the batch with statistics of its own.

        Image i belongs to part i modulo the number of parts, whatever the number of ranks. Were
        keys normalised with the batch that their queries were normalised with, the statistics
        would tell which key belongs to which query (He et al. 2020, section 3.3).
        """
        parts = max(1, self._settings.moco.parts // self._ranks.count)
        places = torch.arange(sum(map(len, views)), device=views[0].device)
        by_domain = torch.split(places, [len(images) for images in views])
        order, keys = [], []
        for part in range(parts):
            chosen = [images[part::parts] for images in views]
            if sum(map(len, chosen)):
                keys.append(self._through(self.follower, chosen)[1])
                order.append(torch.cat([mine[part::parts] for mine in by_domain]))
        return torch.cat(keys)[torch.cat(order).argsort()]


class Supervised(Method):
    """Cross-entropy of a linear layer on the features: what labels alone give."""

    views = 1

    def forward(self, batch: Batch, relations: Relations) -> Outcome:
        """Return the outcome of a batch; all its images have labels."""
        features, outputs = self._through(self.tower, batch.first)
        logits, rows = self._ranks.gather(outputs), self._ranks.gather(batch.rows)
        losses = functional.cross_entropy(logits, relations.labels[rows], reduction="none")
        return Outcome(losses.mean(), losses, rows, features, logits, logits)


def make_method(
    encoder: Encoder, settings: PretrainSettings, ranks: Ranks, dtype: torch.dtype, classes: int
) -> Method:
    """Return the method of `settings.objective` around an encoder, its head freshly drawn."""
    if settings.objective == "supervised":
        return Supervised(Tower(encoder, nn.Linear(encoder.width, classes), dtype), settings, ranks)
    tower = Tower(encoder, Projector(encoder.width, *settings.projector), dtype)
    if settings.objective == "moco":
        return Momentum(tower, settings, ranks, settings.projector[1])
    if settings.objective == "barlow":
        return Redundancy(tower, settings, ranks)
    return Contrast(tower, settings, ranks)


def queue_pairs(rows: Tensor, queued: Tensor) -> Pairs:
    """Return the pairs of queries (M,) with their keys and then the queue's (K,), by image.

    A query's positive is its own key; its negatives are the keys in the queue, but for older keys
    of its own image. Keys of the same batch are no negatives of each other (He et al. 2020,
    algorithm 1).
    """
    positive = torch.eye(len(rows), len(rows) + len(queued), dtype=torch.bool, device=rows.device)
    negative = torch.zeros_like(positive)
    negative[:, len(rows) :] = (queued[None, :] >= 0) & (queued[None, :] != rows[:, None])
    return Pairs(positive, negative)


def _halves(joined: Tensor, sizes: Sequence[int]) -> Iterator[Tensor]:
    """Yield the first and the second views of all domains, each (B, ...), from (2B, ...)."""
    parts = [part.chunk(2) for part in torch.split(joined, list(sizes))]
    for view in (0, 1):
        yield torch.cat([part[view] for part in parts])
