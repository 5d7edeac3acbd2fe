"""Extinction by the Milky Way's dust in the SDSS bands.

Coefficients A_band / E(B-V) for u, g, r, i, z: those in use for SDSS photometry today (Schlafly &
Finkbeiner 2011, ApJ 737, 103), and those that the `extinction_*` columns of catalogues up to DR12
were made with. Flux is corrected with the former; a catalogue's extinctions are turned into E(B-V)
with those that it was made with.
"""

import numpy as np
from numpy.typing import NDArray

R = np.array([4.239, 3.303, 2.285, 1.698, 1.263])
"""Extinction in ugriz per E(B-V), magnitudes; for flux, and in catalogues from DR13 on."""

R_DR12 = np.array([5.155, 3.793, 2.751, 2.086, 1.479])
"""Extinction in ugriz per E(B-V) in catalogues up to DR12, magnitudes."""


def ebv_from_extinction(extinction: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return E(B-V), shape (...), from one catalogue's extinctions (..., 5) in magnitudes."""
    ebv: NDArray[np.float64] = np.mean(extinction / law_of(extinction), axis=-1)
    return ebv


def law_of(extinction: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return which coefficients (5,) one catalogue's extinctions (..., 5) were made with.

    Catalogues do not say so, but the bands' ratios tell: g to i differs by 7 %. `R` where no
    extinction is above 0.
    """
    rows = extinction.reshape(-1, len(R))
    known = rows[(rows > 0).all(axis=1)]  # False for NaN
    if not len(known):
        return R
    shares = known / known.mean(axis=1, keepdims=True)
    return min((R, R_DR12), key=lambda law: np.median(np.abs(shares / (law / law.mean()) - 1)))


def transmission(ebv: float) -> NDArray[np.float64]:
    """Return the share of light (5,) that dust of this E(B-V) lets through in u, g, r, i, z."""
    share: NDArray[np.float64] = 10 ** (-R * ebv / 2.5)
    return share


def deredden(flux: NDArray[np.floating], ebv: float) -> NDArray[np.float32]:
    """Return the flux (5, H, W) as it was before dust of this E(B-V); its unit is kept."""
    if flux.shape[0] != len(R):
        raise ValueError(f"expected ugriz flux (5, H, W), found shape {flux.shape}")
    factors = 1 / transmission(ebv)
    return (flux * factors[:, None, None]).astype(np.float32)
