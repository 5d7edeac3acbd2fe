"""Raw files of galaxies made for tests."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.shards import ArchiveFile, Member, Shard
from skyloom.surveys.contract import Archive, UnreadableImageError
from skyloom.surveys.galaxies.conditions import Conditions, draw_conditions
from skyloom.surveys.galaxies.reader import open_archive
from skyloom.surveys.galaxies.settings import ReaderSettings, SimulatorSettings
from skyloom.surveys.galaxies.simulator import simulate_shard

SMALL = SimulatorSettings(
    frame_shape=(260, 300), galaxies=4, stars=2, cutouts=6, at_edge=0, bad_redshift=0
)
FIELD = "000094-3-0011"


def no_noise(
    image: NDArray[np.float32], band: int, conditions: Conditions, rng: Generator
) -> NDArray[np.float32]:
    """Stand in for `drawing.add_noise`."""
    return image


def calibrated(rng: Generator) -> Conditions:
    """Stand in for `draw_conditions`: its seeing and sky, zero points without error."""
    return replace(draw_conditions(rng), calibration=np.ones(5))


def frames_shard(*fields: str) -> Shard:
    names = [
        name
        for field in fields
        for name in (
            *(f"frame-{band}-{field}.fits.bz2" for band in "ugriz"),
            f"catalogue-{field}.csv",
        )
    ]
    members = tuple(Member(name, ArchiveFile(f"frames/94/3/{name}"), {}) for name in names)
    return Shard("fields", ArchiveFile("frames/"), {}, members)


def frame_members(*fields: str, settings: SimulatorSettings = SMALL) -> dict[str, bytes]:
    """Return simulated members by name."""
    simulated = simulate_shard(frames_shard(*fields), settings, seed=1)
    return {url.rsplit("/", 1)[1]: content for url, content in simulated.files}


def one_file(name: str, settings: SimulatorSettings = SMALL) -> bytes:
    """Return a simulated `.npz` or `.h5`."""
    shard = Shard("cutouts", ArchiveFile(name), {})
    ((_, content),) = simulate_shard(shard, settings, seed=1).files
    return content


def packed(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def labels(count: int, **columns: NDArray[np.generic]) -> NDArray[np.void]:
    """Return a label table of galaxies that are in the main sample."""
    given: dict[str, NDArray[np.generic]] = {
        "specObjID": np.arange(count) + 299_489_676_975_171_584,
        "ra": np.linspace(150, 200, count),
        "dec": np.linspace(0, 20, count),
        "z": np.full(count, 0.1),
        "dered_petro_r": np.full(count, 17.0),
        "primtarget": np.full(count, 64),
        "EBV": np.full(count, 0.05),
        **columns,
    }
    table = np.empty(count, dtype=[(name, values.dtype) for name, values in given.items()])
    for name, values in given.items():
        table[name] = values
    return table


def cube(count: int, side: int = 16) -> NDArray[np.float32]:
    """Return images (count, side, side, 5) whose value says row and band: row + band / 10."""
    rows, bands = np.arange(count)[:, None], np.arange(5) / 10
    return np.broadcast_to((rows + bands)[:, None, None, :], (count, side, side, 5)).astype("f4")


def npz(path: Path, *, compressed: bool = False, **arrays: NDArray[np.generic]) -> Path:
    file = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(file, **arrays)
    path.write_bytes(file.getvalue())
    return path


def opened(path: Path, **settings: object) -> Archive:
    return open_archive(path, ReaderSettings.model_validate(settings), {})


def reason(archive: Archive, place: int = 0) -> str:
    """Return why an offer cannot be used; empty when it can."""
    offer = archive.offers[place]
    if offer.rejected is not None:
        return offer.rejected
    try:
        archive.read(offer)
    except UnreadableImageError as error:
        return str(error)
    return ""
