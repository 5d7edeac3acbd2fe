"""Resampling by area, centred: what patches finer than the stored scale need."""

import numpy as np
from numpy.typing import NDArray


def resample_centred(pixels: NDArray[np.float32], scale: float, side: int) -> NDArray[np.float32]:
    """Return (side, side): each new pixel is the mean of the old area below it.

    Args:
        pixels: (H, W); NaN counts as no value.
        scale: old step over new step; below 1 for fewer pixels.
        side: new side; the middle stays the middle, what lies beyond is cut, what lacks is NaN.
    """
    rows = _overlaps(pixels.shape[0], scale, side)
    columns = _overlaps(pixels.shape[1], scale, side)
    seen = np.isfinite(pixels)
    total = rows @ np.where(seen, pixels, 0).astype(np.float64) @ columns.T
    weight = rows @ seen.astype(np.float64) @ columns.T
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(weight > 0.5 * scale**2, total / weight, np.nan)
    return means.astype(np.float32)


def _overlaps(old: int, scale: float, new: int) -> NDArray[np.float64]:
    """Return (new, old): how much of each old pixel, in old pixels, lies below each new one."""
    edges = (np.arange(new + 1) - new / 2) / scale + old / 2
    low, high = edges[:-1, None], edges[1:, None]
    left = np.arange(old)[None, :]
    overlaps: NDArray[np.float64] = np.minimum(high, left + 1) - np.maximum(low, left)
    return np.clip(overlaps, 0, None)
