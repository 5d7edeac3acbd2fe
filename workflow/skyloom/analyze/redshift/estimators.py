"""Models of vectors that tell redshifts: what the settings' kinds are."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from sklearn.model_selection import GroupKFold

from skyloom.analyze.features import unit
from skyloom.analyze.redshift.colours import BoostedRedshift, standardised_colours
from skyloom.analyze.redshift.linear import LinearRedshift
from skyloom.analyze.redshift.neighbour_pdf import neighbour_pdfs
from skyloom.analyze.redshift.pdfs import Pdfs
from skyloom.analyze.redshift.recalibrate import HeldOut, recalibrate
from skyloom.bins import Bins
from skyloom.settings.redshift import LinearModel, Model, NeighbourModel, NetworkModel

FOLDS = 5
"""Folds of groups by which labelled galaxies are told by others."""

Vectors = NDArray[np.floating[Any]]
Place = Callable[[Vectors], NDArray[np.float32]]


class Estimator(Protocol):
    """A model of vectors (N, D): an encoder's features, or magnitudes."""

    def fit(
        self, vectors: Vectors, redshifts: NDArray[np.float64], groups: NDArray[np.str_]
    ) -> "Estimator":
        """Learn from vectors (N, D), their redshifts (N,) and what must not be split (N,)."""
        ...

    def pdfs(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return probabilities (M, K) of the bins."""
        ...


class RecalibratedNeighbours:
    """Redshifts of the nearest labelled galaxies, recalibrated by their PIT.

    The PITs are those of the labelled galaxies themselves, each told by galaxies of other groups:
    no label is used but those that it learns from.

    Args:
        bins: of redshift.
        count: neighbours; at most half of the labelled galaxies.
        space: takes the vectors learnt from, returns what brings vectors to where distances are
            taken.
    """

    def __init__(self, bins: Bins, count: int, space: Callable[[Vectors], Place]) -> None:
        self.bins, self.count, self.space = bins, count, space

    def fit(
        self, vectors: Vectors, redshifts: NDArray[np.float64], groups: NDArray[np.str_]
    ) -> "RecalibratedNeighbours":
        """Learn from vectors (N, D), their redshifts (N,) and groups (N,)."""
        self.place_ = self.space(vectors)
        self.vectors_, self.redshifts_ = self.place_(vectors), redshifts
        ids = np.array([f"labelled {number}" for number in range(len(vectors))])
        folds = min(FOLDS, len(np.unique(groups)))
        self.held_out_: HeldOut | None = None
        if folds < 2:
            return self
        values = np.empty((len(vectors), self.bins.count), dtype=np.float32)
        for seen, held in GroupKFold(folds).split(self.vectors_, groups=groups):
            values[held] = self._told(ids[held], self.vectors_[held], seen).values
        self.held_out_ = HeldOut.of(Pdfs(ids, values, self.bins), redshifts)
        return self

    def pdfs(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return probabilities (M, K) of the bins."""
        ids = np.array([f"query {number}" for number in range(len(vectors))])
        told = self._told(ids, self.place_(vectors), np.arange(len(self.vectors_)))
        return (told if self.held_out_ is None else recalibrate(told, self.held_out_)).values

    def _told(
        self, ids: NDArray[np.str_], queries: NDArray[np.float32], seen: NDArray[np.int64]
    ) -> Pdfs:
        count = max(1, min(self.count, len(seen) // 2))
        known = self.vectors_[seen], self.redshifts_[seen]
        return neighbour_pdfs(ids, queries, *known, self.bins, count)


def estimator_of(said: Mapping[str, Any], bins: Bins, seed: int) -> Estimator:
    """Return the model of its settings, untrained; networks are no models of vectors."""
    model: Model = TypeAdapter(Model).validate_python(said)
    if isinstance(model, NetworkModel):
        raise TypeError("a network learns from images: use skyloom.learn.redshift_fit")
    if isinstance(model, LinearModel):
        return LinearRedshift(bins, model.inverse_regularisation)
    if isinstance(model, NeighbourModel):
        space = standardised_colours if model.encoder is None else _unit_length
        return RecalibratedNeighbours(bins, model.neighbours, space)
    return BoostedRedshift(bins, seed)


def _unit_length(vectors: Vectors) -> Place:
    """Return what scales vectors to length one, whatever was learnt from."""
    return lambda some: unit(np.asarray(some, dtype=np.float32))
