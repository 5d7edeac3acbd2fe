"""Frames of a stored image or video as a person should see them, one after another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Film:
    """What a page draws.

    Attributes:
        frames: (T, H, W) grey or (T, H, W, 3) colour, uint8, row 0 on top.
        scale: what black and white mean, in the image's units; empty where that is no use.
        limits: other limits that may be asked for, in these units; empty where there are none.
    """

    frames: NDArray[np.uint8]
    scale: str = ""
    limits: tuple[float, ...] = ()
