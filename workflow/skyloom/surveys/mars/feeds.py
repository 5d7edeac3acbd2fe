"""Raw images of both rovers, through the JSON feeds behind the missions' web pages."""

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, ClassVar, Literal

from pydantic import Field

from skyloom.archives.listing import ArchiveFile, Web
from skyloom.surveys.mars.names import CURIOSITY, PERSEVERANCE
from skyloom.surveys.mars.sols import RawImage, SolRangeSettings

_PAGE = 100
"""Entries that a page holds at most, whatever is asked for."""

Entry = dict[str, Any]


class CuriosityRaw(SolRangeSettings):
    """Raw images of Curiosity: mars.nasa.gov/api/v1/raw_image_items."""

    mission: ClassVar[str] = CURIOSITY
    root: ClassVar[str] = "https://mars.nasa.gov/msl-raw-images/"

    def images_of(self, web: Web, sol: int) -> Iterator[RawImage]:
        """Yield the images of one sol, page by page."""

        def page(number: int) -> tuple[list[Entry], int | None]:
            """Return the entries of a page, and how many there are in all."""
            # One string, since the server does not understand commas sent as %2C.
            answer = web.json(
                "https://mars.nasa.gov/api/v1/raw_image_items/?order=sol+desc,instrument_sort+asc"
                f"&per_page={_PAGE}&page={number}&condition_1=msl:mission&condition_2={sol}:sol:in"
                "&extended=thumbnail::sample_type::noteq"
            )
            return answer.get("items") or [], answer.get("total")

        return map(_curiosity_image, _entries(page))


class PerseveranceRaw(SolRangeSettings):
    """Raw images of Perseverance: mars.nasa.gov/rss/api."""

    mission: ClassVar[str] = PERSEVERANCE
    root: ClassVar[str] = "https://mars.nasa.gov/mars2020-raw-images/"

    size: Literal["small", "medium", "large", "full_res"] = Field(
        "small",
        description="Which rendering to list: small = 320, medium = 800, large = 1200 pixels wide, "
        "full_res = the PNG.",
    )

    def images_of(self, web: Web, sol: int) -> Iterator[RawImage]:
        """Yield the images of one sol, page by page."""

        def page(number: int) -> tuple[list[Entry], int | None]:
            """Return the entries of a page, and how many there are in all."""
            answer = web.json(
                "https://mars.nasa.gov/rss/api/?feed=raw_images&category=mars2020&feedtype=json"
                f"&ver=1.2&num={_PAGE}&page={number}&order=sol+desc"
                f"&condition_2={sol}:sol:gte&condition_3={sol}:sol:lte"
            )
            return answer.get("images") or [], answer.get("total_results")

        return (_perseverance_image(entry, self.size) for entry in _entries(page))


def _entries(page: Callable[[int], tuple[list[Entry], int | None]]) -> Iterator[Entry]:
    """Yield the entries of all pages, each image once.

    The last page is the one with which the total is reached; where no total is given, the first
    that brings nothing new. A server that repeats its last page for ever does no harm.
    """
    seen: set[str] = set()
    for number in count():
        entries, total = page(number)
        new = {_identity(entry): entry for entry in entries if _identity(entry) not in seen}
        yield from new.values()
        seen |= new.keys()
        if not new or (total is not None and len(seen) >= total):
            return


def _identity(entry: Entry) -> str:
    return str(entry.get("imageid") or entry.get("id") or entry)


def _curiosity_image(entry: Entry) -> RawImage:
    extended = entry.get("extended") or {}
    return RawImage(
        file=ArchiveFile(entry.get("https_url") or entry.get("url") or ""),
        sol=_sol(entry),
        camera=entry.get("instrument") or "",
        sample_type="Thumbnail" if entry.get("is_thumbnail") else extended.get("sample_type") or "",
        date_taken_utc=entry.get("date_taken_utc") or entry.get("date_taken") or "",
    )


def _perseverance_image(entry: Entry, size: str) -> RawImage:
    dimension = re.search(r"\d+", str((entry.get("extended") or {}).get("dimension") or ""))
    return RawImage(
        file=ArchiveFile((entry.get("image_files") or {}).get(size) or ""),
        sol=_sol(entry),
        camera=(entry.get("camera") or {}).get("instrument") or "",
        sample_type=entry.get("sample_type") or "",
        date_taken_utc=entry.get("date_taken_utc") or "",
        width=dimension[0] if dimension else "",
    )


def _sol(entry: Entry) -> int:
    """Return the sol of an entry, -1 where it has none: then it belongs to no sol asked for."""
    said = str(entry.get("sol"))
    return int(said) if said.isdigit() else -1
