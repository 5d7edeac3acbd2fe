"""Simulated archives of the aurora: an OATH tarball, a stream0 site-hour, an L1 CDF hour.

Which of them a shard is follows from its address and its members' names, as in the real archives.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from skyloom.errors import SkyloomError
from skyloom.shards import Shard
from skyloom.surveys.aurora.camera import Camera
from skyloom.surveys.aurora.frames import Frame
from skyloom.surveys.aurora.names import FrameName, parse_name
from skyloom.surveys.aurora.nights import Night
from skyloom.surveys.aurora.raw_formats import level1_cdf, minute_file, stream0_frame
from skyloom.surveys.aurora.scenes import SCENES, draw_frame
from skyloom.surveys.aurora.settings import SimulatorSettings
from skyloom.surveys.aurora.simulated_oath import damaged_places, simulate_oath
from skyloom.surveys.aurora.stations import LONGITUDES, night_of
from skyloom.surveys.simulation import Simulated

_TARBALL = re.compile(r"\.(tgz|tar\.gz)$")
_HOUR = re.compile(r"thg_l1_asf_(?P<station>[a-z]{4})_(?P<hour>\d{10})_v\d+\.cdf$")
_SCENE_SECONDS = 1500.0
_CADENCE = 3.0


class UnknownShardError(SkyloomError):
    """A shard's address is none that the simulator can write."""


def simulate_shard(shard: Shard, settings: SimulatorSettings, seed: int) -> Simulated:
    """Draw the files of one shard.

    Args:
        shard: its address ends in `.tgz` (OATH) or is an L1 `asf` hour, or its members are
            stream0 minute files.
        settings: sizes.
        seed: of everything drawn.

    Raises:
        UnknownShardError: another address.
    """
    url = urlsplit(shard.file.url).path
    hour = _HOUR.search(url)
    if _TARBALL.search(url):
        return simulate_oath(shard.file.url, settings, seed)
    if hour is not None:
        start = datetime.strptime(hour["hour"], "%Y%m%d%H").replace(tzinfo=UTC)
        return _hour(shard.file.url, hour["station"], start, settings, seed)
    if shard.members:
        return _minutes(shard, settings, seed)
    raise UnknownShardError(
        f"shard {shard.name}: the aurora simulator writes .tgz, thg_l1_asf_<site>_<hour>_v01.cdf "
        f"and members <date>_<minute>_<site>_<imager>_full.pgm.gz; the address is {shard.file.url}"
    )


@dataclass(frozen=True)
class _Sky:
    """What an imager saw at one moment: its night, seconds into it, and the class of the sky."""

    night: Night
    seconds: float
    kind: str

    @classmethod
    def at(cls, station: str, time: datetime, seed: int) -> "_Sky":
        """Return the sky over a station; its class changes every 25 minutes."""
        date = night_of(time, LONGITUDES.get(station, 0))
        night = Night(f"{station}-{date}", seed)
        seconds = (time - datetime.strptime(date, "%Y%m%d").replace(tzinfo=UTC)).total_seconds()
        number = int(seconds // _SCENE_SECONDS)
        kinds = list(SCENES)
        chosen = int(night.stream(f"class {number}").integers(len(kinds)))
        return cls(night, seconds, kinds[chosen])


def _minutes(shard: Shard, settings: SimulatorSettings, seed: int) -> Simulated:
    names = {member.file.url: _minute_name(member.name) for member in shard.members}
    rows = [
        _truth(_frame(said, time), _Sky.at(said.station, time, seed))
        for said in names.values()
        for time in _times_in_minute(said, settings)
    ]
    return Simulated(_minute_files(names, settings, seed), pd.DataFrame(rows))


def _minute_files(
    names: dict[str, FrameName], settings: SimulatorSettings, seed: int
) -> Iterator[tuple[str, bytes]]:
    damaged = damaged_places(len(names), settings.damaged, seed)
    for place, (url, said) in enumerate(names.items()):
        content = _minute(said, settings, seed)
        yield url, content[: len(content) * 2 // 3] if place in damaged else content


def _minute_name(name: str) -> FrameName:
    said = parse_name(name)
    if said is None:
        raise UnknownShardError(
            f"member {name}: expected <date>_<minute>_<site>_<imager>_full.pgm.gz"
        )
    return said


def _times_in_minute(said: FrameName, settings: SimulatorSettings) -> Iterator[datetime]:
    step = 60 / settings.frames_per_minute
    for number in range(settings.frames_per_minute):
        yield said.time + timedelta(seconds=number * step, microseconds=63119)


def _minute(said: FrameName, settings: SimulatorSettings, seed: int) -> bytes:
    camera = Camera(settings.image_size)
    frames = []
    for time in _times_in_minute(said, settings):
        sky = _Sky.at(said.station, time, seed)
        counts = draw_frame(sky.kind, sky.night, sky.seconds, camera)
        frames.append(stream0_frame(counts, _header(said, time)))
    return minute_file(frames)


def _header(said: FrameName, time: datetime) -> dict[str, str]:
    return {
        "Project unique ID": "THEMIS",
        "Site unique ID": said.station,
        "Imager unique ID": said.imager,
        "Geodetic Longitude": f"{LONGITUDES.get(said.station, 0):.4f}",
        "Mode unique ID": said.channel,
        "Image request start": f"{time:%Y-%m-%d %H:%M:%S.%f} UTC",
        "Exposure options": "WIDTH=512 HEIGHT=256 XBIN=2 YBIN=1 XOFFSET=126 YOFFSET=22 MSEC=999",
    }


def _frame(said: FrameName, time: datetime) -> Frame:
    return Frame(said.station, said.imager, said.channel, time, "")


def _truth(frame: Frame, sky: _Sky) -> dict[str, object]:
    return {"image_id": frame.name, "class": sky.kind, "night": sky.night.name, "time": frame.time}


def _hour(
    url: str, station: str, start: datetime, settings: SimulatorSettings, seed: int
) -> Simulated:
    times = [
        start + timedelta(seconds=number * _CADENCE) for number in range(settings.frames_per_hour)
    ]
    rows = [
        _truth(Frame(station, "themis", "asf", time, ""), _Sky.at(station, time, seed))
        for time in times
    ]
    draw = partial(_hour_file, station, times, settings, seed)
    return Simulated(((address, draw()) for address in (url,)), pd.DataFrame(rows))


def _hour_file(
    station: str, times: list[datetime], settings: SimulatorSettings, seed: int
) -> bytes:
    camera = Camera(settings.image_size)
    frames = np.empty((len(times), settings.image_size, settings.image_size), dtype=np.uint16)
    for number, time in enumerate(times):
        sky = _Sky.at(station, time, seed)
        frames[number] = draw_frame(sky.kind, sky.night, sky.seconds, camera)
    return level1_cdf(station, frames, np.array([time.timestamp() for time in times]))
