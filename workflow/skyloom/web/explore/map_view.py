"""The map of all images: two dimensions per encoder, drawn by the page itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.columns import pack
from skyloom.web.explore.views import Page, Table, View

ADDRESS = re.compile(r"^encoders/([^/]+)/map\.html$")
DATA = re.compile(r"^map/([^/]+)/([^/]+)$")
PROJECTIONS = {"umap": "UMAP", "pca": "PCA"}
"""By the beginning of their columns in `map.parquet`."""


class MapView(View):
    """One page per encoder: points to colour, to point at and to select.

    Args:
        catalogue: the images.
    """

    name, title = "map", "Map"

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def home(self, encoder: str) -> str | None:
        """Return the map of an encoder, of the main one where it has none of its own."""
        encoders = self._catalogue.places.encoders
        own = encoder if encoder in encoders else next(iter(encoders), "")
        return f"encoders/{own}/map.html" if own else None

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield one page per encoder."""
        yield from (f"encoders/{one}/map.html" for one in self._catalogue.places.encoders)

    def page(self, address: str) -> Page | None:
        """Return the map of an encoder, or the page that says how to make it."""
        found = ADDRESS.match(address)
        encoders = self._catalogue.places.encoders
        if not found or found[1] not in encoders:
            return None
        values = {
            "projections": self._projections(found[1]),
            "mapped": [one for one in encoders if self._path(one) is not None],
            "count": len(self._catalogue),
        }
        return Page("map.html", f"map ({found[1]})", values, "map.js")

    def data(self, name: str) -> bytes | None:
        """Return x and y of all positions, `map/<encoder>/<projection>`; NaN for no place."""
        found = DATA.match(name)
        if not found or found[2] not in self._projections(found[1]):
            return None
        path = self._path(found[1])
        assert path is not None  # it has projections
        columns = [f"{found[2]}_x", f"{found[2]}_y"]
        table = self._catalogue.aligned(path, columns)
        return pack({}, *(table[each].to_numpy(np.float32, na_value=np.nan) for each in columns))

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the projections of all encoders."""
        for encoder in self._catalogue.places.encoders:
            yield from (f"map/{encoder}/{each}" for each in self._projections(encoder))

    def tables(self) -> Mapping[str, Table]:
        """Return the coordinates as they are in `map.parquet`."""
        paths = {one: self._path(one) for one in self._catalogue.places.encoders}
        return {f"map-{one}": _reader(path) for one, path in paths.items() if path is not None}

    def _path(self, encoder: str) -> Path | None:
        known = encoder in self._catalogue.places.encoders
        return self._catalogue.places.table(encoder, "map.parquet") if known else None

    def _projections(self, encoder: str) -> dict[str, str]:
        """Return the titles of an encoder's projections by name; empty where no map was made."""
        path = self._path(encoder)
        columns = pq.read_schema(path).names if path is not None else []
        return {name: title for name, title in PROJECTIONS.items() if f"{name}_x" in columns}


def _reader(path: Path) -> Table:
    def read() -> pd.DataFrame:
        return read_table(path)

    return read
