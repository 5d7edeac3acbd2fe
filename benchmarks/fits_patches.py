"""FITS patches and cut-outs per second, and the memory that a large `sdss.npz` takes.

Three parts, each side in turn (A B A B) on one thread, compared round by round:

1. 100 FITS patches of 107 x 107 pixels from bytes to array and header, against `fits.getdata`.
2. Galaxies cut from five frames of 2048 x 1489 with WCS, north up, against `Cutout2D` and
   `reproject_interp` of the same order.
3. Peak memory of reading every galaxy of a simulated `sdss.npz` of some GB, in a process by itself.

    python benchmarks/fits_patches.py [--galaxies 30000] [--folder FOLDER] [--keep]
"""

import argparse
import io
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rows
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS
from reproject import reproject_interp

from skyloom.surveys.fits import read_fits
from skyloom.surveys.galaxies.cutouts import Frame, cut, frame_from
from skyloom.surveys.galaxies.frame_files import frame_header
from skyloom.surveys.galaxies.reader import open_archive
from skyloom.surveys.galaxies.settings import ReaderSettings
from skyloom.surveys.galaxies.sky import BANDS, SkyField

PATCHES, SIDE, SCALE, CUTS, ROUNDS = 100, 107, 0.396, 12, 5
SHAPE, CENTRE = (1489, 2048), (184.3, 41.2)
Timed = Callable[[], None]


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--galaxies", type=int, default=30_000, help="rows of the .npz file")
    parser.add_argument("--folder", type=Path, default=None, help="where it is written for a while")
    parser.add_argument("--read", type=Path, default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read is not None:
        read_npz(given.read)
        return
    # First: a process starts with the peak memory of the one that started it.
    measure_npz(given.galaxies, given.folder)
    patches = made_patches()
    frames = made_frames()
    places = made_places(frames[2])
    made = [
        compare(
            f"FITS patches of {SIDE} px",
            "`fits.getdata`",
            (lambda: ours_patches(patches), lambda: plain_patches(patches)),
            PATCHES,
        ),
        compare(
            "galaxies cut from five SDSS frames",
            "`Cutout2D`, `reproject_interp`",
            (lambda: ours_cuts(frames, places), lambda: plain_cuts(frames, places)),
            CUTS,
        ),
    ]
    rows.tell("Archives", made, given.keep)


def compare(what: str, other: str, sides: tuple[Timed, Timed], count: int) -> rows.Row:
    rates: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(ROUNDS + 1):
        for name, work in zip(rates, sides, strict=True):
            rates[name].append(rate(work, count))
    ours, plain = (values[1:] for values in rates.values())  # the first warms up
    for side, values in (("ours", ours), ("plain", plain)):
        print(f"{side:6s}", " ".join(f"{value:7.1f}" for value in values), "a second")
    return rows.Row(
        what=what,
        here=f"{rows.median(ours)} /s",
        other=f"{rows.median(plain)} ({other})",
        ratio=rows.ratio(ours, plain),
    )


def rate(work: Timed, count: int) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def made_header(shape: tuple[int, int], band: str = "r") -> fits.Header:
    return frame_header(SkyField(94, 3, 11), band, shape, CENTRE, turn=5.0)


def made_patches() -> list[bytes]:
    pixels = np.random.default_rng(0).normal(0, 0.03, (PATCHES, SIDE, SIDE)).astype(np.float32)
    contents = []
    for patch in pixels:
        file = io.BytesIO()
        fits.PrimaryHDU(patch, made_header((SIDE, SIDE))).writeto(file)
        contents.append(file.getvalue())
    return contents


def ours_patches(patches: list[bytes]) -> None:
    for content in patches:
        read_fits(content)


def plain_patches(patches: list[bytes]) -> None:
    for content in patches:
        data, _ = fits.getdata(io.BytesIO(content), header=True)
        np.asarray(data, dtype=np.float32)


def made_frames() -> list[Frame]:
    rng = np.random.default_rng(0)
    return [
        frame_from(rng.normal(0, 0.03, SHAPE).astype(np.float32), made_header(SHAPE, band))
        for band in BANDS
    ]


def made_places(frame: Frame) -> list[tuple[float, float]]:
    spots = np.random.default_rng(1).uniform(100, 1380, (CUTS, 2))
    return [(float(ra), float(dec)) for ra, dec in frame.wcs.all_pix2world(spots, 0)]


def ours_cuts(frames: list[Frame], places: list[tuple[float, float]]) -> None:
    for ra, dec in places:
        np.stack([cut(frame, ra, dec, SIDE, SCALE)[0] for frame in frames])


def plain_cuts(frames: list[Frame], places: list[tuple[float, float]]) -> None:
    for ra, dec in places:
        grid = WCS(naxis=2)
        grid.wcs.ctype, grid.wcs.crval = ["RA---TAN", "DEC--TAN"], [ra, dec]
        grid.wcs.cdelt, grid.wcs.crpix = [-SCALE / 3600, SCALE / 3600], [SIDE / 2 + 0.5] * 2
        np.stack([plain_cut(frame, grid, SkyCoord(ra, dec, unit="deg")) for frame in frames])


def plain_cut(frame: Frame, grid: WCS, place: SkyCoord) -> np.ndarray:
    rough = Cutout2D(frame.pixels, place, 1.5 * SIDE, wcs=frame.wcs)
    resampled: np.ndarray = reproject_interp(
        (rough.data, rough.wcs), grid, (SIDE, SIDE), order="bicubic", return_footprint=False
    )
    return resampled


def measure_npz(galaxies: int, folder: Path | None) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as here:
        path = Path(here) / "sdss.npz"
        write_npz(path, galaxies)
        print(f"sdss.npz      {galaxies} galaxies, {path.stat().st_size / 2**30:.2f} GiB")
        subprocess.run([sys.executable, __file__, "--read", str(path)], check=True)


def write_npz(path: Path, galaxies: int) -> None:
    """Write a file like the published one, a block of galaxies at a time."""
    rng = np.random.default_rng(0)
    block = rng.normal(0, [0.03, 0.02, 0.03, 0.04, 0.1], (500, 64, 64, 5)).astype(np.float32)
    block[:, 28:36, 28:36] += np.arange(1, 6)  # as galaxies are, brighter from band to band
    columns = [("specObjID", "i8"), ("ra", "f8"), ("dec", "f8"), ("z", "f8"), ("EBV", "f8")]
    columns += [("dered_petro_r", "f8"), ("primtarget", "i8")]
    columns += [(f"other{number}", "f8") for number in range(57)]  # 64 columns in all
    labels = np.zeros(galaxies, dtype=columns)
    labels["specObjID"] = np.arange(galaxies) + 299_489_676_975_171_584
    labels["ra"], labels["dec"] = rng.uniform(0, 360, galaxies), rng.uniform(-5, 60, galaxies)
    labels["z"], labels["EBV"], labels["primtarget"] = 0.1, 0.05, 64
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("labels.npy", "w") as member:
            np.lib.format.write_array(member, labels, allow_pickle=False)
        with archive.open("cube.npy", "w", force_zip64=True) as member:
            header = {"descr": "<f4", "fortran_order": False, "shape": (galaxies, 64, 64, 5)}
            np.lib.format.write_array_header_1_0(member, header)
            for first in range(0, galaxies, len(block)):
                member.write(block[: galaxies - first].data)


def read_npz(path: Path) -> None:
    before = peak_megabytes()
    started = time.perf_counter()
    archive = open_archive(path, ReaderSettings(), {})
    listed = time.perf_counter() - started
    for offer in archive.offers:
        archive.read(offer)
    elapsed = time.perf_counter() - started
    print(f"  listed in {listed:.1f} s, {len(archive.offers) / elapsed:.0f} galaxies a second")
    print(f"  peak memory {peak_megabytes():.0f} MB, of which imports {before:.0f} MB")


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main()
