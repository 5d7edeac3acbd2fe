"""Where archives show more of a frame of the aurora."""

from collections.abc import Mapping
from typing import Any

from skyloom.surveys.aurora.calgary import BASE


def links(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return title and address of the folder of a THEMIS camera's day in the archive of Calgary.

    Args:
        row: of the index, without empty cells.
    """
    if "time" not in row or not str(row.get("imager", "")).startswith("themis"):
        return []
    day = row["time"]
    camera = f"{row['station']}_{row['imager']}"
    return [
        (f"THEMIS stream0 of {day:%Y-%m-%d}", f"{BASE}{day:%Y/%m/%d}/"),
        (f"{camera} at {day:%H} UT", f"{BASE}{day:%Y/%m/%d}/{camera}/ut{day:%H}/"),
    ]
