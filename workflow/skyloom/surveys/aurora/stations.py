"""Stations: where they are, and which night an exposure belongs to."""

from datetime import datetime, timedelta

LONGITUDES = {
    "atha": -113,
    "chbg": -74,
    "ekat": -111,
    "fsim": -121,
    "fsmi": -112,
    "fykn": -145,
    "gako": -145,
    "gbay": -60,
    "gill": -95,
    "inuv": -134,
    "kapu": -82,
    "kian": -160,
    "kuuj": -68,
    "luck": -107,
    "mcgr": -156,
    "nrsq": -45,
    "pgeo": -123,
    "pina": -96,
    "pkr": -147,
    "rabb": -104,
    "rank": -92,
    "resu": -95,
    "snap": -79,
    "snkq": -79,
    "talo": -94,
    "tpas": -101,
    "whit": -135,
    "yknf": -114,
}
"""Longitude east by station code, in whole degrees; one degree is four minutes of solar time."""

_DEGREES_PER_HOUR = 15


def night_of(time: datetime, longitude: float) -> str:
    """Return the night of an exposure, named by the date on which it begins.

    A night runs from local mean solar noon to noon, so that none is cut at the date line of UTC:
    midnight UTC is early evening in Alaska, where 12 UTC is still the middle of the night.

    Args:
        time: UTC.
        longitude: of the station, degrees east.
    """
    solar = time + timedelta(hours=longitude / _DEGREES_PER_HOUR)
    return f"{solar - timedelta(hours=12):%Y%m%d}"
