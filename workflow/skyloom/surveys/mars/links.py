"""Where archives show more of an image of Mars."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from skyloom.surveys.mars.names import CURIOSITY, ORBITER, PERSEVERANCE, parse_name

_RAW_IMAGES = {
    CURIOSITY: ("Curiosity", "https://mars.nasa.gov/msl/multimedia/raw-images/"),
    PERSEVERANCE: ("Perseverance", "https://mars.nasa.gov/mars2020/multimedia/raw-images/"),
}
"""Pages of the rovers' raw images, which take a range of sols."""
_ATLAS = "https://pds-imaging.jpl.nasa.gov/solr/pds_archives/search"
"""Search of the PDS Imaging Atlas by product, with * for any text; it answers JSON.
Source: https://pds-imaging.jpl.nasa.gov/tools/atlas/api."""
_HIRISE = "https://www.uahirise.org/"


def links(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return titles and addresses of an image's sol, product or observation in the archives.

    Args:
        row: of the index, without empty cells.
    """
    mission, name = row.get("mission"), parse_name(str(row["image_id"]))
    if mission == ORBITER:
        return [(f"HiRISE {name.group}", f"{_HIRISE}{name.group}")]
    if mission not in _RAW_IMAGES or "sol" not in row:
        return []
    (rover, page), sol = _RAW_IMAGES[mission], int(row["sol"])
    asked = {"order": "sol desc", "per_page": 100, "page": 0, "begin_sol": sol, "end_sol": sol}
    found = [(f"{rover}'s raw images of sol {sol}", f"{page}?{urlencode(asked)}")]
    if mission == CURIOSITY:
        product = urlencode({"identifier": f"*{name.original}*"})
        found.append(("this picture in the PDS Imaging Atlas (JSON)", f"{_ATLAS}?{product}"))
    return found
