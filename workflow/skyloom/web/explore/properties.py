"""What images can be coloured, sorted and filtered by: columns of the index and of later tables."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from skyloom.analyze.cluster_numbers import ALGORITHMS
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.columns import kind_of, packed

HIDDEN = ("image_id", "row", "source", "source_sha256", "rejected", "original")
"""Columns of the index that are names rather than properties."""


@dataclass(frozen=True)
class Property:
    """A column that a page can show.

    Attributes:
        key: its name in addresses, such as `index/label` or `simclr/kmeans`.
        title: for people; kind: number, time or category.
        source: the table that it comes from.
        load: returns the column, one value per position.
    """

    key: str
    title: str
    kind: str
    source: str
    load: Callable[[], "pd.Series[Any]"]

    def packed(self) -> bytes:
        """Return the column as a page reads it."""
        return packed(self.load(), self.title)


def properties_of(catalogue: Catalogue) -> dict[str, Property]:
    """Return everything that the images of a survey can be told apart by, by key."""
    found = [*_of_index(catalogue), *_of_clusters(catalogue), *_of_round(catalogue)]
    return {one.key: one for one in found}


def _of_index(catalogue: Catalogue) -> Iterator[Property]:
    units: Mapping[str, str] = getattr(catalogue.display, "UNITS", {})
    for name in map(str, catalogue.index.columns):
        kind = None if name in HIDDEN else kind_of(catalogue.index[name])
        if kind is not None:
            title = name.replace("_", " ") + (f" ({units[name]})" if name in units else "")
            yield Property(f"index/{name}", title, kind, "index", _column(catalogue, name))


def _of_clusters(catalogue: Catalogue) -> Iterator[Property]:
    for encoder in catalogue.places.encoders:
        for name, title in ALGORITHMS.items():
            path = catalogue.places.table(encoder, "clusters", f"{name}.parquet")
            if path is not None:
                load = _clusters(catalogue, path)
                yield Property(f"{encoder}/{name}", f"{title} ({encoder})", "category", name, load)
                load = _of_table(catalogue, path, "strength")
                title = f"{title} strength ({encoder})"
                yield Property(f"{encoder}/{name}_strength", title, "number", name, load)


ROUND_COLUMNS = {
    "p_label": ("number", "probability of the label, out of fold"),
    "neighbours_differ": ("number", "share of neighbours with another label"),
    "predicted": ("category", "predicted, out of fold"),
}


def _of_round(catalogue: Catalogue) -> Iterator[Property]:
    folder = catalogue.places.round_folder
    if folder is None or not (folder / "ranked.parquet").exists():
        return
    path = folder / "ranked.parquet"
    for name, (kind, title) in ROUND_COLUMNS.items():
        yield Property(f"round/{name}", title, kind, "round", _of_table(catalogue, path, name))


def _column(catalogue: Catalogue, name: str) -> Callable[[], "pd.Series[Any]"]:
    return lambda: catalogue.index[name]


def _of_table(catalogue: Catalogue, path: Path, name: str) -> Callable[[], "pd.Series[Any]"]:
    return lambda: catalogue.aligned(path, [name])[name]


def _clusters(catalogue: Catalogue, path: Path) -> Callable[[], "pd.Series[Any]"]:
    def load() -> "pd.Series[Any]":
        numbers = catalogue.aligned(path, ["cluster"])["cluster"]
        width = len(str(int(numbers.max()))) if numbers.notna().any() else 1
        named: pd.Series[Any] = numbers.map(lambda one: _named(one, width), na_action="ignore")
        return named

    return load


def _named(cluster: float, width: int) -> str:
    return "noise" if cluster < 0 else f"cluster {int(cluster):0{width}d}"
