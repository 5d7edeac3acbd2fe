"""Settings of the aurora survey: how raw files are read, and how the simulated sky is drawn."""

from typing import Literal

from pydantic import Field

from skyloom.settings.base import Settings
from skyloom.surveys.splitting import Shares


class ReaderSettings(Settings):
    """How raw files become frames, and frames become pictures."""

    cadence: float = Field(
        60.0,
        ge=0,
        description="Seconds: of each such interval of the day the first frame of an imager and "
        "channel is kept, since frames 3 s apart are near duplicates; 0 keeps every frame.",
    )
    horizon: float = Field(
        0.85,
        gt=0,
        le=1,
        description="Radius of the sky that is kept, as a share of half the frame's shorter side; "
        "0.85 is 108.8 pixels of a 256 pixel frame, the circle of the OATH pictures.",
    )
    least_range: float = Field(
        8.0,
        ge=0,
        description="Counts between the percentiles 1 and 99 inside the horizon below which a "
        "frame shows nothing (lens closed, camera off) and is rejected.",
    )
    least_relief: float = Field(
        1.25,
        ge=0,
        description="The same range in units of that of white noise with the frame's "
        "pixel-to-pixel differences: below, a frame is rejected as dark. 1 is noise "
        "alone; 0 is off.",
    )
    most_saturated: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Share of saturated pixels inside the horizon above which a frame is rejected.",
    )
    longitudes: dict[str, float] = Field(
        {},
        description="Longitude east in degrees by station code, for stations that neither the raw "
        "file nor the list of stations places; it sets where one night ends.",
    )
    shares: Shares = Field(
        (0.7, 0.1, 0.2),
        description="Shares of the groups (station and night) that go to train, val and test.",
    )
    oath_split: Literal["grouped", 0, 1, 2, 3, 4] = Field(
        "grouped",
        description="Split of OATH pictures: grouped, by station and night; or 0 to 4, a published "
        "random row, in which 9 of 10 test pictures have a neighbour in time in train.",
    )
    oath_block: int = Field(
        100,
        ge=1,
        description="Pictures in a row that form a group where OATH's station and time of each "
        "picture are missing.",
    )


class SimulatorSettings(Settings):
    """How large the simulated archive is."""

    image_size: int = Field(256, ge=32, description="Side of the frames, in pixels.")
    pictures: int = Field(480, ge=6, description="Pictures in an OATH tarball.")
    nights: int = Field(48, ge=3, description="Nights of an OATH tarball, over all stations.")
    frames_per_minute: int = Field(20, ge=1, le=20, description="Frames in a stream0 minute file.")
    frames_per_hour: int = Field(1200, ge=1, le=1200, description="Frames in a CDF hour file.")
    damaged: float = Field(
        0.004, ge=0, le=0.5, description="Share of OATH pictures and minute files cut short."
    )
