"""One simulated SDSS field: its galaxies on the sky, its frames, its catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from astropy.wcs import WCS
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.surveys.galaxies.backdrop import Faint, draw_faint, draw_star
from skyloom.surveys.galaxies.conditions import draw_conditions, extinction_map
from skyloom.surveys.galaxies.drawing import (
    Light,
    add_noise,
    add_source,
    drawn,
    noise_of_sky,
    point,
)
from skyloom.surveys.galaxies.dust import R, transmission
from skyloom.surveys.galaxies.frame_files import frame_file, frame_header, sky_matrix
from skyloom.surveys.galaxies.photometry import asinh_magnitudes
from skyloom.surveys.galaxies.population import Galaxy, draw_galaxy
from skyloom.surveys.galaxies.settings import SimulatorSettings
from skyloom.surveys.galaxies.sky import BANDS, SkyField, objid_of
from skyloom.surveys.galaxies.views import PIXEL

_MARGIN = 74
"""Pixels between a galaxy and the edge: half of a turned 107-pixel square and the bands' shift."""


@dataclass(frozen=True)
class Placed:
    """A galaxy on the sky.

    Attributes:
        galaxy: what it is.
        ra: right ascension, degrees.
        dec: declination, degrees.
        ebv: E(B-V) of the dust before it.
    """

    galaxy: Galaxy
    ra: float
    dec: float
    ebv: float


