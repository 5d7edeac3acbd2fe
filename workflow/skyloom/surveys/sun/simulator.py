"""A simulated archive of MDI full disks with a catalogue of the active regions on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.shards import Member, Shard
from skyloom.surveys.simulation import Simulated
from skyloom.surveys.sun.bipoles import Bipole, draw_bipoles, fragments, growth
from skyloom.surveys.sun.catalogue import Region
from skyloom.surveys.sun.disk import coordinates
from skyloom.surveys.sun.mdi import disk_header, encode_disk, observe_from
from skyloom.surveys.sun.settings import SimulatorSettings
from skyloom.surveys.sun.sky import Network, active_field, expose, view_disk
from skyloom.surveys.sun.times import meridian_distance, time_in_name, to_tai

CATALOGUE = "regions.csv"

_PAUSE = timedelta(days=5)
"""A longer gap between frames starts another season, with other regions."""

_DETECTION = 40.0
"""Foreshortened field above which a region gets into the catalogue, gauss."""

_FARTHEST = 75.0
"""Degrees from the central meridian beyond which nothing gets into the catalogue."""


@dataclass(frozen=True)
class _Season:
    """Frames without a long gap, and what is on the Sun meanwhile."""

    frames: Sequence[tuple[datetime, Member]]
    bipoles: Sequence[Bipole]


def simulate_shard(shard: Shard, settings: SimulatorSettings, seed: int) -> Simulated:
    """Draw one shard's full disks and catalogue.

    The members of the shard sheet say what there is: disks, whose names carry their times, and
    `regions.csv`. Some listed disks the archive lacks, some have a bad QUALITY.
    """
    seasons = _plan(shard, settings, seed)
    found = [
        (bipole, region)
        for season in seasons
        for bipole in season.bipoles
        if (region := _detect(bipole, season)) is not None
    ]
    return Simulated(
        files=_draw(shard, seasons, [region for _, region in found], settings, seed),
        truth=pd.DataFrame([_truth(bipole, region) for bipole, region in found]),
    )


def _plan(shard: Shard, settings: SimulatorSettings, seed: int) -> list[_Season]:
    timed = [(time_in_name(member.name), member) for member in shard.members]
    frames = sorted(
        ((time, member) for time, member in timed if time is not None), key=lambda pair: pair[0]
    )
    runs: list[list[tuple[datetime, Member]]] = []
    for frame in frames:
        if not runs or frame[0] - runs[-1][-1][0] > _PAUSE:
            runs.append([])
        runs[-1].append(frame)
    return [_season(run, settings, seed) for run in runs]


def _season(
    frames: Sequence[tuple[datetime, Member]], settings: SimulatorSettings, seed: int
) -> _Season:
    first, last = frames[0][0], frames[-1][0]
    prefix = f"SIM{to_tai(first):%y%m}"
    rng = _stream(seed, prefix)
    return _Season(
        frames,
        draw_bipoles(rng, first, last, settings.regions, settings.emerging, prefix),
    )


def _detect(bipole: Bipole, season: _Season) -> Region | None:
    """Return the region as a catalogue has it: where and when a simple threshold first sees it."""
    for time, _ in season.frames:
        distance = meridian_distance(bipole.longitude, time)
        foreshortened = bipole.peak * growth(bipole, time) * np.cos(np.radians(distance)) ** 2
        if abs(distance) < _FARTHEST and foreshortened > _DETECTION:
            return Region(bipole.name, time, round(bipole.latitude, 2), round(bipole.longitude, 2))
    return None


def _truth(bipole: Bipole, region: Region) -> dict[str, object]:
    return {
        "image_id": region.image_id,
        "label": bipole.kind,
        "emergence_time": bipole.emergence,
        "first_seen": region.first_seen,
        "meridian_passage": bipole.passage,
        "latitude": bipole.latitude,
        "carrington_longitude": bipole.longitude,
        "peak_gauss": bipole.peak,
        "separation_degrees": bipole.separation,
        "tilt_degrees": bipole.tilt,
        "leading_polarity": bipole.leading,
        "growth_days": bipole.growth_days,
    }


def _draw(
    shard: Shard,
    seasons: Sequence[_Season],
    regions: Sequence[Region],
    settings: SimulatorSettings,
    seed: int,
) -> Iterator[tuple[str, bytes]]:
    for member in shard.members:
        if member.name == CATALOGUE:
            yield member.file.url, _catalogue(regions)
    for season in seasons:
        network = Network(_stream(seed, f"network {season.frames[0][0]}"), settings.network_gauss)
        for time, member in season.frames:
            rng = _stream(seed, member.name)
            fate = rng.uniform()
            if fate >= settings.absent:
                bad = fate < settings.absent + settings.bad
                content = _disk(time, season.bipoles, network, rng, settings, bad)
                yield member.file.url, content


def _catalogue(regions: Sequence[Region]) -> bytes:
    lines = ["region,first_seen,latitude,carrington_longitude"]
    for region in regions:
        seen = region.first_seen.isoformat() if region.first_seen else ""
        lines.append(f"{region.name},{seen},{region.latitude},{region.longitude}")
    return ("\n".join(lines) + "\n").encode()


def _disk(
    time: datetime,
    bipoles: Sequence[Bipole],
    network: Network,
    rng: Generator,
    settings: SimulatorSettings,
    bad: bool,
) -> bytes:
    observer = observe_from(time)
    header = disk_header(time, observer, settings.size)
    view = view_disk(
        coordinates(header), settings.size, observer.longitude, observer.latitude, observer.distance
    )
    radial = network.at(view, time)
    for bipole in bipoles:
        near_side = abs(meridian_distance(bipole.longitude, time)) < 105
        if near_side and growth(bipole, time) > 0.01:
            radial += active_field(view, fragments(bipole, time))
    image = expose(view, radial, rng, settings.noise_gauss)
    return encode_disk(_spoil(image, rng) if bad else image, header, bad, settings.compressed)


def _spoil(image: NDArray[np.float32], rng: Generator) -> NDArray[np.float32]:
    """Return a frame with lost telemetry: stripes without value and stripes of nonsense."""
    spoilt = image.copy()
    spoilt[rng.uniform(size=len(image)) < 0.3] = np.nan
    spoilt[rng.uniform(size=len(image)) < 0.3] *= -20
    return spoilt


def _stream(seed: int, key: str) -> Generator:
    return np.random.default_rng([seed, *key.encode()])
