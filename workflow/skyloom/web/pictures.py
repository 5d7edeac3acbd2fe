"""Frames, thumbnails and facts of the images on a page."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from skyloom.images import ImageStore
from skyloom.scaling import Pixels
from skyloom.surveys.film import Film
from skyloom.tables import read_table

TILE = 132
"""Height of a thumbnail, in pixels."""


class Pictures:
    """The images of a survey, as its module shows them.

    Args:
        store: the images.
        display: the survey's `display` module.
        reader: options of the survey's reader; None = its own defaults.
    """

    def __init__(
        self, store: ImageStore, display: ModuleType, reader: Mapping[str, Any] | None = None
    ) -> None:
        self._store, self._display, self._reader = store, display, reader
        self._names = pa.array(store.index["image_id"])  # a dict takes 120 MB of a million

    def __contains__(self, item: str) -> bool:
        return self.place(item) >= 0

    def place(self, item: str) -> int:
        """Return the position of an image in the store; -1 where it is not there."""
        return int(pc.index(self._names, item).as_py())

    def film(self, item: str, limit: float | None) -> Film:
        """Return all frames of an image; of a survey without films its thumbnail."""
        pixels = self._pixels(item)
        make: Callable[..., Film] | None = getattr(self._display, "film", None)
        if make is None or len(pixels) == 1:
            return Film(self._display.thumbnail(pixels)[None])
        film = make(pixels, reader=self._reader)
        return make(pixels, limit, self._reader) if limit in film.limits else film

    def thumbnail(self, item: str) -> bytes:
        """Return a small picture of an image, PNG."""
        picture = Image.fromarray(self._display.thumbnail(self._pixels(item)))
        size = (max(1, round(picture.width * TILE / picture.height)), TILE)
        buffer = io.BytesIO()
        picture.resize(size, Image.Resampling.BICUBIC).save(buffer, "PNG")
        return buffer.getvalue()

    def facts(self, item: str) -> dict[str, Any]:
        """Return time and those columns of the index that tell nothing about the label."""
        row = self._store.index.iloc[self._known(item)]
        known = getattr(self._display, "FACTS", ())
        present = [name for name in ("time", *known) if name in row and not pd.isna(row[name])]
        return {name: _as_json(row[name]) for name in present}

    def _known(self, item: str) -> int:
        place = self.place(item)
        if place < 0:
            raise KeyError(item)
        return place

    def _pixels(self, item: str) -> Pixels:
        pixels: Pixels = self._store.batch(np.array([self._known(item)]))[0]
        return pixels


def read_curves(path: Path) -> dict[str, Mapping[str, Any]]:
    """Return what the stage `emergence` says of each video; nothing where it was not run."""
    if not path.exists():
        return {}
    table = read_table(path, ["image_id", "curve", "frame", "low", "high", "seen", "cadence_hours"])
    return {
        str(row["image_id"]): {
            "curve": [round(float(value), 4) for value in row["curve"]],
            "frame": float(row["frame"]),
            "low": float(row["low"]),
            "high": float(row["high"]),
            "seen": bool(row["seen"]),
            "cadenceHours": float(row["cadence_hours"]),
        }
        for _, row in table.iterrows()
    }


def _as_json(value: Any) -> Any:
    """Return a cell of a table as JSON can hold it."""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    return value.item() if isinstance(value, np.generic) else value