class SimulatedField:
    """A field, drawn from (seed, its name) alone."""

    def __init__(self, place: SkyField, settings: SimulatorSettings, seed: int) -> None:
        self.place, self._settings, self._seed = place, settings, seed
        rng = self._rng("sky")
        centre, turn = _centre(place, settings.frame_shape, seed)
        self._ebv = extinction_map(*centre, seed)
        self._headers = [
            frame_header(place, band, settings.frame_shape, centre, turn) for band in BANDS
        ]
        self.galaxies = self._place_galaxies(rng)
        self._bad = rng.uniform(size=len(self.galaxies)) < settings.bad_redshift
        self._errors = rng.normal(0, 2e-5, len(self.galaxies))
        shape = settings.frame_shape
        spots = rng.uniform(0, 1, (settings.stars, 2)) * [shape[1], shape[0]]
        self._stars = WCS(self._headers[2]).all_pix2world(spots, 0)
        self._star_fluxes = [draw_star(rng) for _ in range(settings.stars)]
        self._conditions = draw_conditions(self._rng("conditions"))
        self._faint, self._faint_places = self._scatter_faint(self._rng("backdrop"))

    def frame(self, band: str) -> bytes:
        """Return the frame of a band, a `.fits.bz2`."""
        number = BANDS.index(band)
        image = np.zeros(self._settings.frame_shape, dtype=np.float32)
        self._add_galaxies(image, number)
        dust = transmission(self._ebv)[number]
        for faint, light, spot in zip(
            self._faint, self._faint_lights, self._spots(number, self._faint_places), strict=True
        ):
            self._add(image, number, [light], [faint.flux[number] * dust], spot)
        for star, spot in zip(self._star_fluxes, self._spots(number, self._stars), strict=True):
            self._add(image, number, [point()], [star[number]], spot)
        noisy = add_noise(image, number, self._conditions, self._rng(f"noise-{band}"))
        return frame_file(noisy, self._headers[number])

    def catalogue(self) -> bytes:
        """Return SkyServer's answer for this field, a CSV file."""
        rows = [self._catalogue_row(number) for number in range(len(self.galaxies))]
        table: str = pd.DataFrame(rows).to_csv(index=False)
        return f"#Table1\n{table}".encode()

    def truth(self) -> pd.DataFrame:
        """Return what was put in, one row per galaxy."""
        return pd.DataFrame(
            truth_row(str(objid_of(self.place, number + 1)), placed)
            for number, placed in enumerate(self.galaxies)
        )

    def _rng(self, purpose: str) -> Generator:
        return np.random.default_rng([self._seed, *f"{self.place.name}/{purpose}".encode()])

    def _place_galaxies(self, rng: Generator) -> Sequence[Placed]:
        spots = _scatter(rng, self._settings)
        places = WCS(self._headers[2]).all_pix2world(spots, 0)
        return [
            Placed(draw_galaxy(rng), float(ra), float(dec), extinction_map(ra, dec, self._seed))
            for ra, dec in places
        ]

    def _scatter_faint(self, rng: Generator) -> tuple[Sequence[Faint], NDArray[np.float64]]:
        """Draw what stands behind and around the galaxies, and where (N, 2) in the sky."""
        rows, columns = self._settings.frame_shape
        area = rows * columns * (PIXEL / 60) ** 2
        count = int(rng.poisson(self._settings.neighbours * area))
        spots = rng.uniform(0, 1, (count, 2)) * [columns, rows]
        places = WCS(self._headers[2]).all_pix2world(spots, 0) if count else spots
        return [draw_faint(rng) for _ in range(count)], places

    def _add_galaxies(self, image: NDArray[np.float32], band: int) -> None:
        for placed, lights, spot in zip(
            self.galaxies, self._lights, self._spots(band, self._places), strict=True
        ):
            dust = transmission(placed.ebv)[band]
            fluxes = [part.flux[band] * dust for part in placed.galaxy.parts]
            self._add(image, band, lights, fluxes, spot)

    def _add(
        self,
        image: NDArray[np.float32],
        band: int,
        lights: Sequence[Light],
        fluxes: Sequence[float],
        spot: NDArray[np.float64],
    ) -> None:
        measured = np.array(fluxes) * self._conditions.calibration[band]
        sigma = float(self._conditions.seeing[band])
        add_source(image, lights, measured, (float(spot[0]), float(spot[1])), sigma)

    @cached_property
    def _lights(self) -> Sequence[Sequence[Light]]:
        """Return the light of the galaxies' parts, the same in all bands."""
        matrix = sky_matrix(self._headers[0])
        return [[drawn(part, matrix) for part in placed.galaxy.parts] for placed in self.galaxies]

    @cached_property
    def _faint_lights(self) -> Sequence[Light]:
        matrix = sky_matrix(self._headers[0])
        return [drawn(faint.part, matrix) if faint.part else point() for faint in self._faint]

    @property
    def _places(self) -> NDArray[np.float64]:
        return np.array([(placed.ra, placed.dec) for placed in self.galaxies])

    def _spots(self, band: int, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return column and row (N, 2) in a band of places (N, 2), right ascension and dec."""
        if not len(places):
            return places
        spots: NDArray[np.float64] = WCS(self._headers[band]).all_world2pix(places, 0)
        return spots

    def _catalogue_row(self, number: int) -> dict[str, object]:
        placed, objid = self.galaxies[number], objid_of(self.place, number + 1)
        galaxy = placed.galaxy
        dust = dict(zip(BANDS, R * placed.ebv, strict=True))
        magnitudes = self._model_magnitudes(number)
        redshift = -0.0004 if self._bad[number] else galaxy.redshift + self._errors[number]
        return {
            "objID": objid,
            "specObjID": objid - 2**60,
            "ra": round(placed.ra, 7),
            "dec": round(placed.dec, 7),
            "z": round(redshift, 7),
            "zErr": 2e-5,
            "run": self.place.run,
            "camcol": self.place.camcol,
            "field": self.place.number,
            **{f"extinction_{band}": round(dust[band], 6) for band in BANDS},
            "petroMag_r": round(galaxy.magnitude + R[2] * placed.ebv, 4),
            "petroR50_r": round(galaxy.parts[0].radius * galaxy.parts[0].axis_ratio ** 0.5, 3),
            **{f"modelMag_{band}": round(m, 4) for band, m in zip(BANDS, magnitudes, strict=True)},
            "gz_class": galaxy.morphology,
        }

    def _model_magnitudes(self, number: int) -> list[float]:
        """Return magnitudes (5,) through the dust, with the noise of the area a galaxy covers."""
        placed, conditions = self.galaxies[number], self._conditions
        main = placed.galaxy.parts[0]
        covered = conditions.seeing**2 + main.axis_ratio * (main.radius / PIXEL) ** 2
        pixel = np.array([noise_of_sky(band, conditions.sky[band]) for band in range(len(BANDS))])
        noise = pixel * np.sqrt(4 * np.pi * covered)
        flux = placed.galaxy.flux * transmission(placed.ebv) * conditions.calibration
        rng = self._rng(f"catalogue {number}")
        measured = flux + noise * rng.standard_normal(len(BANDS))
        magnitudes: list[float] = asinh_magnitudes(measured).tolist()
        return magnitudes


def truth_row(image_id: str, placed: Placed) -> dict[str, object]:
    """Return what is known of a simulated galaxy."""
    galaxy, main = placed.galaxy, placed.galaxy.parts[0]
    return {
        "image_id": image_id,
        "redshift": galaxy.redshift,
        "morphology": galaxy.morphology,
        "absolute_r": galaxy.absolute,
        "young": galaxy.young,
        "own_extinction": galaxy.extinction,
        "ebv": placed.ebv,
        "bulge_share": galaxy.bulge_share,
        "sersic": main.sersic,
        "radius_arcsec": main.radius,
        "axis_ratio": main.axis_ratio,
        "angle": main.angle,
        "arms": main.arms,
        **{f"flux_{band}": flux for band, flux in zip(BANDS, galaxy.flux, strict=True)},
    }


def _centre(
    place: SkyField, shape: tuple[int, int], seed: int
) -> tuple[tuple[float, float], float]:
    """Return the centre of a field (degrees) and the turn of its scan; fields of a run adjoin."""
    rng = np.random.default_rng([seed, *f"run {place.run}".encode()])
    start, middle, turn = rng.uniform(120, 240), rng.uniform(0, 50), rng.uniform(-8, 8)
    dec = middle + 0.42 * (place.camcol - 3.5)
    step = 0.9 * shape[0] * PIXEL / 3600 / np.cos(np.radians(dec))
    return (float(start + step * place.number), float(dec)), float(turn)


def _scatter(rng: Generator, settings: SimulatorSettings) -> NDArray[np.float64]:
    """Return column and row of each galaxy in r: apart from each other, a few at the edge."""
    rows, columns = settings.frame_shape
    count = settings.galaxies
    across = max(1, round(np.sqrt(count * columns / rows)))
    down = -(-count // across)
    cells = rng.permutation(across * down)[:count]
    jitter = rng.uniform(0.2, 0.8, (count, 2))
    shares = (np.stack([cells % across, cells // across], axis=1) + jitter) / [across, down]
    free = np.maximum(np.array([columns, rows]) - 2 * _MARGIN, 1)
    spots: NDArray[np.float64] = _MARGIN + shares * free
    at_edge = rng.uniform(size=count) < settings.at_edge
    spots[at_edge, 0] = rng.uniform(2, 12, int(at_edge.sum()))
    return spots
