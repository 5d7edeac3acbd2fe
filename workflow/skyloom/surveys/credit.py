"""What the archive of a survey asks of those who use its data: citation, licence, thanks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Credit:
    """One archive or data set.

    Attributes:
        name: of the data set.
        citation: as a list of references has it.
        doi: of the data, or else of the article that presents them; empty where there is none.
        licence: its name; empty where none is known.
        licence_url: the page that states the licence, or else the one to ask.
        acknowledgement: words that a publication should contain; empty where none are asked for.
        addresses: parts of archive addresses by which a study's use of it is known.
        unconfirmed: what of all this could not be checked at its source, as a user is told it.
    """

    name: str
    citation: str
    doi: str
    licence: str
    licence_url: str
    acknowledgement: str
    addresses: tuple[str, ...]
    unconfirmed: str = ""


def used_credits(credits: Sequence[Credit], addresses: Iterable[str]) -> list[Credit]:
    """Return the credits that go with the addresses of a study's shards.

    All of a survey's where none is recognised, as of a local copy: one too many does no harm.
    """
    known = list(addresses)
    used = [
        credit
        for credit in credits
        if any(part in address for part in credit.addresses for address in known)
    ]
    return used or list(credits)
