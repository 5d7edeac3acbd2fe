"""Where archives show more of the Sun at the time of an image."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from skyloom.surveys.sun.times import to_tai

_HELIOVIEWER = "https://helioviewer.org/"
_HMI = datetime(2010, 5, 1, tzinfo=UTC)
"""From then on there are magnetograms of HMI; before, Helioviewer chooses the layer."""
_HMI_LAYER = "[SDO,HMI,HMI,magnetogram,1,100]"
_FULL_DISK = "2.4204409"
"""Arcseconds a pixel with which the whole Sun is seen."""
_HARPS = "http://jsoc.stanford.edu/doc/data/hmi/harp/harp_definitive/"
_RECORDS = "http://jsoc.stanford.edu/cgi-bin/ajax/jsoc_info"
_MONITOR = "https://www.solarmonitor.org/region.php"


def links(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return titles and addresses of an image's time and region at Helioviewer, JSOC, SolarMonitor.

    Args:
        row: of the index, without empty cells.
    """
    if "time" not in row:
        return []
    time = row["time"]
    view = {"date": f"{time:%Y-%m-%dT%H:%M:%S}.000Z", "imageScale": _FULL_DISK}
    view |= {"centerX": "0", "centerY": "0"}
    if time >= _HMI:
        view["imageLayers"] = _HMI_LAYER
    found = [("Helioviewer at this time", f"{_HELIOVIEWER}?{urlencode(view, safe=':,')}")]
    if "harp" in row:
        found += _of_harp(int(row["harp"]), time)
    region = str(row.get("noaa", "")).split(",")[0]
    if region.isdigit() and int(region) > 0:
        asked = urlencode({"date": f"{time:%Y%m%d}", "region": region})
        found.append((f"SolarMonitor: NOAA {region}", f"{_MONITOR}?{asked}"))
    return found


def _of_harp(harp: int, time: datetime) -> list[tuple[str, str]]:
    """Return JSOC's picture of all HARPs at the hour, and the list of a HARP's records."""
    hour = to_tai(time)
    asked = {"op": "rs_list", "ds": f"hmi.sharp_cea_720s[{harp}]", "key": "T_REC,NOAA_ARS"}
    return [
        ("JSOC: the HARPs of this hour", f"{_HARPS}{hour:%Y/%m/%d/harp.%Y.%m.%d_%H}:00:00_TAI.png"),
        (f"JSOC: records of HARP {harp} (JSON)", f"{_RECORDS}?{urlencode(asked, safe=',')}"),
    ]
