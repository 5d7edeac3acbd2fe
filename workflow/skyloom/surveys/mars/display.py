"""How a person sees a stored image of Mars: as it is."""

import numpy as np
from numpy.typing import NDArray


def thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a stored image (3, H, W), uint8, as (H, W, 3)."""
    return np.ascontiguousarray(pixels.transpose(1, 2, 0))
