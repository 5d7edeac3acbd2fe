"""How long to wait before asking a server again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Patience:
    """When to ask again, and when to give up.

    Attributes:
        attempts: how often one address is asked before it counts as failed.
        first: seconds before the second attempt; each further wait is twice as long.
        longest: seconds that no wait of our own choice exceeds.
        obeyed: seconds up to which a server's Retry-After is waited for.
    """

    attempts: int = 6
    first: float = 1.0
    longest: float = 60.0
    obeyed: float = 300.0

    def seconds(self, attempt: int) -> float:
        """Return the wait in seconds after the attempt of this number, counted from 0."""
        return min(self.first * 2.0**attempt, self.longest)


def retry_after(header: str | None, now: Callable[[], datetime] | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3), or None.

    The header holds seconds or an HTTP date; a date that has passed means 0.
    """
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        then = parsedate_to_datetime(header)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    moment = datetime.now(UTC) if now is None else now()
    return max((then - moment).total_seconds(), 0.0)
