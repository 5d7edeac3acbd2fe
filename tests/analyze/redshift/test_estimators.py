"""Models of vectors by their settings, and what stands before an encoder's features."""

import numpy as np
import pytest
import torch
from made_pdfs import PAPER

from made import make_store
from skyloom.analyze.redshift.draw import RedshiftError
from skyloom.analyze.redshift.estimates import mean
from skyloom.analyze.redshift.estimators import estimator_of
from skyloom.analyze.redshift.linear import LinearRedshift
from skyloom.analyze.redshift.pdfs import Pdfs
from skyloom.analyze.redshift.predictors import OfFeatures, OfPhotometry, transmission
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.encoders import Pixels
from skyloom.settings.encoder import EmbedSettings, NetworkSettings


def made(count, seed):
    """Vectors whose direction tells the redshift."""
    rng = np.random.default_rng(seed)
    redshifts = rng.uniform(0.02, 0.35, count)
    angles = redshifts[:, None] * np.array([3.0, 1.0]) * np.pi
    vectors = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    vectors = vectors + rng.normal(0, 0.02, vectors.shape)
    return vectors.astype(np.float32), redshifts, rng.integers(9, size=count).astype(str)


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "linear", "encoder": "a", "inverse_regularisation": 1.0},
        {"kind": "neighbours", "encoder": "a"},
    ],
)
def test_models_of_features(said):
    vectors, truth, _ = made(200, 1)
    model = estimator_of(said, PAPER, 0).fit(*made(800, 0))
    pdfs = Pdfs(np.arange(200).astype(str), model.pdfs(vectors), PAPER)
    assert np.abs(mean(pdfs) - truth).mean() < 0.02, "0.08 is what the mean redshift would give"


def test_networks_are_no_models_of_vectors():
    with pytest.raises(TypeError, match="learns from images"):
        estimator_of({"kind": "network"}, PAPER, 0)


def test_linear_gives_no_probability_to_bins_without_a_label():
    vectors = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    redshifts = np.array([0.1, 0.1, 0.2, 0.2, 0.2, 0.1])
    groups = np.arange(6).astype(str)
    found = LinearRedshift(PAPER, 1.0).fit(vectors, redshifts, groups).pdfs(vectors)
    assert set(np.flatnonzero(found.sum(axis=0))) == set(PAPER.number_of([0.1, 0.2]))
    with pytest.raises(RedshiftError, match="all in one bin"):
        LinearRedshift(PAPER, 1.0).fit(vectors, np.full(6, 0.1), groups)


class _Echo:
    """Keeps what it is asked."""

    def fit(self, vectors, redshifts, groups):
        return self

    def pdfs(self, vectors):
        self.asked = vectors
        return np.full((len(vectors), 2), 0.5, dtype=np.float32)


def test_dust_dims_images_before_the_encoder_and_magnitudes_before_the_model(tmp_path):
    pixels = np.random.default_rng(0).normal(1, 0.1, (4, 2, 8, 8)).astype(np.float32)
    store = make_store(tmp_path, pixels)
    network = NetworkSettings(architecture="pixels", input_size=8)
    encoder = Encoder(Pixels(2, 8), EncoderCard(network, 2, [0.0, 0.0], [1.0, 1.0]))
    echo, rows, extinction = _Echo(), np.array([2, 0]), (4.0, 1.0)
    features = pixels.reshape(4, -1)
    told = OfFeatures(echo, features, encoder, store, EmbedSettings(), extinction)
    told.pdfs(rows)
    assert np.array_equal(echo.asked, features[rows])
    told.pdfs(rows, 0.3)
    gain = np.array([10 ** (-0.4 * 4 * 0.3), 10 ** (-0.4 * 0.3)])
    expected = (pixels[rows] * gain[:, None, None]).reshape(2, -1)
    assert np.allclose(echo.asked, expected, rtol=1e-5)
    assert transmission(extinction, 0.3) == pytest.approx(gain.tolist())
    magnitudes = np.arange(8.0).reshape(4, 2)
    OfPhotometry(echo, magnitudes, extinction).pdfs(rows, 0.3)
    assert np.allclose(echo.asked, magnitudes[rows] + [1.2, 0.3])
    assert torch.get_default_dtype() == torch.float32
