"""File names of all-sky imagers: what they say about their frames."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

_CALGARY = re.compile(
    r"(?P<date>\d{8})_(?P<clock>\d{6}|\d{4})(_(?P<fraction>\d{6}))?"
    r"_(?P<station>[a-z]{4})_(?P<imager>[a-z0-9]+(-[a-z0-9]+)?)_(?P<mode>[a-z0-9_]+)$"
)
_POKER_FLAT = re.compile(
    r"(?P<station>[A-Z]{3})_(?P<imager>DASC)_(?P<mode>\d{4})"
    r"_(?P<date>\d{8})_(?P<clock>\d{6})\.(?P<fraction>\d{1,6})$"
)
_EXPOSURE = re.compile(r"_?\d+ms_?")
_ENDINGS = (".gz", ".tar", ".pgm", ".png", ".fits")


@dataclass(frozen=True)
class FrameName:
    """A parsed file name.

    Attributes:
        station: code, lower case.
        imager: such as themis19, nascam-iccd02.
        channel: filter or mode: full, 8446, 5577, 4278bg.
        time: start of the exposure, or of the minute that the file covers; UTC.
    """

    station: str
    imager: str
    channel: str
    time: datetime


def parse_name(path: str) -> FrameName | None:
    """Return what a file name says, or None when it follows no known pattern.

    Known are the University of Calgary's (THEMIS, Rainbow, NASCAM, TREx; a clock of four digits
    is a minute file) and the Poker Flat Digital All-Sky Camera's.
    """
    stem = bare_name(path)
    found = _CALGARY.match(stem) or _POKER_FLAT.match(stem)
    if found is None:
        return None
    time = _time(found["date"], found["clock"], found["fraction"] or "")
    if time is None:
        return None
    channel = _EXPOSURE.sub("", found["mode"])
    return FrameName(found["station"].lower(), found["imager"].lower(), channel, time)


def bare_name(path: str) -> str:
    """Return the file name without folder and endings."""
    name = PurePosixPath(path).name
    while name.lower().endswith(_ENDINGS):
        name = name[: name.rindex(".")]
    return name


def _time(date: str, clock: str, fraction: str) -> datetime | None:
    try:
        text = f"{date}{clock.ljust(6, '0')}.{fraction.ljust(6, '0')}"
        return datetime.strptime(text, "%Y%m%d%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
