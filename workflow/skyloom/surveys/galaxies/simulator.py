"""Simulator of galaxy archives: SDSS fields, `sdss.npz` and HDF5 files, by the shard's address."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pandas as pd

from skyloom.errors import SkyloomError
from skyloom.shards import Shard
from skyloom.surveys.galaxies.cutout_files import CutoutSet
from skyloom.surveys.galaxies.field_simulation import SimulatedField
from skyloom.surveys.galaxies.settings import SimulatorSettings
from skyloom.surveys.galaxies.sky import SkyField, field_in_name
from skyloom.surveys.simulation import Simulated


class CannotSimulateError(SkyloomError):
    """The shard's address names no format that can be simulated."""


def simulate_shard(shard: Shard, settings: SimulatorSettings, seed: int) -> Simulated:
    """Draw the part of the archive that belongs to a shard.

    Members named `frame-<band>-RRRRRR-C-FFFF.fits.bz2` and `catalogue-RRRRRR-C-FFFF.csv` become
    the files of those fields; an address that ends in `.npz`, `.h5` or `.hdf5` becomes a file of
    ready cut-outs.

    Raises:
        CannotSimulateError: the address or a member has another ending.
    """
    if shard.members:
        return _simulate_fields(shard, settings, seed)
    suffix = PurePosixPath(urlsplit(shard.file.url).path).suffix
    cutouts = CutoutSet(shard.name, settings, seed)
    if suffix == ".npz":
        return Simulated(_one(shard, cutouts.npz), cutouts.truth(cutouts.npz_ids()))
    if suffix in (".h5", ".hdf5"):
        return Simulated(_one(shard, cutouts.hdf5), cutouts.truth(cutouts.hdf5_ids()))
    raise CannotSimulateError(
        f"shard {shard.name}: {shard.file.url} cannot be simulated; expected members named like "
        "SDSS frames, or an address that ends in .npz or .h5"
    )


def _one(shard: Shard, content: Callable[[], bytes]) -> Iterator[tuple[str, bytes]]:
    yield shard.file.url, content()


def _simulate_fields(shard: Shard, settings: SimulatorSettings, seed: int) -> Simulated:
    places = [_field_of(member.name, shard.name) for member in shard.members]
    fields = {place: SimulatedField(place, settings, seed) for place in sorted(set(places))}
    truth = pd.concat([field.truth() for field in fields.values()], ignore_index=True)
    return Simulated(_files(shard, [fields[place] for place in places]), truth)


def _files(shard: Shard, fields: Sequence[SimulatedField]) -> Iterator[tuple[str, bytes]]:
    for member, field in zip(shard.members, fields, strict=True):
        name = PurePosixPath(member.name).name
        is_frame = name.startswith("frame-")
        content = field.frame(name.split("-")[1]) if is_frame else field.catalogue()
        yield member.file.url, content


def _field_of(name: str, shard: str) -> SkyField:
    place = field_in_name(name)
    if place is None:
        raise CannotSimulateError(
            f"shard {shard}: member {name} is neither frame-<band>-RRRRRR-C-FFFF.fits.bz2 nor "
            "catalogue-RRRRRR-C-FFFF.csv"
        )
    return place
