"""Times of solar files and the Sun's rotation as seen from the Earth."""

import math
import re
import warnings
from datetime import UTC, datetime, timedelta

import erfa

SYNODIC_DAYS = 27.2752316
"""Mean synodic (Carrington) rotation, in days (Meeus 1998, chapter 29)."""

_TILT = math.radians(7.25)
"""Of the Sun's equator to the ecliptic."""

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_STAMP = re.compile(
    r"^(?P<year>\d{4})[.-](?P<month>\d{1,2})[.-](?P<day>\d{1,2})"
    r"(?:[_T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}(?:\.\d*)?))?)?"
    r"(?P<scale>_TAI|_UTC|_UT|Z|\+00:00)?$"
)
_IN_NAME = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)[._T](\d\d)(\d\d)(\d\d)(_TAI)?(?!\d)")


def parse_time(text: str) -> datetime:
    """Return an ISO or JSOC time (`2010.10.15_00:03:30_TAI`) in UTC; no scale means UTC.

    Raises:
        ValueError: another pattern, or no such day.
    """
    found = _STAMP.match(text.strip())
    if found is None:
        raise ValueError(
            f"'{text}' is no time; expected 2010-10-15T00:03:30 or 2010.10.15_00:03:30_TAI"
        )
    said = {key: found[key] or "0" for key in ("hour", "minute", "second")}
    day = datetime(int(found["year"]), int(found["month"]), int(found["day"]), tzinfo=UTC)
    time = day + timedelta(
        hours=int(said["hour"]), minutes=int(said["minute"]), seconds=float(said["second"])
    )
    return from_tai(time) if found["scale"] == "_TAI" else time


def time_in_name(name: str) -> datetime | None:
    """Return the time that a file name carries (`20101015_000000_TAI`), in UTC, or None."""
    found = _IN_NAME.search(name)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    try:
        time = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return from_tai(time) if found[7] else time


def from_tai(time: datetime) -> datetime:
    """Return the UTC of an atomic time (TAI); astropy's table would ask the network when old."""
    return time - timedelta(seconds=_leap_seconds(time))


def to_tai(time: datetime) -> datetime:
    """Return the atomic time (TAI) of a UTC."""
    return time + timedelta(seconds=_leap_seconds(time))


def _leap_seconds(time: datetime) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # years past the table: the last known value serves
        return float(erfa.dat(time.year, time.month, time.day, 0.0))


def central_longitude(time: datetime) -> float:
    """Return Carrington's longitude of the disk's centre seen from the Earth, L0, in degrees.

    Meeus 1998, chapters 25 (low accuracy) and 29: within 0.1 degrees of the ephemeris from 1990
    to 2030.
    """
    days = (time - _J2000).total_seconds() / 86400
    away = _from_node(days)
    eta = math.degrees(math.atan2(-math.sin(away) * math.cos(_TILT), -math.cos(away)))
    return (eta - (days + 53325) * 360 / 25.38) % 360


def central_latitude(time: datetime) -> float:
    """Return the heliographic latitude of the disk's centre seen from the Earth, B0, in degrees."""
    away = _from_node((time - _J2000).total_seconds() / 86400)
    return math.degrees(math.asin(math.sin(away) * math.sin(_TILT)))


def _from_node(days: float) -> float:
    """Return how far the Sun's apparent longitude is from its equator's ascending node, radians."""
    centuries = days / 36525
    anomaly = math.radians(357.52911 + 35999.05029 * centuries)
    centre = (1.914602 - 0.004817 * centuries) * math.sin(anomaly)
    centre += 0.019993 * math.sin(2 * anomaly) + 0.000289 * math.sin(3 * anomaly)
    sun = 280.46646 + 36000.76983 * centuries + centre - 0.00569  # less aberration
    return math.radians(sun - 73.6667 - 1.3958333 * (days + 54787) / 36525)


def rotation_number(time: datetime) -> int:
    """Return the number of the Carrington rotation in progress; it changes where L0 is 360."""
    days = (time - _J2000).total_seconds() / 86400
    turned = (days + 2451545.0 - 2398140.2270) / SYNODIC_DAYS
    part = 1 - central_longitude(time) / 360
    return round(turned - part)


def meridian_distance(longitude: float, time: datetime) -> float:
    """Return how far west of the central meridian a Carrington longitude is, -180 to 180 degrees.

    East, from where the Sun's rotation brings regions into view, is negative.
    """
    return (longitude - central_longitude(time) + 180) % 360 - 180


def meridian_passage(longitude: float, near: datetime) -> datetime:
    """Return when a Carrington longitude crosses the central meridian, within half a turn."""
    time = near
    for _ in range(3):  # the rate varies by 3 % along the Earth's orbit
        time -= timedelta(days=meridian_distance(longitude, time) * SYNODIC_DAYS / 360)
    return time
