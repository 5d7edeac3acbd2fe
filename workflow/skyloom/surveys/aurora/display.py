"""How a person sees a stored frame: green, as the aurora is and as OATH's pictures are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_TINT = np.array([0.35, 1.0, 0.45])
"""Share of the brightness in red, green and blue: enough of the others to show weak light."""


def thumbnail(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return (H, W, 3) of one stored image (1, H, W) uint16."""
    share = pixels[0].astype(np.float64) / np.iinfo(np.uint16).max
    coloured: NDArray[np.uint8] = np.rint(255 * share[:, :, None] * _TINT).astype(np.uint8)
    return coloured
