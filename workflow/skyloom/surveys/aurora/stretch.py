"""From counts to a picture: percentiles 1 and 99 inside the horizon, stretched to 16 bits.

Both percentiles are taken inside the horizon, as the released OATH pictures show theirs to be
(about 1 % of the pixels inside their circle are 0 and 1 % are 65535): outside is dark current and
trees, which would set the lower percentile by how much of them a frame holds.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.uint16]

FULL = 65535
_LOW, _HIGH = 0.01, 0.99
_STRIDE, _TAIL = 32, 0.02
"""Every 32nd count is looked at first: its outer 2 % bound the tails in question."""
_NOISE_ROWS = 64
"""Rows of a frame that are enough to tell its noise."""
_LEAST_NOISE = 0.25
"""Counts; that of rounding to whole counts is 0.29, and a noise of 0 could not be divided by."""
_NOISE_RANGE = 4.6527
"""Percentile 99 less percentile 1 of a normal distribution, in standard deviations."""


@dataclass(frozen=True)
class Levels:
    """Percentiles 1 and 99 of a frame inside the horizon, in counts."""

    low: float
    high: float


@cache
def horizon_mask(height: int, width: int, share: float) -> NDArray[np.bool_]:
    """Return (height, width), true within `share` of half the shorter side from the centre."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    mask: NDArray[np.bool_] = distance <= share * min(height, width) / 2
    mask.setflags(write=False)
    return mask


def stretch(frame: Counts, mask: NDArray[np.bool_]) -> tuple[Counts, Levels]:
    """Return a frame (H, W) with percentile 1 at 0, percentile 99 at 65535, and the percentiles.

    Off the mask it is 0. A frame whose percentiles coincide becomes 0 up to them and 65535 above:
    never NaN. Sixteen bits keep what the imagers resolve: a stretch to eight would merge counts
    wherever the range exceeds 255 counts, as it does in most real frames.

    The result is that of dividing in double precision, pixel by pixel; it is computed once a count
    in place of once a pixel.
    """
    inside = frame[mask]
    found = _levels(inside)
    table = _table(found)
    picture = np.zeros(frame.shape, dtype=np.uint16)
    picture[mask] = table.take(inside, mode="clip")  # above the table: saturated
    return picture, found


def _table(found: Levels) -> Counts:
    """Return the stretched value of every count from 0 to the first that is saturated."""
    below, above = int(np.floor(found.low)) + 1, int(np.ceil(found.high))
    table = np.zeros(max(below, above) + 1, dtype=np.uint16)
    between = (np.arange(below, above) - found.low) / (found.high - found.low or 1.0)
    table[below:above] = np.rint(between * FULL)
    table[max(below, above) :] = FULL
    return table


def _levels(counts: Counts) -> Levels:
    """Return the percentiles of counts (N,), looking closely at their two tails alone."""
    last = len(counts) - 1
    low, high = int(_LOW * last), int(_HIGH * last)
    tails = _tails(counts, low + 2, len(counts) - high)
    skipped = len(counts) - len(tails)  # all of them above the low ranks and below the high ones
    ranks = [low, min(low + 1, last), high - skipped, min(high + 1, last) - skipped]
    values = np.partition(tails, ranks)[ranks].astype(np.float64).tolist()
    return Levels(
        _interpolate(values[0], values[1], _LOW * last % 1),
        _interpolate(values[2], values[3], _HIGH * last % 1),
    )


def _tails(counts: Counts, lowest: int, highest: int) -> Counts:
    """Return at least so many of the lowest and highest counts; all where a sample misjudges."""
    sample = counts[::_STRIDE]
    margin = int(_TAIL * len(sample))
    places = [margin, len(sample) - 1 - margin]
    low, high = np.partition(sample, places)[places]
    dim, bright = counts <= low, counts >= high
    if np.count_nonzero(dim) < lowest or np.count_nonzero(bright) < highest:
        return counts
    tails: Counts = counts[dim | bright]
    return tails


def _interpolate(below: float, above: float, weight: float) -> float:
    """Return the point between two order statistics, rounded as `numpy.percentile` rounds it."""
    if weight >= 0.5:
        return above - (above - below) * (1 - weight)
    return below + (above - below) * weight


def relief(frame: Counts, mask: NDArray[np.bool_], spread: float) -> float:
    """Return the range of a frame in units of the range that its pixel noise alone would have.

    The noise is taken from differences of neighbours (median absolute deviation): 1 is white
    noise, a dark frame; sky light, clouds and stars raise it.

    Args:
        frame: (H, W) counts.
        mask: (H, W), the sky.
        spread: percentile 99 less percentile 1, in counts.
    """
    every = max(1, len(frame) // _NOISE_ROWS)
    steps = np.diff(frame[::every].astype(np.int32), axis=1)[mask[::every, 1:]]
    noise = 1.4826 * float(np.median(np.abs(steps))) / np.sqrt(2)
    return float(spread / (_NOISE_RANGE * max(noise, _LEAST_NOISE)))
