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
from skyloom.analyze.redshift.neighbour_pdf import FOLDS, choose_count, neighbour_pdfs
from skyloom.analyze.redshift.pdfs import Pdfs
from skyloom.analyze.redshift.recalibrate import HeldOut, recalibrate
from skyloom.bins import Bins
from skyloom.settings.redshift import LinearModel, Model, NeighbourModel, NetworkModel

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
        space: takes the vectors learnt from, returns what brings vectors to where distances are
            taken.

    Attributes:
        count_: neighbours, as many as tell galaxies of other groups best.
    """

    def __init__(self, bins: Bins, space: Callable[[Vectors], Place]) -> None:
        self.bins, self.space = bins, space

    def fit(
        self, vectors: Vectors, redshifts: NDArray[np.float64], groups: NDArray[np.str_]
    ) -> "RecalibratedNeighbours":
        """Learn from vectors (N, D), their redshifts (N,) and at least two groups (N,)."""
        self.place_ = self.space(vectors)
        self.vectors_, self.redshifts_ = self.place_(vectors), redshifts
        self.count_ = choose_count(self.vectors_, redshifts, groups, self.bins)
        ids = np.array([f"labelled {number}" for number in range(len(vectors))])
        values = np.empty((len(vectors), self.bins.count), dtype=np.float32)
        folds = GroupKFold(min(FOLDS, len(np.unique(groups))))
        for seen, held in folds.split(self.vectors_, groups=groups):
            values[held] = self._told(ids[held], self.vectors_[held], seen).values
        self.held_out_ = HeldOut.of(Pdfs(ids, values, self.bins), redshifts)
        return self

    def pdfs(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return probabilities (M, K) of the bins."""
        ids = np.array([f"query {number}" for number in range(len(vectors))])
        everyone = np.arange(len(self.vectors_))
        return recalibrate(self._told(ids, self.place_(vectors), everyone), self.held_out_).values

    def _told(
        self, ids: NDArray[np.str_], queries: NDArray[np.float32], seen: NDArray[np.int64]
    ) -> Pdfs:
        known = self.vectors_[seen], self.redshifts_[seen]
        return neighbour_pdfs(ids, queries, *known, self.bins, self.count_)


def estimator_of(said: Mapping[str, Any], bins: Bins, seed: int) -> Estimator:
    """Return the model of its settings, untrained; networks are no models of vectors."""
    model: Model = TypeAdapter(Model).validate_python(said)
    if isinstance(model, NetworkModel):
        raise TypeError("a network learns from images: use skyloom.learn.redshift_fit")
    if isinstance(model, LinearModel):
        return LinearRedshift(bins, model.inverse_regularisation)
    if isinstance(model, NeighbourModel):
        space = standardised_colours if model.encoder is None else _unit_length
        return RecalibratedNeighbours(bins, space)
    return BoostedRedshift(bins, seed)


def _unit_length(vectors: Vectors) -> Place:
    """Return what scales vectors to length one, whatever was learnt from."""
    return lambda some: unit(np.asarray(some, dtype=np.float32))
