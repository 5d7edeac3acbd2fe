"""The state of an unfinished training, written atomically after each epoch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from skyloom.atomic import atomic_path


@dataclass(frozen=True)
class Checkpoint:
    """Where a training keeps its state.

    Attributes:
        path: the file.
        fingerprint: names the training (settings, images, code); a state of another training is
            not taken up.
    """

    path: Path
    fingerprint: str

    def save(self, state: dict[str, Any]) -> None:
        """Write `state`: tensors, numbers, strings and containers of them."""
        with atomic_path(self.path) as temporary:
            torch.save({"fingerprint": self.fingerprint, **state}, temporary)

    def load(self) -> dict[str, Any] | None:
        """Return the state that was saved, or None when there is none of this training."""
        if not self.path.exists():
            return None
        state: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        if state.pop("fingerprint") != self.fingerprint:
            print(f"{self.path} is of another training (settings, images or code): starting anew")
            return None
        return state
