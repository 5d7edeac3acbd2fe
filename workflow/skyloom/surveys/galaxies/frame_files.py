"""Simulated SDSS frames as files: FITS with the archive's header and units, packed with bzip2."""

import bz2
import io

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from skyloom.surveys.galaxies.drawing import NMGY
from skyloom.surveys.galaxies.sky import BANDS, SkyField
from skyloom.surveys.galaxies.views import PIXEL

_CCD_ROWS = {"r": 1, "i": 2, "u": 3, "z": 4, "g": 5}


def frame_header(
    place: SkyField, band: str, shape: tuple[int, int], centre: tuple[float, float], turn: float
) -> fits.Header:
    """Return the header of a frame.

    Args:
        place: the field.
        band: u, g, r, i or z; bands are shifted against each other by a few pixels.
        shape: rows and columns.
        centre: right ascension and declination, degrees.
        turn: of the scan against the equator, degrees; columns run north and rows east at 0.
    """
    rows, columns = shape
    number = BANDS.index(band)
    sine, cosine = np.sin(np.radians(turn)), np.cos(np.radians(turn))
    step = PIXEL / 3600
    cards = [
        ("ORIGIN", "SDSS", ""),
        ("TELESCOP", "2.5m", ""),
        ("RUN", place.run, "Run number"),
        ("FRAME", place.number, "Frame sequence number within the run"),
        ("CAMROW", _CCD_ROWS[band], "Row in the imaging camera"),
        ("CAMCOL", place.camcol, "Column in the imaging camera"),
        ("RERUN", "301", "Rerun"),
        ("FILTER", band, "filter used"),
        ("EXPTIME", 53.907456, "Exposure time (seconds)"),
        ("FLAVOR", "science", "Flavor of this run"),
        ("CTYPE1", "RA---TAN", "Coordinate type"),
        ("CTYPE2", "DEC--TAN", "Coordinate type"),
        ("CUNIT1", "deg", ""),
        ("CUNIT2", "deg", ""),
        ("RADESYS", "ICRS", ""),
        ("CRPIX1", columns / 2 + 1 + 1.7 * (number - 2), "Column of reference"),
        ("CRPIX2", rows / 2 + 1 - 2.3 * (number - 2), "Row of reference"),
        ("CRVAL1", centre[0], "RA at the reference"),
        ("CRVAL2", centre[1], "Dec at the reference"),
        ("CD1_1", -sine * step, "RA deg per column"),
        ("CD1_2", cosine * step, "RA deg per row"),
        ("CD2_1", cosine * step, "Dec deg per column"),
        ("CD2_2", sine * step, "Dec deg per row"),
        ("BUNIT", "nanomaggy", "3.631e-6 Jy"),
        ("NMGY", float(NMGY[number]), "Calibration value [nMgy/count]"),
    ]
    return fits.Header([fits.Card(*card) for card in cards])


def sky_matrix(header: fits.Header) -> NDArray[np.float64]:
    """Return the (2, 2) matrix that takes (column, row) in pixels to (east, north) in arcsec."""
    matrix: NDArray[np.float64] = WCS(header).wcs.cd * 3600
    return matrix


def frame_file(pixels: NDArray[np.float32], header: fits.Header) -> bytes:
    """Return a `.fits.bz2` with the units of the archive's: image, calibration, sky."""
    columns = pixels.shape[1]
    calibration = fits.ImageHDU(np.full(columns, header["NMGY"], dtype=np.float32))
    sky = fits.BinTableHDU.from_columns(
        [
            fits.Column("ALLSKY", "16E", dim="(4, 4)", array=np.zeros((1, 4, 4), np.float32)),
            fits.Column("XINTERP", "4E", array=np.zeros((1, 4), np.float32)),
            fits.Column("YINTERP", "4E", array=np.zeros((1, 4), np.float32)),
        ]
    )
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(pixels, header), calibration, sky]).writeto(file)
    return bz2.compress(file.getvalue(), compresslevel=1)
