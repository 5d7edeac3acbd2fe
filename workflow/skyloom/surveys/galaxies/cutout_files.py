"""Simulated `sdss.npz` and HDF5 files: ready cut-outs, north up, with their labels."""

import hashlib
import io
from collections.abc import Sequence

import h5py
import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.surveys.galaxies.backdrop import draw_faint
from skyloom.surveys.galaxies.conditions import Conditions, draw_conditions, extinction_map
from skyloom.surveys.galaxies.drawing import Light, add_noise, add_source, drawn, moved, point
from skyloom.surveys.galaxies.dust import R_DR12, transmission
from skyloom.surveys.galaxies.field_simulation import Placed, truth_row
from skyloom.surveys.galaxies.population import draw_galaxy
from skyloom.surveys.galaxies.settings import SimulatorSettings
from skyloom.surveys.galaxies.sky import SkyField, objid_of
from skyloom.surveys.galaxies.views import PIXEL

NPZ_SIDE, HDF5_SIDE = 64, 107
_NORTH_UP = np.array([[-PIXEL, 0.0], [0.0, PIXEL]])
_FIELD_DEGREES = 0.15
"""Side of the square in which the galaxies of one field lie."""
_GALAXY, _QUASAR = 64, 4
"""Bits of primtarget."""


class CutoutSet:
    """Galaxies of fields all over the sky, drawn from (seed, the shard's name).

    As many share a field, and with it seeing, sky, calibration and nearly the dust, as a simulated
    field holds.
    """

    def __init__(self, name: str, settings: SimulatorSettings, seed: int) -> None:
        self._name, self._seed, self._settings = name, seed, settings
        count = -(-settings.cutouts // settings.galaxies)
        self._fields = [
            _Field(name, number, self._rng(f"field {number}")) for number in range(count)
        ]
        self.galaxies = [self._draw(number) for number in range(settings.cutouts)]
        bad = self._rng("redshifts").uniform(size=settings.cutouts) < settings.bad_redshift
        self._redshifts = [
            -0.0004 if wrong else placed.galaxy.redshift
            for wrong, placed in zip(bad, self.galaxies, strict=True)
        ]
        self._targets = np.where(
            self._rng("targets").uniform(size=settings.cutouts) < 0.1, _QUASAR, _GALAXY
        )

    def npz(self) -> bytes:
        """Return an `.npz` with `cube` (N, 64, 64, 5) and `labels`, stored, as published."""
        file = io.BytesIO()
        np.savez(file, cube=self._cube(), labels=self._labels())
        return file.getvalue()

    def hdf5(self) -> bytes:
        """Return an HDF5 file with the keys of the companion code."""
        file = io.BytesIO()
        places = self.galaxies
        with h5py.File(file, "w") as out:
            out["ObjID"] = np.array(self._objids(), dtype=np.int64)
            out["specObjID"] = np.array(self._objids(), dtype=np.int64) - 2**60
            out["ra"] = [placed.ra for placed in places]
            out["dec"] = [placed.dec for placed in places]
            out["e_bv"] = np.array([R_DR12 * placed.ebv for placed in places])
            out["specz_redshift"] = np.array(self._redshifts)
            out["specz_redshift_err"] = np.full(len(places), 2e-5)
            shape = (len(places), 5, HDF5_SIDE, HDF5_SIDE)
            images = out.create_dataset("images", shape, dtype="f4", chunks=(1, *shape[1:]))
            for number in range(len(places)):
                images[number] = self.image(number, HDF5_SIDE)
        return file.getvalue()

    def truth(self, ids: Sequence[str]) -> pd.DataFrame:
        """Return what was put in, one row per galaxy, under the names that a reader gives."""
        return pd.DataFrame(
            truth_row(name, placed) for name, placed in zip(ids, self.galaxies, strict=True)
        )

    def npz_ids(self) -> list[str]:
        """Return the names of the galaxies in the `.npz`: their specObjID."""
        return [str(objid - 2**60) for objid in self._objids()]

    def hdf5_ids(self) -> list[str]:
        """Return the names of the galaxies in the HDF5 file: their objID."""
        return [str(objid) for objid in self._objids()]

    def _rng(self, purpose: str) -> Generator:
        return np.random.default_rng([self._seed, *f"{self._name}/{purpose}".encode()])

    def _draw(self, number: int) -> Placed:
        rng, field = self._rng(f"galaxy {number}"), self._field(number)
        across, up = rng.uniform(-0.5, 0.5, 2) * _FIELD_DEGREES
        ra, dec = field.ra + float(across) / np.cos(np.radians(field.dec)), field.dec + float(up)
        return Placed(draw_galaxy(rng), ra, dec, extinction_map(ra, dec, self._seed))

    def _field(self, number: int) -> "_Field":
        return self._fields[number // self._settings.galaxies]

    def _objids(self) -> list[int]:
        size = self._settings.galaxies
        return [
            objid_of(self._field(number).place, number % size + 1)
            for number in range(len(self.galaxies))
        ]

    def _cube(self) -> NDArray[np.float32]:
        """Return all cut-outs (N, 64, 64, 5), nanomaggies."""
        cube = np.empty((len(self.galaxies), NPZ_SIDE, NPZ_SIDE, 5), dtype=np.float32)
        for number in range(len(cube)):
            cube[number] = self.image(number, NPZ_SIDE).transpose(1, 2, 0)
        return cube

    def image(self, number: int, side: int) -> NDArray[np.float32]:
        """Return one cut-out (5, side, side), nanomaggies."""
        rng, placed = self._rng(f"image {number}"), self.galaxies[number]
        conditions = self._field(number).conditions
        right, up = rng.uniform(-0.5, 0.5, 2)  # cut along pixels, so centred to half of one
        lights = [moved(drawn(part, _NORTH_UP), right, up) for part in placed.galaxy.parts]
        fluxes = [part.flux for part in placed.galaxy.parts]
        for light, flux in _backdrop(rng, self._settings.neighbours, side):
            lights.append(light)
            fluxes.append(flux)
        seen = np.array(fluxes) * transmission(placed.ebv) * conditions.calibration
        middle, image = (side - 1) / 2, np.zeros((5, side, side), dtype=np.float32)
        for band in range(5):
            sigma = float(conditions.seeing[band])
            add_source(image[band], lights, seen[:, band], (middle, middle), sigma)
            image[band] = add_noise(image[band], band, conditions, rng)
        return image

    def _labels(self) -> NDArray[np.void]:
        rows = [
            (
                objid - 2**60,
                placed.ra,
                placed.dec,
                redshift,
                2e-5,
                placed.galaxy.magnitude,
                target,
                placed.ebv,
                placed.galaxy.morphology.encode(),
            )
            for objid, placed, redshift, target in zip(
                self._objids(), self.galaxies, self._redshifts, self._targets, strict=True
            )
        ]
        columns = [
            ("specObjID", "i8"),
            ("ra", "f8"),
            ("dec", "f8"),
            ("z", "f4"),
            ("zErr", "f4"),
            ("dered_petro_r", "f4"),
            ("primtarget", "i4"),
            ("EBV", "f4"),
            ("gz1Morpho", "S12"),
        ]
        return np.array(rows, dtype=columns)


class _Field:
    """A field: where it is and how it was observed."""

    def __init__(self, name: str, number: int, rng: Generator) -> None:
        run = int.from_bytes(hashlib.sha256(name.encode()).digest()[:2]) // 8
        self.place = SkyField(run + number // 6000, number // 1000 % 6 + 1, 11 + number % 1000)
        self.ra, self.dec = float(rng.uniform(120, 240)), float(rng.uniform(0, 60))
        self.conditions: Conditions = draw_conditions(rng)


def _backdrop(rng: Generator, density: float, side: int) -> list[tuple[Light, NDArray[np.float64]]]:
    """Draw faint sources in a square around a galaxy: light, moved to its place, and flux (5,)."""
    count = int(rng.poisson(density * (side * PIXEL / 60) ** 2))
    found = []
    for right, up in rng.uniform(-side / 2, side / 2, (count, 2)):
        faint = draw_faint(rng)
        light = drawn(faint.part, _NORTH_UP) if faint.part else point()
        found.append((moved(light, right, up), faint.flux))
    return found
