"""File names of Curiosity's browse images: what they say about an image."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SOL_SECONDS = 88775.244
SOL_ZERO = datetime(2012, 8, 5, 13, 49, 59, tzinfo=UTC)
"""Local mean midnight that began sol 0 at the landing site."""

_COPY = re.compile(r"-(fh|fv|r90|r180|r270|brt)$")
_PRODUCT = re.compile(r"^(?P<sol>\d{4})(?P<camera>[A-Z]{2})\d{16}[A-Z]\d{2}_[A-Z]{4}$")
_PICTURE = 22
"""Characters that name the picture; the product type that follows is thumbnail or full frame."""


@dataclass(frozen=True)
class ImageName:
    """A parsed name.

    Attributes:
        stem: file name without folder and ending.
        original: shared by a picture's products (`E01`, `I01`, ...) and copies (`-fh`, `-r90`).
        sol: Martian day since landing, or None when the name follows another pattern.
        camera: ML, MR (Mastcam left, right), MH (MAHLI), or None.
    """

    stem: str
    original: str
    sol: int | None
    camera: str | None

    @property
    def group(self) -> str:
        """What must not be split between train and test: the sol."""
        return f"sol{self.sol:04d}" if self.sol is not None else self.original

    @property
    def time(self) -> datetime | None:
        """Begin of the sol, UTC; the name carries no finer time."""
        return None if self.sol is None else SOL_ZERO + timedelta(seconds=self.sol * SOL_SECONDS)


def parse_name(stem: str) -> ImageName:
    """Parse a file name such as `0042MR0001830110101823Q01_DRCL-fh` (MSL v1 and v2.1)."""
    uncopied = _COPY.sub("", stem)
    found = _PRODUCT.match(uncopied)
    if found is None:
        return ImageName(stem, uncopied, None, None)
    return ImageName(stem, uncopied[:_PICTURE], int(found["sol"]), found["camera"])
