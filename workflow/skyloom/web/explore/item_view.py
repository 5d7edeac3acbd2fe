"""One image: how it looks, what is known and decided about it, where it comes from."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from skyloom.surveys.registry import Links
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.frames import packed_film
from skyloom.web.explore.history import History
from skyloom.web.explore.item_sections import ItemSections
from skyloom.web.explore.slugs import name_of, slug_of
from skyloom.web.explore.views import Page, View

FOLDER, ENDING = "items/", ".html"
FILM = re.compile(r"^films/([^@/]+)(?:@(\d{1,6}(?:\.\d+)?))?$")
FIRST = ("time", "label", "target", "split", "group", "original", "shard", "source")


class ItemView(View):
    """A page for every image, at an address that stays.

    Args:
        catalogue: the images.
        history: of their labels.
        sections: what else there is to say.
        links: leads from a row of the index to archives.
    """

    name, title = "items", "Image"

    def __init__(
        self, catalogue: Catalogue, history: History, sections: ItemSections, links: Links
    ) -> None:
        self._catalogue, self._history = catalogue, history
        self._sections, self._links = sections, links

    def home(self, encoder: str) -> str | None:
        """Return nothing: images are reached from the other views."""
        return None

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield one page per exported image."""
        yield from (f"{FOLDER}{slug_of(name)}{ENDING}" for name in items)

    def page(self, address: str) -> Page | None:
        """Return the page of an image; None for an address of another view."""
        if not (address.startswith(FOLDER) and address.endswith(ENDING)):
            return None
        name = name_of(address.removeprefix(FOLDER).removesuffix(ENDING))
        position = self._catalogue.position(name)
        row = self._catalogue.row(position)
        values = {
            "name": name,
            "position": position,
            "facts": _facts(row),
            "links": list(self._links(row)),
            "history": self._history.of(name),
            "opinions": self._history.opinions(name),
            "more": self._sections.of(name, position, row),
            "embedded": self._catalogue.places.embedded,
            "before": self._beside(position, -1),
            "after": self._beside(position, +1),
        }
        return Page("item.html", name, values, "item.js")

    def data(self, name: str) -> bytes | None:
        """Return the frames of an image, `films/<slug>`, or with other limits, `...@<limit>`.

        And what the further sections read.
        """
        found = FILM.match(name)
        if not found:
            return self._sections.data(name)
        item = name_of(found[1])
        self._catalogue.position(item)
        limit = float(found[2]) if found[2] else None
        return packed_film(self._catalogue.pictures.film(item, limit))

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the frames of every exported image, and what the further sections read."""
        yield from (f"films/{slug_of(name)}" for name in items)
        yield from self._sections.data_names(items)

    def _beside(self, position: int, step: int) -> str | None:
        """Return the image before or after one, in the order of the shards."""
        place = position + step
        inside = 0 <= place < len(self._catalogue)
        return str(self._catalogue.names[place]) if inside else None


def _facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the columns of an index row in words, the common ones first."""
    named = [name for name in FIRST if name in row]
    others = [name for name in row if name not in (*FIRST, "image_id", "row")]
    return [(name.replace("_", " "), _said(row[name])) for name in [*named, *others]]


def _said(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    return f"{value:.7g}" if isinstance(value, float) else str(value)
