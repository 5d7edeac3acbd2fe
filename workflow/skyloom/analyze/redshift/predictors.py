"""Trained models behind one face: PDFs of images, also as they would look behind more dust."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from skyloom.analyze.embed import centres, embed
from skyloom.analyze.redshift.estimators import Estimator
from skyloom.images import ImageStore
from skyloom.learn.devices import default_device
from skyloom.learn.encoder_file import Encoder
from skyloom.learn.redshift_network import RedshiftNetwork
from skyloom.settings.encoder import EmbedSettings

AT_ONCE = 64
"""Images that pass through a network at once."""

Positions = NDArray[np.int64]
Probabilities = NDArray[np.float32]


class Predictor(Protocol):
    """A trained model of images."""

    def pdfs(self, rows: Positions, ebv: float = 0.0) -> Probabilities:
        """Return probabilities (M, K) of images at `rows`, dimmed by dust of E(B-V) `ebv`."""
        ...


def transmission(extinction: Sequence[float], ebv: float) -> list[float]:
    """Return by what dust multiplies the flux of each band: 10^(-0.4 A E(B-V))."""
    return [float(10 ** (-0.4 * each * ebv)) for each in extinction]


@dataclass(frozen=True)
class OfNetwork:
    """PDFs of a network trained on images."""

    network: RedshiftNetwork
    store: ImageStore
    extinction: Sequence[float]

    def pdfs(self, rows: Positions, ebv: float = 0.0) -> Probabilities:
        """Return PDFs (M, K); dust dims the noise along with the light."""
        self.network.encoder.eval().to(default_device())
        self.network.head.to(default_device())
        found = np.empty((len(rows), self.network.bins.count), dtype=np.float32)
        gain = transmission(self.extinction, ebv) if ebv else ()
        card = self.network.encoder.card
        for part, images in centres(card, self.store, rows, AT_ONCE, gain):
            found[part] = self.network.probabilities(images)
        return found


@dataclass(frozen=True)
class OfFeatures:
    """PDFs of a model of an encoder's features (N, D), which are computed anew behind dust."""

    estimator: Estimator
    features: NDArray[np.float32]
    encoder: Encoder
    store: ImageStore
    embedding: EmbedSettings
    extinction: Sequence[float]

    def pdfs(self, rows: Positions, ebv: float = 0.0) -> Probabilities:
        """Return PDFs (M, K)."""
        if not ebv:
            return self.estimator.pdfs(self.features[rows])
        gain = transmission(self.extinction, ebv)
        vectors = embed(self.encoder, self.store, self.embedding, rows, gain)
        return self.estimator.pdfs(vectors)


@dataclass(frozen=True)
class OfPhotometry:
    """PDFs of a model of magnitudes (N, P), one per band of the extinction."""

    estimator: Estimator
    magnitudes: NDArray[np.float64]
    extinction: Sequence[float]

    def pdfs(self, rows: Positions, ebv: float = 0.0) -> Probabilities:
        """Return PDFs (M, K)."""
        dimmed = self.magnitudes[rows]
        if ebv:
            dimmed = dimmed + ebv * np.asarray(self.extinction)
        return self.estimator.pdfs(dimmed)
