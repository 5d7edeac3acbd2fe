"""From stored pixels to the numbers that networks see."""

import torch
from torch import Tensor


def in_units(images: Tensor) -> Tensor:
    """Return stored pixels as float32: integers as shares of their range, floats as they are."""
    if images.dtype.is_floating_point:
        return images.float()
    return images.float().mul_(1 / torch.iinfo(images.dtype).max)
