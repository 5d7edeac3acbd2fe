"""From gauss to what is stored: clip, scale, and fill in time inside one video.

Steps and numbers of the public notebooks of Chatterjee et al. 2022.
"""

import numpy as np
from numpy.typing import NDArray

QUIET = 0.5
"""Stored value of 0 gauss, and of whatever lies off the disk or was never seen."""

Video = NDArray[np.float32]


def scale_field(gauss: Video, saturation: float) -> Video:
    """Map -saturation, 0, +saturation to 0, 0.5, 1 and clip beyond; NaN stays NaN."""
    clipped = np.clip(gauss, -saturation, saturation)
    return np.asarray(0.5 * (1 + clipped / saturation), dtype=np.float32)


def fill_in_time(video: NDArray[np.floating]) -> Video:
    """Fill the NaN of a video (T, H, W), per pixel and from this video alone.

    Between two seen values: linear in time. Before the first or after the last: that value. Never
    seen: `QUIET`. Returns (T, H, W) float32.
    """
    values = video.astype(np.float32)
    seen = np.isfinite(values)
    length = len(values)
    frame = np.arange(length, dtype=np.int64)[:, None, None]
    before = np.maximum.accumulate(np.where(seen, frame, -1), axis=0)
    after = np.minimum.accumulate(np.where(seen, frame, length)[::-1], axis=0)[::-1]
    earlier = np.where(before >= 0, before, after)  # before the first value: the first
    later = np.where(after < length, after, before)
    clip = length - 1
    low = np.take_along_axis(values, np.clip(earlier, 0, clip), axis=0)
    high = np.take_along_axis(values, np.clip(later, 0, clip), axis=0)
    span = np.maximum(later - earlier, 1)
    weight = np.clip((frame - earlier) / span, 0, 1).astype(np.float32)
    filled = low + (high - low) * weight
    never = ~seen.any(axis=0)
    return np.where(never, np.float32(QUIET), filled)


def longest_gap(present: NDArray[np.bool_]) -> int:
    """Return the longest run of missing frames between the first and the last present one."""
    places = np.flatnonzero(present)
    return int(np.diff(places).max() - 1) if len(places) > 1 else 0
