"""The dust law, both ways."""

import numpy as np
import pytest

from skyloom.surveys.galaxies.dust import (
    R_DR12,
    R,
    deredden,
    ebv_from_extinction,
    law_of,
    transmission,
)


def test_the_published_transmissions_at_half_a_magnitude_of_reddening():
    expected = [0.142, 0.218, 0.349, 0.458, 0.559]
    assert transmission(0.5) == pytest.approx(expected, abs=5e-4)


def test_dereddening_undoes_reddening_and_keeps_negative_flux():
    flux = np.random.default_rng(0).normal(0, 1, (5, 8, 9)).astype(np.float32)
    back = deredden(flux * transmission(0.31)[:, None, None], 0.31)
    assert (flux < 0).any()
    np.testing.assert_allclose(back, flux, rtol=2e-6)


def test_dereddening_brightens_u_most():
    gains = deredden(np.ones((5, 1, 1)), 0.2)[:, 0, 0]
    assert (np.diff(gains) < 0).all()
    assert gains[0] == pytest.approx(10 ** (0.4 * R[0] * 0.2))


@pytest.mark.parametrize("law", [R, R_DR12])
@pytest.mark.parametrize("digits", [4, 7])
def test_extinctions_of_either_year_give_back_their_reddening(law: np.ndarray, digits: int):
    extinction = np.round(np.outer([0.02, 0.07, 0.5], law), digits)
    extinction = np.concatenate([extinction, np.zeros((9, 5)), np.full((9, 5), np.nan)])
    found = ebv_from_extinction(extinction)
    assert found[:3] == pytest.approx([0.02, 0.07, 0.5], rel=2e-3)
    assert (found[3:12] == 0).all()
    assert np.isnan(found[12:]).all()
    assert law_of(extinction) is law


def test_without_any_extinction_the_law_of_today_is_taken():
    assert law_of(np.zeros((3, 5))) is R


def test_flux_of_other_than_five_bands_is_refused():
    with pytest.raises(ValueError, match=r"expected ugriz flux \(5, H, W\)"):
        deredden(np.ones((3, 4, 4)), 0.1)


def test_the_coefficients_are_the_published_ones():
    assert R.tolist() == [4.239, 3.303, 2.285, 1.698, 1.263]
    assert R_DR12.tolist() == [5.155, 3.793, 2.751, 2.086, 1.479]


def test_dereddening_from_the_catalogue_is_the_published_formula():
    """ebv = mean(extinction / R_dr12), flux times 10^(R ebv / 2.5): the companion code."""
    extinction = np.array([0.31, 0.228, 0.165, 0.125, 0.089])
    ebv = (0.31 / 5.155 + 0.228 / 3.793 + 0.165 / 2.751 + 0.125 / 2.086 + 0.089 / 1.479) / 5
    assert float(ebv_from_extinction(extinction)) == pytest.approx(ebv)
    bare = deredden(np.ones((5, 1, 1), np.float32), ebv)[:, 0, 0]
    expected = [10 ** (r * ebv / 2.5) for r in (4.239, 3.303, 2.285, 1.698, 1.263)]
    assert bare.dtype == np.float32
    assert bare == pytest.approx(expected, rel=1e-6)
