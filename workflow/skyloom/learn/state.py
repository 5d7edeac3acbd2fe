"""The state of a training: what a checkpoint has to hold so that nothing is lost."""

from dataclasses import dataclass, field
from typing import Any

from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.methods import Method
from skyloom.learn.relations import Relations
from skyloom.learn.tally import History, Tally


@dataclass
class Progress:
    """How far a training has come.

    Attributes:
        tally: sums of the epoch that is running.
        epoch, step: what comes next, from 0.
        history: rows of the epochs that are done.
    """

    tally: Tally
    epoch: int = 0
    step: int = 0
    history: History = field(default_factory=History)

    def begin_next_epoch(self) -> None:
        """Stand before the first step of the next epoch."""
        self.epoch, self.step, self.tally = self.epoch + 1, 0, Tally(self.tally.domains)


@dataclass(frozen=True)
class TrainingState:
    """The parts of a training that change.

    Order and views follow from the seed, so that the number of the next step stands for the
    sampler and the generators of random numbers.
    """

    method: Method
    optimizer: Any
    relations: Relations
    progress: Progress

    def save(self, checkpoint: Checkpoint) -> None:
        """Write all of it, atomically."""
        now = self.progress
        checkpoint.save(
            {
                "method": self.method.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "groups": self.relations.groups,
                "epoch": now.epoch,
                "step": now.step,
                "tally": now.tally.state(),
                "history": now.history.state(),
            }
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take up a saved state of the same training, if there is one."""
        state = checkpoint.load()
        if state is None:
            return
        self.method.load_state_dict(state["method"])
        self.optimizer.load_state_dict(state["optimizer"])
        device = self.relations.groups.device
        self.relations.groups = state["groups"].to(device)
        now = self.progress
        now.epoch, now.step = state["epoch"], state["step"]
        now.tally.restore(state["tally"], device)
        now.history = History.restored(state["history"])
        print(f"resuming at epoch {now.epoch + 1}, step {now.step}, from {checkpoint.path}")
