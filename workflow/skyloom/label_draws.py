"""Shares of the labels: which originals are taken, the same for every encoder and stage."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Draw:
    """A share of the labels and the number of its draw.

    Attributes:
        fraction: of the labelled images.
        number: from 0; another number is another draw and another training.
    """

    fraction: float
    number: int

    @property
    def name(self) -> str:
        """Percent and number, such as 10-0: how files of the draw are named."""
        return f"{100 * self.fraction:g}-{self.number}"

    @classmethod
    def named(cls, name: str) -> "Draw":
        """Return the draw of a name; the fraction is as exact as the name tells it."""
        percent, _, number = name.partition("-")
        # Rounded, because 0.7 / 100 is not 0.007 in floating point.
        return cls(round(float(percent) / 100, 12), int(number))


def draw_originals(
    originals: NDArray[np.str_], labels: NDArray[np.str_], fraction: float, seed: int
) -> NDArray[np.int64]:
    """Return the positions of a share of the originals of each class, with all their copies.

    Of each class, max(1, floor(count x fraction)) originals are taken in the order of a hash of
    (seed, original); a smaller fraction is therefore contained in a larger one.
    """
    chosen: set[str] = set()
    for label in np.unique(labels):
        names = np.unique(originals[labels == label])
        ranked = sorted(names, key=lambda name: _rank(seed, str(name)))
        chosen |= set(ranked[: max(1, int(len(names) * fraction + 1e-9))])
    return np.flatnonzero(np.isin(originals, sorted(chosen)))


def _rank(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
