"""Simulated `sdss.npz` and HDF5 files: ready cut-outs, north up, with their labels."""

import io
from collections.abc import Sequence

import h5py
import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.surveys.galaxies.drawing import PIXEL, add_noise, add_source, draw_seeing, profile
from skyloom.surveys.galaxies.dust import R_DR12, transmission
from skyloom.surveys.galaxies.field_simulation import Placed, truth_row
from skyloom.surveys.galaxies.population import draw_galaxy, extinction_map
from skyloom.surveys.galaxies.settings import SimulatorSettings
from skyloom.surveys.galaxies.sky import SkyField, objid_of

NPZ_SIDE, HDF5_SIDE = 64, 107
_NORTH_UP = np.array([[-PIXEL, 0.0], [0.0, PIXEL]])
_PLACE = SkyField(94, 1, 11)
"""The field in the object names, which say nothing of where these galaxies are."""
_GALAXY, _QUASAR = 64, 4
"""Bits of primtarget."""


class CutoutSet:
    """Galaxies all over the sky, drawn from (seed, the shard's name)."""

    def __init__(self, name: str, settings: SimulatorSettings, seed: int) -> None:
        self._name, self._seed = name, seed
        rng = self._rng("sky")
        self.galaxies = [self._draw(rng) for _ in range(settings.cutouts)]
        bad = rng.uniform(size=settings.cutouts) < settings.bad_redshift
        self._redshifts = [
            -0.0004 if wrong else placed.galaxy.redshift
            for wrong, placed in zip(bad, self.galaxies, strict=True)
        ]
        self._targets = np.where(rng.uniform(size=settings.cutouts) < 0.1, _QUASAR, _GALAXY)

    def npz(self) -> bytes:
        """Return an `.npz` with `cube` (N, 64, 64, 5) and `labels`, stored, as published."""
        file = io.BytesIO()
        np.savez(file, cube=self._images(NPZ_SIDE).transpose(0, 2, 3, 1), labels=self._labels())
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
            out.create_dataset("images", data=self._images(HDF5_SIDE), chunks=True)
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

    def _draw(self, rng: Generator) -> Placed:
        ra, dec = float(rng.uniform(120, 240)), float(rng.uniform(0, 60))
        return Placed(draw_galaxy(rng), ra, dec, extinction_map(ra, dec, self._seed))

    def _objids(self) -> list[int]:
        return [objid_of(_PLACE, number + 1) for number in range(len(self.galaxies))]

    def _images(self, side: int) -> NDArray[np.float32]:
        """Return all cut-outs (N, 5, side, side), nanomaggies."""
        images = np.empty((len(self.galaxies), 5, side, side), dtype=np.float32)
        for number, placed in enumerate(self.galaxies):
            rng = self._rng(f"image {number}")
            light, seeing = profile(placed.galaxy, _NORTH_UP), draw_seeing(rng)
            fluxes = placed.galaxy.flux * transmission(placed.ebv)
            for band in range(5):
                image = np.zeros((side, side))
                middle = (side - 1) / 2
                add_source(image, light, fluxes[band], (middle, middle), seeing[band])
                images[number, band] = add_noise(image, band, rng)
        return images

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
