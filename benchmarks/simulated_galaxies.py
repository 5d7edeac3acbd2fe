"""What the simulated sky of galaxies holds: its redshifts, and what colours and forms say of them.

1. Galaxies drawn as 107 x 107 cut-outs a second, and milliseconds for the magnitudes of one.
2. Gradient boosting from the measured magnitudes to the redshift, in five folds of whole fields;
   then with the true form besides (radius, Sersic index, axis ratio, bulge, arms, class), and with
   what the light is mixed of. sigma_MAD of (z - z_true) / (1 + z_true), 95 % intervals over fields,
   and the ratio to colours alone on the same galaxies.
3. With --picture and --real: galaxies drawn beside real ones of a Galaxy Zoo 1 folder.

    python benchmarks/simulated_galaxies.py [--galaxies 5000] [--seed 0]
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.stats import mad_std
from numpy.typing import NDArray
from PIL import Image
from sklearn.ensemble import HistGradientBoostingRegressor

from skyloom.surveys.contract import Archive
from skyloom.surveys.galaxies.cutout_files import HDF5_SIDE, CutoutSet
from skyloom.surveys.galaxies.display import thumbnail
from skyloom.surveys.galaxies.dust import deredden
from skyloom.surveys.galaxies.photometry import asinh_magnitudes, measure
from skyloom.surveys.galaxies.reader import open_archive
from skyloom.surveys.galaxies.settings import ReaderSettings, SimulatorSettings
from skyloom.surveys.galaxies.sky import BANDS

FOLDS, RESAMPLES, SIDE, COLUMNS = 5, 300, 120, 6
FORM = ("radius_arcsec", "sersic", "axis_ratio", "bulge_share", "arms")
MIXTURE = ("young", "own_extinction")
CLASSES = {"0": "elliptical", "1": "spiral", "2": "spiral", "3": "edge-on", "5": "merger", "4": ""}
ROWS = ("elliptical", "spiral", "edge-on", "merger")
Table = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--galaxies", type=int, default=5000, help="cut-outs drawn")
    parser.add_argument("--seed", type=int, default=0, help="of the sky")
    parser.add_argument("--picture", type=Path, default=None, help="JPEG of the grid to write")
    parser.add_argument("--real", type=Path, default=None, help="folder smallGZ1 for the grid")
    given = parser.parse_args()
    settings = SimulatorSettings(cutouts=given.galaxies)
    cutouts = CutoutSet("benchmark", settings, given.seed)
    if given.picture is not None:
        draw_grid(cutouts, given.real, given.picture)
        return
    truth = cutouts.truth(cutouts.hdf5_ids())
    redshifts = truth["redshift"].to_numpy()
    magnitudes = measured(cutouts)
    spread = np.percentile(redshifts, [1, 25, 50, 75, 99])
    print("redshifts: 1, 25, 50, 75, 99 %", " ".join(f"{value:.3f}" for value in spread))
    compare(magnitudes, truth, np.arange(given.galaxies) // settings.galaxies)


def measured(cutouts: CutoutSet) -> Table:
    """Return measured dereddened magnitudes (N, 5), and say how fast that was."""
    drawing = measuring = 0.0
    rows = []
    for number, placed in enumerate(cutouts.galaxies):
        started = time.process_time()
        image = cutouts.image(number, HDF5_SIDE)
        drawn = time.process_time()
        rows.append(asinh_magnitudes(measure(deredden(image, placed.ebv))))
        measuring += time.process_time() - drawn
        drawing += drawn - started
    print(
        f"{len(rows) / drawing:.0f} drawn a second, {1e3 * measuring / len(rows):.2f} ms measured"
    )
    return np.array(rows)


def compare(magnitudes: Table, truth: pd.DataFrame, fields: NDArray[np.int64]) -> None:
    redshifts = truth["redshift"].to_numpy()
    colours = np.hstack([magnitudes, -np.diff(magnitudes, axis=1)])
    classes = truth["morphology"].astype("category").cat.codes.to_numpy()[:, None]
    form = np.hstack([truth[list(FORM)].abs().to_numpy(), classes])
    mixture = truth[list(MIXTURE)].to_numpy()
    exact = np.stack([-2.5 * np.log10(truth[f"flux_{band}"]) for band in BANDS], axis=1)
    given = {
        "colours": colours,
        "colours, form": np.hstack([colours, form]),
        "colours, form, mixture": np.hstack([colours, form, mixture]),
        "true colours": np.hstack([exact, -np.diff(exact, axis=1)]),
    }
    errors = {name: scaled_errors(values, redshifts, fields) for name, values in given.items()}
    chosen = resampled(fields)
    for name, error in errors.items():
        scatter = [mad_std(error[rows]) for rows in chosen]
        ratios = [mad_std(error[rows]) / mad_std(errors["colours"][rows]) for rows in chosen]
        print(
            f"{name:24s} sigma_MAD {mad_std(error):.4f} {said(scatter)}, outliers "
            f"{np.mean(np.abs(error) > 0.05):.4f}, ratio {said(ratios)}"
        )


def scaled_errors(values: Table, redshifts: Table, fields: NDArray[np.int64]) -> Table:
    """Return (z - z_true) / (1 + z_true), each galaxy predicted from other fields."""
    fold = np.random.default_rng(0).permutation(fields.max() + 1)[fields] % FOLDS
    found = np.empty(len(redshifts))
    for number in range(FOLDS):
        held = fold == number
        model = HistGradientBoostingRegressor(
            max_iter=250, learning_rate=0.05, min_samples_leaf=15, random_state=0
        )
        found[held] = model.fit(values[~held], redshifts[~held]).predict(values[held])
    error: Table = (found - redshifts) / (1 + redshifts)
    return error


def resampled(fields: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    rng = np.random.default_rng(1)
    rows = [np.flatnonzero(fields == field) for field in range(fields.max() + 1)]
    return [
        np.concatenate([rows[field] for field in rng.integers(0, len(rows), len(rows))])
        for _ in range(RESAMPLES)
    ]


def said(values: list[float]) -> str:
    low, high = np.percentile(values, [2.5, 97.5])
    return f"[{low:.4f}, {high:.4f}]"


def draw_grid(cutouts: CutoutSet, real: Path, path: Path) -> None:
    """Draw a row for each class: simulated galaxies to the left, real ones to the right."""
    settings = ReaderSettings(labels=CLASSES, crop=212)
    archive = open_archive(real, settings, {})
    rows = [
        np.hstack(
            [*simulated(cutouts, name), np.full((SIDE, 10, 3), 255, np.uint8), *zoo(archive, name)]
        )
        for name in ROWS
    ]
    Image.fromarray(np.vstack(rows)).save(path, quality=92)


def simulated(cutouts: CutoutSet, name: str) -> list[NDArray[np.uint8]]:
    """Return thumbnails of bright galaxies, scaled to their size as Galaxy Zoo's are."""
    found = []
    for number, placed in enumerate(cutouts.galaxies):
        galaxy = placed.galaxy
        if galaxy.morphology != name or galaxy.magnitude > 16.8:
            continue
        radius = galaxy.parts[0].radius * galaxy.parts[0].axis_ratio ** 0.5 / 0.396
        cut = int(max(0, (HDF5_SIDE - 11 * radius) // 2))
        shown = thumbnail(cutouts.image(number, HDF5_SIDE))[::-1]
        found.append(framed(shown[cut : HDF5_SIDE - cut, cut : HDF5_SIDE - cut]))
        if len(found) == COLUMNS:
            break
    return found


def zoo(archive: Archive, name: str) -> list[NDArray[np.uint8]]:
    offers = [offer for offer in archive.offers if offer.label == name]
    chosen = np.random.default_rng(0).choice(len(offers), COLUMNS, replace=False)
    return [framed(archive.read(offers[at]).pixels.transpose(1, 2, 0)) for at in chosen]


def framed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a square of `SIDE` pixels with a white edge."""
    size = (SIDE - 2, SIDE - 2)
    scaled = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
    return np.pad(scaled, ((1, 1), (1, 1), (0, 0)), constant_values=255)


if __name__ == "__main__":
    main()
