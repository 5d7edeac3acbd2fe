"""Equal bins of a quantity, as redshifts are told in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyloom.errors import SkyloomError


class BinError(SkyloomError):
    """A value that no bin can hold."""


@dataclass(frozen=True)
class Bins:
    """`count` bins of one width on [low, high).

    Attributes:
        low: the first edge.
        high: the last edge.
        count: number of bins K.
    """

    low: float
    high: float
    count: int

    def __post_init__(self) -> None:
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise BinError(f"bins from {self.low} to {self.high}, expected low < high, both finite")
        if self.count < 1:
            raise BinError(f"{self.count} bins, expected at least 1")

    @property
    def width(self) -> float:
        """The width of a bin."""
        return (self.high - self.low) / self.count

    @property
    def edges(self) -> NDArray[np.float64]:
        """The edges (K + 1,), ascending."""
        return np.linspace(self.low, self.high, self.count + 1)

    @property
    def centres(self) -> NDArray[np.float64]:
        """The centres (K,), ascending."""
        return np.asarray(self.low + (np.arange(self.count) + 0.5) * self.width)

    def number_of(self, values: ArrayLike) -> NDArray[np.int64]:
        """Return the bin (N,) of each value: int((value - low) // width), as Hayat et al. do.

        Values at or above `high` are in the last bin. Hayat et al. give values below `low` the
        bin -1; here they are refused.

        Raises:
            BinError: a value below `low`, or one that is not finite.
        """
        given = np.asarray(values, dtype=np.float64)
        bad = np.flatnonzero(~(np.isfinite(given) & (given >= self.low)))
        if len(bad):
            raise BinError(
                f"value {given[bad[0]]} at position {bad[0]} ({len(bad)} such of {len(given)}), "
                f"expected finite values of at least {self.low}. Reject these rows."
            )
        found = ((given - self.low) // self.width).astype(np.int64)
        return np.minimum(found, self.count - 1)
