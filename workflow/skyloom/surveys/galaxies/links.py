"""Where archives show more of a galaxy."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

_EXPLORE = "https://skyserver.sdss.org/dr18/VisualTools/explore/summary"
_LEGACY = "https://www.legacysurvey.org/viewer"


def links(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return titles and addresses of a galaxy in SDSS and in the Legacy Surveys' viewer.

    Args:
        row: of the index, without empty cells; `ra` and `dec` in degrees.
    """
    if not {"ra", "dec"} <= row.keys():
        return []
    ra, dec = f"{row['ra']:.6f}", f"{row['dec']:.6f}"
    place = {"ra": ra, "dec": dec}
    view = {**place, "layer": "ls-dr9", "zoom": 16, "mark": f"{ra},{dec}"}
    return [
        ("SDSS explore", f"{_EXPLORE}?{urlencode(place)}"),
        ("Legacy Surveys' viewer", f"{_LEGACY}?{urlencode(view)}"),
    ]
