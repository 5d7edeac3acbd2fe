"""Extinction by the Milky Way's dust in the SDSS bands, both ways.

Coefficients A_band / E(B-V) for u, g, r, i, z: those in use for SDSS photometry today (Schlafly &
Finkbeiner 2011, ApJ 737, 103), and those that the DR12 catalogue's `extinction_*` columns were made
with. Turning the catalogue's extinctions into E(B-V) needs the latter, correcting flux the former.
"""

import numpy as np
from numpy.typing import NDArray

R = np.array([4.239, 3.303, 2.285, 1.698, 1.263])
"""Extinction in ugriz per E(B-V), magnitudes; for flux."""

R_DR12 = np.array([5.155, 3.793, 2.751, 2.086, 1.479])
"""Extinction in ugriz per E(B-V) in the DR12 catalogue, magnitudes."""


def ebv_from_extinction(extinction: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return E(B-V), shape (...), from the catalogue's extinctions (..., 5) in magnitudes."""
    ebv: NDArray[np.float64] = np.mean(extinction / R_DR12, axis=-1)
    return ebv


def transmission(ebv: float) -> NDArray[np.float64]:
    """Return the share of light (5,) that dust of this E(B-V) lets through in u, g, r, i, z."""
    share: NDArray[np.float64] = 10 ** (-R * ebv / 2.5)
    return share


def deredden(flux: NDArray[np.floating], ebv: float) -> NDArray[np.float32]:
    """Return the flux (5, H, W) as it was before dust of this E(B-V); its unit is kept."""
    return _scaled(flux, 1 / transmission(ebv))


def redden(flux: NDArray[np.floating], ebv: float) -> NDArray[np.float32]:
    """Return the flux (5, H, W) as seen through dust of this E(B-V); its unit is kept."""
    return _scaled(flux, transmission(ebv))


def _scaled(flux: NDArray[np.floating], factors: NDArray[np.float64]) -> NDArray[np.float32]:
    if flux.shape[0] != len(R):
        raise ValueError(f"expected ugriz flux (5, H, W), found shape {flux.shape}")
    return (flux * factors[:, None, None]).astype(np.float32)
