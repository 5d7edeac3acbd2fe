"""Splits by group, for images that no published list splits."""

import hashlib
from typing import Annotated

from pydantic import AfterValidator

SPLITS = ("train", "val", "test")


def _check_shares(shares: tuple[float, float, float]) -> tuple[float, float, float]:
    if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise ValueError("expected three shares, train, val and test, that add up to 1")
    return shares


Shares = Annotated[tuple[float, float, float], AfterValidator(_check_shares)]
"""Shares of the groups that go to train, val and test."""


def split_of_group(group: str, shares: tuple[float, float, float]) -> str:
    """Return the split of a group: a hash of its name alone, so new groups move no old one."""
    digest = hashlib.blake2b(group.encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64  # uniform in [0, 1)
    if place < shares[0]:
        return "train"
    return "val" if place < shares[0] + shares[1] else "test"
