"""Squares cut from frames on the sky."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray
from reproject import reproject_interp

from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.galaxies.cutouts import Frame, cut, frame_from
from skyloom.surveys.galaxies.frame_files import frame_header
from skyloom.surveys.galaxies.sky import SkyField

SHAPE = (220, 260)
CENTRE = (184.3, 41.2)
SCALE = 0.396


def frame_with(sources: list[tuple[float, float, float]], turn: float = 5.3) -> Frame:
    """Return a frame with Gaussian sources: ra, dec, flux."""
    header = frame_header(SkyField(94, 3, 11), "g", SHAPE, CENTRE, turn)
    rows, columns = np.indices(SHAPE)
    pixels = np.zeros(SHAPE)
    for ra, dec, flux in sources:
        column, row = WCS(header).all_world2pix(ra, dec, 0)
        sigma = 1.3
        away = (rows - row) ** 2 + (columns - column) ** 2
        pixels += flux * np.exp(-away / (2 * sigma**2)) / (2 * np.pi * sigma**2)
    return frame_from(pixels.astype(np.float32), header)


def centroid(image: NDArray[np.float32]) -> tuple[float, float]:
    rows, columns = np.indices(image.shape)
    return (float((rows * image).sum() / image.sum()), float((columns * image).sum() / image.sum()))


@pytest.mark.parametrize("turn", [0.0, 5.3, 45.0])
@pytest.mark.parametrize("shift", [0.0, 0.31, 0.5])
def test_a_source_keeps_its_flux_and_comes_to_the_middle(turn: float, shift: float):
    ra = CENTRE[0] + shift * SCALE / 3600
    image, _ = cut(frame_with([(ra, CENTRE[1], 7.0)], turn), ra, CENTRE[1], 65, SCALE)
    assert float(image.sum()) == pytest.approx(7.0, rel=0.01)
    assert centroid(image) == pytest.approx((32, 32), abs=0.02)


def test_finer_pixels_share_the_flux_among_them():
    frame = frame_with([(*CENTRE, 7.0)])
    image, _ = cut(frame, *CENTRE, 101, SCALE / 2)
    assert float(image.sum()) == pytest.approx(7.0, rel=0.01)


def test_north_is_up_and_east_is_left():
    north = (CENTRE[0], CENTRE[1] + 10 * SCALE / 3600, 1.0)
    east = (CENTRE[0] + 20 * SCALE / 3600 / np.cos(np.radians(CENTRE[1])), CENTRE[1], 1.0)
    up, _ = cut(frame_with([north]), *CENTRE, 65, SCALE)
    left, _ = cut(frame_with([east]), *CENTRE, 65, SCALE)
    assert centroid(up) == pytest.approx((42, 32), abs=0.05)
    assert centroid(left) == pytest.approx((32, 12), abs=0.05)


def test_places_agree_with_those_of_reproject():
    frame = frame_with([(*CENTRE, 5.0), (CENTRE[0] + 0.002, CENTRE[1] - 0.001, 2.0)])
    grid = WCS(naxis=2)
    grid.wcs.ctype, grid.wcs.crval = ["RA---TAN", "DEC--TAN"], CENTRE
    grid.wcs.cdelt, grid.wcs.crpix = [-SCALE / 3600, SCALE / 3600], [33, 33]
    expected = reproject_interp(
        (frame.pixels, frame.wcs), grid, (65, 65), order="bicubic", return_footprint=False
    )
    image, _ = cut(frame, *CENTRE, 65, SCALE)
    assert np.abs(image - expected).max() < 0.005 * image.max()


def test_a_square_over_the_edge_is_refused_with_the_number_of_missing_pixels():
    frame = frame_with([], turn=0)
    ra, dec = (float(value) for value in frame.wcs.all_pix2world(10.0, 100.0, 0))
    with pytest.raises(UnreadableImageError, match=r"^(\d+) of the 4225 pixels") as caught:
        cut(frame, ra, dec, 65, SCALE)
    assert int(str(caught.value).split()[0]) == pytest.approx(22 * 65, abs=65)


def test_a_place_on_the_other_side_of_the_sky_is_refused():
    with pytest.raises(UnreadableImageError):
        cut(frame_with([]), CENTRE[0] + 180, -CENTRE[1], 65, SCALE)


def test_a_pixel_without_number_in_the_square_is_refused():
    frame = frame_with([(*CENTRE, 5.0)])
    frame.pixels[SHAPE[0] // 2, SHAPE[1] // 2] = np.nan
    with pytest.raises(UnreadableImageError, match=r"^[1-4] of the 4225 pixels"):
        cut(frame, *CENTRE, 65, SCALE)


def test_the_digest_follows_the_pixels_that_were_used():
    frame = frame_with([(*CENTRE, 5.0)])
    before = cut(frame, *CENTRE, 33, SCALE)[1]
    frame.pixels[0, 0] += 1
    assert cut(frame, *CENTRE, 33, SCALE)[1] == before
    frame.pixels[SHAPE[0] // 2, SHAPE[1] // 2] += 1
    assert cut(frame, *CENTRE, 33, SCALE)[1] != before


def test_a_header_without_world_coordinates_is_refused():
    with pytest.raises(UnreadableImageError, match=r"no celestial WCS: CTYPE1 is 'nothing'"):
        frame_from(np.zeros((4, 4), np.float32), fits.Header())
