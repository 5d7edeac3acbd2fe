"""Catalogues of active regions: which passages there are, where, first seen when.

A passage is one crossing of the visible disk by one region: its Carrington longitude is fixed, so
its patch is a fixed window of a Carrington map while the Sun turns below the observer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from skyloom.surveys.contract import UnreadableArchiveError
from skyloom.surveys.sun.files import read_rows
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.times import meridian_distance, meridian_passage, parse_time

EMERGENCE, NON_EMERGENCE = "emergence", "non-emergence"
REQUIRED = ("region", "first_seen", "latitude", "carrington_longitude")
OPTIONAL = ("label", "emergence_time")

_LABELS = {
    "emergence": EMERGENCE,
    "1": EMERGENCE,
    "non-emergence": NON_EMERGENCE,
    "0": NON_EMERGENCE,
}
_HIGHEST_LATITUDE = 75.0
"""Degrees; active regions keep below 50, and a 15 degree patch must not reach the pole."""


class CatalogueError(UnreadableArchiveError):
    """A catalogue as a whole cannot be used; the message names what was found and expected."""


@dataclass(frozen=True)
class Region:
    """One passage of an active region.

    Attributes:
        name: as in the catalogue.
        first_seen: UTC, or None where the catalogue's time could not be read.
        latitude: heliographic, degrees, north positive.
        longitude: Carrington, degrees, 0 to 360.
        label: emergence, non-emergence, or None where the catalogue does not say.
        emergence: UTC, where known.
        rejected: why the passage cannot be used, or None.
    """

    name: str
    first_seen: datetime | None = None
    latitude: float = math.nan
    longitude: float = math.nan
    label: str | None = None
    emergence: datetime | None = None
    rejected: str | None = None

    @property
    def image_id(self) -> str:
        """Region and day of first sight, `BARD0310_19981206`."""
        return self.name if self.first_seen is None else f"{self.name}_{self.first_seen:%Y%m%d}"


def parse_catalogue(text: str, where: str, names: Mapping[str, str]) -> list[Region]:
    """Return the passages of a table; a row that cannot be used is kept, with its reason.

    Args:
        text: comma, tab or semicolon separated, with a header line; columns in any order.
        where: what the messages call the table.
        names: the table's names of `REQUIRED` and `OPTIONAL` columns, where they differ.

    Raises:
        CatalogueError: no rows, or a column is missing.
    """
    rows = read_rows(text)
    if len(rows) < 2:
        raise CatalogueError(
            f"{where} has no rows. Expected a header line with {', '.join(REQUIRED)} and one line "
            "per active region."
        )
    places = _columns(rows[0], where, names)
    regions = [_region(row, places) for row in rows[1:]]
    return _without_twins(regions)


def region_from_columns(columns: Mapping[str, str]) -> Region:
    """Return the passage that a shard sheet's own columns describe."""
    return _region(list(columns.values()), {name: n for n, name in enumerate(columns)})


def _columns(header: Sequence[str], where: str, names: Mapping[str, str]) -> dict[str, int]:
    found = {name.lower(): place for place, name in enumerate(header)}
    wanted = {name: names.get(name, name).lower() for name in (*REQUIRED, *OPTIONAL)}
    missing = [wanted[name] for name in REQUIRED if wanted[name] not in found]
    unknown = sorted(set(names) - set(wanted))
    if missing or unknown:
        raise CatalogueError(
            f"{where} lacks the column(s) {', '.join(missing) or 'none'}; found "
            f"{', '.join(header)}. Name the catalogue's own columns, "
            f"{', '.join(f'{name}=...' for name in (*REQUIRED, *OPTIONAL))}"
            + (f"; {', '.join(unknown)} is none of them." if unknown else ".")
        )
    return {name: found[column] for name, column in wanted.items() if column in found}


def _region(row: Sequence[str], places: Mapping[str, int]) -> Region:
    said = {name: row[place] for name, place in places.items() if place < len(row)}
    name = said.get("region") or "unnamed"
    try:
        return Region(
            name=_name(said.get("region", "")),
            first_seen=parse_time(said.get("first_seen", "")),
            latitude=_degrees(said, "latitude", -_HIGHEST_LATITUDE, _HIGHEST_LATITUDE),
            longitude=_degrees(said, "carrington_longitude", -180, 360) % 360,
            label=parse_label(said.get("label", "")),
            emergence=parse_time(said["emergence_time"]) if said.get("emergence_time") else None,
        )
    except ValueError as error:
        return Region(name=name, rejected=f"catalogue: {error}")


def _name(text: str) -> str:
    if not text:
        raise ValueError("region is empty")
    return text.replace(" ", "_").replace("/", "_")


def _degrees(said: Mapping[str, str], name: str, low: float, high: float) -> float:
    try:
        degrees = float(said.get(name, ""))
    except ValueError:
        raise ValueError(f"{name} is '{said.get(name, '')}', expected degrees") from None
    if not low <= degrees <= high:
        raise ValueError(f"{name} is {degrees:g}, expected {low:g} to {high:g} degrees")
    return degrees


def parse_label(text: str) -> str | None:
    """Return the class that a label means, None for an empty one; raise `ValueError`."""
    if not text.strip():
        return None
    label = _LABELS.get(text.strip().lower().replace("_", "-").replace(" ", "-"))
    if label is None:
        raise ValueError(f"label '{text}' is none of {', '.join(_LABELS)}")
    return label


def _without_twins(regions: list[Region]) -> list[Region]:
    seen: dict[str, int] = {}
    kept = []
    for number, region in enumerate(regions, start=1):
        first = seen.setdefault(region.image_id, number)
        twin = Region(
            name=f"{region.name}_row{number}",
            first_seen=region.first_seen,
            rejected=f"catalogue: row {number} has the region and day of row {first}",
        )
        kept.append(region if first == number else twin)
    return kept


def crude_label(region: Region, settings: ReaderSettings) -> str | None:
    """Return the paper's first guess: a region first seen near the east limb rotated into view."""
    if region.first_seen is None or region.rejected:
        return None
    distance = meridian_distance(region.longitude, region.first_seen)
    return NON_EMERGENCE if distance < -settings.limb_longitude else EMERGENCE


def window_start(region: Region, frames: int, cadence_seconds: float) -> datetime:
    """Return when a passage's video begins: it is centred on the central meridian passage.

    15 days are 198 degrees of rotation: the whole passage of a 15 degree patch, limb to limb.
    """
    if region.first_seen is None:
        raise ValueError(f"{region.name} has no time of first sight")
    passage = meridian_passage(region.longitude, region.first_seen)
    return passage - timedelta(seconds=frames * cadence_seconds / 2)
