"""Splits by month, as the paper's: whole months of every year go to one split."""

from datetime import datetime

from skyloom.surveys.contract import UNLISTED
from skyloom.surveys.sun.settings import ReaderSettings


def month_pair(time: datetime | None) -> str | None:
    """Return the pair of months in which a region was first seen, `01-02` to `11-12`."""
    if time is None:
        return None
    first = time.month - 1 + time.month % 2
    return f"{first:02d}-{first + 1:02d}"


def split_of(time: datetime | None, settings: ReaderSettings) -> str:
    """Return the split of what was first seen at `time`; without a time, `unlisted`."""
    if time is None:
        return UNLISTED
    if time.month in settings.test_months:
        return "test"
    return "val" if time.month in settings.validation_months else "train"
