"""All images of a survey: filtered, sorted, shown as a grid."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from skyloom.web.explore.catalogue import Catalogue, ExplorerError
from skyloom.web.explore.columns import pack
from skyloom.web.explore.properties import Property
from skyloom.web.explore.views import Page, Table, View

FIRST = 48
"""Thumbnails that stand in the page itself, so that something is seen at once."""
MOST_NAMES = 2000


class ImagesView(View):
    """The first page of a survey, and the columns and names that all pages read.

    Args:
        catalogue: the images.
        properties: what they can be told apart by.
    """

    name, title = "images", "Images"

    def __init__(self, catalogue: Catalogue, properties: Mapping[str, Property]) -> None:
        self._catalogue, self._properties = catalogue, properties

    def home(self, encoder: str) -> str | None:
        """Return the survey's first page."""
        return "index.html"

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the one page."""
        yield "index.html"

    def page(self, address: str) -> Page | None:
        """Return the grid."""
        if address != "index.html":
            return None
        index, rejected = self._catalogue.index, self._catalogue.store.rejected
        values = {
            "count": len(self._catalogue),
            "rejected": rejected["rejected"].value_counts().to_dict(),
            "first": index["image_id"].head(FIRST).tolist(),
            "tile": self._catalogue.tile,
        }
        return Page("images.html", "images", values, "images.js")

    def data(self, name: str) -> bytes | None:
        """Return the columns, their list, the names, and what the grid must know."""
        if name == "images":
            return pack({"count": len(self._catalogue), "tile": self._catalogue.tile})
        if name == "names":
            return pack({"names": self._catalogue.index["image_id"].tolist()})
        if name == "properties":
            told = [_told(each) for each in self._properties.values()]
            return pack({"properties": told})
        key = name.removeprefix("columns/")
        return self._properties[key].packed() if key in self._properties else None

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the names of all these."""
        yield from ("images", "names", "properties")
        yield from (f"columns/{key}" for key in self._properties)

    def tables(self) -> Mapping[str, Table]:
        """Return the index with all later columns."""
        return {"images": self._table}

    def _table(self) -> pd.DataFrame:
        later = {
            key: each.load().to_numpy()
            for key, each in self._properties.items()
            if not key.startswith("index/")
        }
        return self._catalogue.index.drop(columns=["row", "rejected"]).assign(**later)

    def routes(self) -> Sequence[BaseRoute]:
        """Return the names of images at given positions."""
        return [Route("/names", self._names)]

    def _names(self, request: Request) -> Response:
        said = request.query_params.get("at", "").split(",")
        if len(said) > MOST_NAMES or not all(one.isdecimal() for one in said):
            raise ExplorerError(f"expected 1 to {MOST_NAMES} positions, such as at=0,7")
        places = [int(one) for one in said]
        if max(places) >= len(self._catalogue):
            raise ExplorerError(f"there are {len(self._catalogue)} images; asked for {max(places)}")
        return JSONResponse({"names": self._catalogue.index["image_id"].iloc[places].tolist()})


def _told(each: Property) -> dict[str, Any]:
    return {"key": each.key, "title": each.title, "kind": each.kind, "source": each.source}
