"""The dust law, both ways."""

import numpy as np
import pytest

from skyloom.surveys.galaxies.dust import (
    R_DR12,
    R,
    deredden,
    ebv_from_extinction,
    redden,
    transmission,
)


def test_the_published_transmissions_at_half_a_magnitude_of_reddening():
    expected = [0.142, 0.218, 0.349, 0.458, 0.559]
    assert transmission(0.5) == pytest.approx(expected, abs=5e-4)


def test_dereddening_undoes_reddening_and_keeps_negative_flux():
    flux = np.random.default_rng(0).normal(0, 1, (5, 8, 9)).astype(np.float32)
    back = deredden(redden(flux, 0.31), 0.31)
    assert (flux < 0).any()
    np.testing.assert_allclose(back, flux, rtol=2e-6)


def test_dereddening_brightens_u_most():
    gains = deredden(np.ones((5, 1, 1)), 0.2)[:, 0, 0]
    assert (np.diff(gains) < 0).all()
    assert gains[0] == pytest.approx(10 ** (0.4 * R[0] * 0.2))


def test_catalogue_extinctions_give_back_their_reddening():
    extinction = np.outer([0.02, 0.5], R_DR12)
    assert ebv_from_extinction(extinction) == pytest.approx([0.02, 0.5])


def test_flux_of_other_than_five_bands_is_refused():
    with pytest.raises(ValueError, match=r"expected ugriz flux \(5, H, W\)"):
        deredden(np.ones((3, 4, 4)), 0.1)
