"""The tables of an OATH tarball: labels, published splits, stations and times."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

CLASSES = ("arc", "diffuse", "discrete", "cloudy", "moon", "noaurora")
"""Name by `class6` (Clausen and Nickisch 2018)."""

PUBLISHED_SEED, ROWS, TRAIN_SHARE = 1804, 5, 0.7

_HEADER = "class2"
_STATION = re.compile(r"^[A-Za-z]{4}$")
_TIME = re.compile(
    r"(?P<date>(19|20)\d{2}\D?\d{2}\D?\d{2})[T_ /-]*(?P<clock>\d{2}\D?\d{2}(\D?\d{2})?)"
)


@dataclass(frozen=True)
class Label:
    """One line of classifications.csv.

    Attributes:
        number: `picNum`, five digits; the name of the picture's file.
        class2, class6: as they stand there.
        rotation: `rotAng`, by which a user turns the picture against orientation bias; degrees.
    """

    number: str
    class2: str
    class6: str
    rotation: int | None

    @property
    def name(self) -> str | None:
        """Name of the class, or None when `class6` is not 0 to 5."""
        known = self.class6.isdigit() and int(self.class6) < len(CLASSES)
        return CLASSES[int(self.class6)] if known else None


@dataclass(frozen=True)
class Origin:
    """Where and when a picture was taken."""

    station: str
    time: datetime


def read_labels(text: str) -> list[Label]:
    """Return the lines below the header, which is found by its first word, not by its place."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(_HEADER)]
    if not starts:
        return []
    rows = csv.DictReader(lines[starts[0] :], skipinitialspace=True)
    return [_label(row) for row in rows if (row.get("picNum") or "").strip()]


def _label(row: Mapping[str, str | None]) -> Label:
    said = {key: (text or "").strip() for key, text in row.items() if isinstance(text, str)}
    angle = said.get("rotAng", "")
    return Label(
        number=said["picNum"].zfill(5),
        class2=said.get("class2", ""),
        class6=said.get("class6", ""),
        rotation=int(angle) if angle.isdigit() else None,
    )


def published_rows(count: int) -> NDArray[np.int64]:
    """Return the published permutations (5, count), as the authors' ridge.py draws them.

    Row r trains on its first `round(0.7 count)` entries, which are line numbers from 0, and tests
    on the others. The legacy generator is theirs; it is seeded here alone and touches no other.
    """
    drawn = np.random.RandomState(PUBLISHED_SEED).rand(ROWS, count)
    return np.argsort(drawn, axis=1)


def read_rows(text: str, count: int) -> NDArray[np.int64] | None:
    """Return train_test_split.csv as (rows, count) line numbers, or None when it does not fit."""
    try:
        rows = [[float(number) for number in line.split(",")] for line in text.split() if line]
    except ValueError:
        return None
    if not rows or any(sorted(row) != list(range(count)) for row in rows):
        return None
    return np.array(rows, dtype=np.int64)


def trains(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (rows, count): whether a line is in the training part of a row."""
    count = rows.shape[1]
    chosen = np.zeros(rows.shape, dtype=bool)
    np.put_along_axis(chosen, rows[:, : round(TRAIN_SHARE * count)], True, axis=1)
    return chosen


def read_origins(text: str, numbers: Sequence[str]) -> dict[str, Origin]:
    """Return station and time by picture number from files_origin.csv.

    A line is understood by its cells: four letters are the station, a date with a clock is the
    time, five digits or `00001.png` the picture; lines without a picture number follow the order
    of `numbers`. Lines that lack station or time are left out.
    """
    found: dict[str, Origin] = {}
    place = 0
    for line in text.splitlines():
        origin = _origin(line)
        if origin is None:
            continue
        named = re.search(r"(?<!\d)(\d{5})(?:\.png)?(?=\s*(?:[,;\t]|$))", line)
        number = named[1] if named else numbers[place] if place < len(numbers) else ""
        place += 1
        found[number] = origin
    return found


def _origin(line: str) -> Origin | None:
    words = [word for word in re.split(r"[\s,;_/.\"]+", line) if word]
    stations = [word.lower() for word in words if _STATION.match(word)]
    time = _TIME.search(line)
    if not stations or time is None:
        return None
    digits = re.sub(r"\D", "", time["date"] + time["clock"]).ljust(14, "0")
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Origin(stations[0], moment)
