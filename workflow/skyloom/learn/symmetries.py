"""Changes of an image or video that leave its class as it is."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from skyloom.settings.relabel import Symmetry

CHANGES: Mapping[Symmetry, Callable[[Tensor], Tensor]] = {
    "negative": lambda images: 1 - images,
    "rows": lambda images: images.flip(-2),
    "columns": lambda images: images.flip(-1),
}


def changed(images: Tensor, variants: Tensor, symmetries: Sequence[Symmetry]) -> Tensor:
    """Return images (B, ..., H, W), 0 to 1, each changed as its variant says.

    Args:
        images: as they are.
        variants: (B,) numbers from 0 to 2^s - 1; bit i says whether symmetry i is applied.
        symmetries: s of them.
    """
    for bit, name in enumerate(symmetries):
        wanted = (variants >> bit & 1).bool()  # (B,)
        shape = (-1, *[1] * (images.dim() - 1))
        images = torch.where(wanted.reshape(shape), CHANGES[name](images), images)
    return images
