"""The rows of a training as scalars for TensorBoard, as they come."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from skyloom.errors import SkyloomError
from skyloom.learn.tally import DomainEpoch, Epoch


class ScalarsError(SkyloomError):
    """Scalars were asked for and cannot be written."""


class Scalars:
    """Writes one point per column and epoch into a folder that TensorBoard reads."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise ScalarsError(
                "pretrain.tensorboard is on, but TensorBoard is not installed: "
                "pip install 'skyloom[tensorboard]', or turn it off."
            ) from None
        self._writer = SummaryWriter(str(folder))

    def write(self, row: Epoch, domains: Iterable[DomainEpoch]) -> None:
        """Write an epoch and its domains; columns without a value are left out."""
        values = {f"epoch/{name}": value for name, value in asdict(row).items()}
        for domain in domains:
            columns = asdict(domain)
            values |= {
                f"{domain.domain}/{name}": columns[name]
                for name in ("loss", "alignment", "neighbour_agreement")
            }
        for name, value in values.items():
            if not math.isnan(value):
                self._writer.add_scalar(name, value, row.epoch)
        self._writer.flush()
