"""Draws that are a function of names alone: the same next year, and when data are added."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def share_of(salt: str, names: Iterable[str]) -> NDArray[np.float64]:
    """Return a number in [0, 1) per name, by a hash of the salt and the name."""
    digests = (hashlib.blake2b(f"{salt}/{name}".encode(), digest_size=8).digest() for name in names)
    return np.array([int.from_bytes(digest, "big") / 2**64 for digest in digests], np.float64)


def drawn(salt: str, names: NDArray[np.str_], count: int) -> NDArray[np.int64]:
    """Return the positions of `count` names, those first in the order of their hashes."""
    return np.lexsort((names, share_of(salt, names)))[:count]
