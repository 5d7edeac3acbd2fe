"""What goes wrong between an archive and its users, on purpose and in a fixed order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["cut", "status", "redirect", "wrong_length", "stall", "corrupted"]
Lack = Literal["range", "validators", "if_range"]
"""What a server may not be able to do: answer a Range, give ETag and Last-Modified, or heed
If-Range."""

ALWAYS = 2**31


@dataclass(frozen=True)
class Fault:
    """One fault of a loopback archive.

    Attributes:
        kind: cut: the connection ends inside the body; status: another answer than the file;
            redirect: the file is at another address; wrong_length: a Content-Length that is too
            large; stall: the body stops and the connection stays; corrupted: one byte differs.
        target: path and query, without the leading slash, of the address that has the fault.
        times: requests of this address that meet it; then the next fault of this address counts.
        share: of the body that comes before a cut or stall.
        status: number of the answer, for kind status.
        retry_after: value of its Retry-After header, or None.
    """

    kind: Kind
    target: str
    times: int = 1
    share: float = 0.5
    status: int = 503
    retry_after: str | None = None


def mild_faults(targets: Sequence[str], seed: int) -> list[Fault]:
    """Return a cut, a 503 with Retry-After and a redirect, each at an address drawn by the seed."""
    draw = np.random.default_rng([seed, *b"mild faults"])
    ordered = sorted(targets)
    places = [ordered[place] for place in draw.integers(len(ordered), size=3)]
    return [
        Fault("cut", places[0]),
        Fault("status", places[1], status=503, retry_after="1"),
        Fault("redirect", places[2]),
    ]


class Script:
    """Hands out the faults of each address, one request after the other."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._left = [(fault, fault.times) for fault in faults]

    def next(self, target: str) -> Fault | None:
        """Return the fault that this request of an address meets, or None."""
        for place, (fault, left) in enumerate(self._left):
            if fault.target == target and left:
                self._left[place] = (fault, left - 1)
                return fault
        return None
