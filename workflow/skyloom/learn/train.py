"""The pretraining loop: plain torch, resumable, the same bytes however often it was interrupted."""

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from tqdm import tqdm

from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.domains import Domain, Mixture, relations_of
from skyloom.learn.draws import stream
from skyloom.learn.encoder_file import Encoder
from skyloom.learn.encoders import seeded
from skyloom.learn.grouping import agreement_now, clusters_now
from skyloom.learn.interruption import Interrupted, Interruption
from skyloom.learn.make_method import make_method
from skyloom.learn.methods import Method
from skyloom.learn.norms import keep_domain
from skyloom.learn.optimizers import learning_rate, make_optimizer, set_rate
from skyloom.learn.precision import resolve_precision
from skyloom.learn.ranks import Ranks
from skyloom.learn.scalars import Scalars
from skyloom.learn.state import Progress, TrainingState
from skyloom.learn.tally import Epoch, History, Tally
from skyloom.learn.tower import Batch
from skyloom.learn.watch import (
    epoch_sentence,
    refuse_collapse,
    refuse_divergence,
    refuse_empty_epochs,
    start_sentence,
)
from skyloom.settings.pretrain import PretrainSettings

CHECKED = 16
"""Steps after which losses are looked at: each look waits for a GPU."""


class Training:
    """One training: everything that its loop needs. `run` trains the encoder in place.

    A state left by an interrupted training with the same fingerprint is taken up, also in the
    middle of an epoch; on one kind of processor with the same threads the result is the same to
    the byte.

    Args:
        encoder: its weights are the initial ones.
        domains: what it sees; the first is the survey's own.
        settings: how it is trained.
        seed: of the head, the order, the views and the clusters.
        checkpoint: where the state of an unfinished training is kept.
        ranks: the processes that take part, each with the same arguments.
        scalars: where rows go as they come, besides the tables.
        make: gives the method around the encoder, as `make_method` does.

    Attributes:
        method: what learns; its tower holds the encoder and the head.
        now: how far it has come.
    """

    def __init__(
        self,
        encoder: Encoder,
        domains: Sequence[Domain],
        settings: PretrainSettings,
        seed: int,
        checkpoint: Checkpoint,
        ranks: Ranks,
        scalars: Scalars | None = None,
        make: Callable[..., Method] = make_method,
    ) -> None:
        self._encoder, self._settings, self._seed = encoder, settings, seed
        self._checkpoint, self._ranks, self._scalars = checkpoint, ranks, scalars
        dtype = resolve_precision(settings.precision, ranks.device, encoder.card.network.input_size)
        seeded(seed + 1)  # the encoder was drawn from `seed`
        self._relations = relations_of(domains, settings, ranks.device)
        classes = int(self._relations.labels.max()) + 1
        method = make(encoder, settings, ranks, dtype, classes)
        self.method = method.to(ranks.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = make_optimizer(encoder.network, method.tower.head, settings)
        self._mixture = Mixture(domains, encoder.card, seed, ranks, method.views)
        self._steps = self._mixture.steps // settings.accumulate * settings.accumulate
        refuse_empty_epochs(self._mixture.steps, settings)
        self.now = Progress(Tally(len(domains)))
        self._state = TrainingState(method, self._optimizer, self._relations, self.now)
        self._state.restore(checkpoint)
        self._saved = time.monotonic()
        if ranks.index == 0:
            print(start_sentence(self._mixture, settings, self._steps, dtype, ranks), flush=True)

    def run(self, deadline: float = math.inf) -> History:
        """Train until all is done; return the rows of the tables.

        Args:
            deadline: when its time is up, by `time.monotonic()`; rank 0's counts for all.

        Raises:
            TrainingError: the loss is no longer finite, or the features have collapsed.
            Interrupted: a signal asked to stop, or its time is up; the state is saved.
        """
        with Interruption(deadline if self._ranks.index == 0 else math.inf) as interruption:
            while not self.finished:
                self.run_epoch(interruption)
        keep_domain(self._encoder, 0)
        self._encoder.eval().cpu()
        return self.now.history

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or enough of them without getting better."""
        patience = self._settings.patience
        stalled = patience is not None and self.now.history.stalled() >= patience
        return stalled or self.now.epoch >= self._settings.epochs

    def run_epoch(self, interruption: Interruption) -> None:
        """Train from where this epoch stands to its end, and save the state.

        Raises:
            Interrupted: it was asked to stop, in the middle or at the end of the epoch.
        """
        now, settings, method = self.now, self._settings, self.method
        if now.step == 0 and self._clusters_are_due():
            self._form_clusters()
        method.enter_training()
        started = time.monotonic() - now.tally.seconds
        for batch in self._remaining_batches():
            set_rate(self._optimizer, learning_rate(settings, now.epoch + now.step / self._steps))
            # Networks that drop units at random draw from torch's own generator.
            seeded(stream(self._seed, now.epoch, now.step, self._ranks.index))
            outcome = method(batch, self._relations)
            (outcome.loss / settings.accumulate).backward()
            method.after_backward()
            now.tally.add(outcome, self._relations.domains[outcome.rows])
            now.step += 1
            if now.step % settings.accumulate:
                continue
            self._ranks.sum_gradients(method.parameters())
            self._optimizer.step()
            self._optimizer.zero_grad(set_to_none=True)
            method.after_step()
            if now.step % CHECKED == 0:
                refuse_divergence(now, settings)
            if now.step < self._steps and self._pause_is_due(interruption):
                now.tally.seconds = time.monotonic() - started
                self._pause(interruption)
        now.tally.seconds = time.monotonic() - started
        self._close_epoch()
        self._pause(interruption)

    def _clusters_are_due(self) -> bool:
        rule, epoch = self._settings.false_negatives, self.now.epoch
        if rule.correction == "none" or rule.groups != "clusters" or epoch < rule.warmup_epochs:
            return False
        return (epoch - rule.warmup_epochs) % rule.refresh_epochs == 0

    def _form_clusters(self) -> None:
        """Let the clusters of the features of this moment be the groups of alike images."""
        count = self._settings.false_negatives.clusters
        seed = stream(self._seed, self.now.epoch, "clusters") % 2**32
        found = clusters_now(self.method.tower, self._mixture.domains, count, seed, self._ranks)
        self._relations.groups = found

    def _remaining_batches(self) -> Iterator[Batch]:
        start = self.now.epoch * self._mixture.steps
        batches = self._mixture.batches(start + self.now.step, start + self._steps)
        bar: Iterator[Batch] = tqdm(
            batches,
            f"epoch {self.now.epoch + 1}/{self._settings.epochs}",
            initial=self.now.step,
            total=self._steps,
            leave=False,
            disable=self._ranks.index > 0,
            mininterval=0.5 if sys.stderr.isatty() else 20,
            unit="step",
        )
        return bar

    def _close_epoch(self) -> None:
        """Turn the tally into rows, say them, and stand before the next epoch."""
        now, settings, domains = self.now, self._settings, self._mixture.domains
        refuse_divergence(now, settings)
        groups = self._relations.groups
        mine = now.tally.epoch(
            now.epoch,
            rate=learning_rate(settings, now.epoch + (now.step - 1) / self._steps),
            images=self._steps * domains[0].each,
            groups=len(torch.unique(groups[groups >= 0])),
        )
        row = self._agreed(mine)
        now.history.epochs.append(row)
        agreements = [float("nan")] * len(domains)
        if self._agreement_is_due():
            agreements = [
                agreement_now(self.method.tower, domain, number, self._ranks)
                for number, domain in enumerate(domains)
            ]
        rows = [
            now.tally.domain_epoch(now.epoch, number, domain.name, agreements[number])
            for number, domain in enumerate(domains)
        ]
        now.history.domains += rows
        if self._scalars is not None:
            self._scalars.write(row, rows)
        if self._ranks.index == 0:
            print(epoch_sentence(row, settings.epochs, now.tally.seconds), flush=True)
        refuse_collapse(row, settings)
        now.begin_next_epoch()

    def _agreed(self, row: Epoch) -> Epoch:
        """Return the row with rank 0's health: on it hangs whether the training goes on."""
        names = ("feature_std", "rankme", "alignment", "uniformity")
        found = [getattr(row, name) for name in names]
        mine = torch.tensor(found, dtype=torch.float64, device=self._ranks.device)
        values = self._ranks.from_first(mine).tolist()
        return replace(row, **dict(zip(names, values, strict=True)))

    def _agreement_is_due(self) -> bool:
        every, done = self._settings.neighbour_epochs, self.now.epoch + 1
        return every > 0 and (done % every == 0 or done == self._settings.epochs)

    def _pause_is_due(self, interruption: Interruption) -> bool:
        """Whether any rank was asked to stop, or has not saved for long."""
        late = time.monotonic() - self._saved > 60 * self._settings.save_minutes
        return self._ranks.any(late or interruption.asked is not None)

    def _pause(self, interruption: Interruption) -> None:
        """Save the state; end here if any rank was asked to stop."""
        refuse_divergence(self.now, self._settings)
        if self._ranks.index == 0:
            self._state.save(self._checkpoint)
        self._saved = time.monotonic()
        if self._ranks.any(interruption.asked is not None):
            raise Interrupted(
                f"asked to stop ({interruption.asked}) at epoch {self.now.epoch + 1}, step "
                f"{self.now.step} of {self._steps}; the state is in {self._checkpoint.path}",
                interruption.asked,
            )
