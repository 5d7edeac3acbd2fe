"""The features of each encoder, ready to be searched, opened when they are first asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.features import encoder_of
from skyloom.analyze.searchable import Searchable, map_features, open_searchable
from skyloom.provenance.record import read_record
from skyloom.settings.search import SearchSettings
from skyloom.web.explore.catalogue import AbsentError, Catalogue

PAIRS = 2000
"""Pairs of images drawn to say what similarity two images of a survey have by chance."""
SHARES = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Encoded:
    """All images of a survey as one encoder sees them.

    Attributes:
        searchable: unit vectors by memory map, and the rows of their images.
        sha256: of the encoder.
    """

    searchable: Searchable
    sha256: str

    @cached_property
    def names(self) -> "pd.Index[str]":
        """image_id of every vector."""
        return pd.Index(self.searchable.index["image_id"])

    def rows(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Return the rows of images among the vectors.

        Raises:
            AbsentError: one is not there.
        """
        found = self.names.get_indexer(pd.Index(names, dtype=self.names.dtype))
        for name, row in zip(names, found, strict=True):
            if row < 0:
                raise AbsentError(f"there is no image '{name[:100]}'")
        return np.asarray(found, dtype=np.int64)

    @cached_property
    def by_chance(self) -> dict[float, float]:
        """The similarity that 50, 95 and 99 % of pairs drawn at random stay below."""
        vectors = self.searchable.vectors
        if len(vectors) < 2:
            return {}
        rng = np.random.default_rng(0)
        one = rng.integers(len(vectors), size=PAIRS)
        other = (one + rng.integers(1, len(vectors), size=PAIRS)) % len(vectors)
        cosine = np.einsum("pd,pd->p", vectors[one], vectors[other])
        return dict(zip(SHARES, np.quantile(cosine, SHARES).tolist(), strict=True))


class Encoders:
    """What can be searched in a survey.

    Args:
        catalogue: the images.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._opened: dict[str, Encoded] = {}
        self._lock = Lock()

    def names(self) -> list[str]:
        """Return the encoders that have features, the main one first, baselines last."""
        return self._catalogue.places.embedded

    def __getitem__(self, encoder: str) -> Encoded:
        """Return the images as an encoder sees them.

        Raises:
            AbsentError: it has no features.
        """
        with self._lock:
            if encoder not in self._opened:
                self._opened[encoder] = self._open(encoder)
            return self._opened[encoder]

    def _open(self, encoder: str) -> Encoded:
        places = self._catalogue.places
        if encoder not in self.names():
            raise AbsentError(f"encoder '{encoder[:50]}' has no features. Run: snakemake features")
        files = places.features(encoder)
        sha256, index = encoder_of(files), self._catalogue.index
        ids = places.table(encoder, "search", "ids.parquet")
        if ids is None:  # baselines have features alone
            return Encoded(map_features(files, places.indices, index), sha256)
        settings = self._settings(encoder)
        return Encoded(open_searchable(ids.parent, index, sha256, settings), sha256)

    def _settings(self, encoder: str) -> SearchSettings:
        """Return how the study searches."""
        record = self._catalogue.places.table("provenance", "search", f"{encoder}.json")
        if record is None:
            return SearchSettings()
        return SearchSettings.model_validate(read_record(record)["settings"]["search"])
