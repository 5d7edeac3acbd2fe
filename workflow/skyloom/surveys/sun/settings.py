"""Options of the Sun reader and of the Sun simulator."""

from typing import Literal

from pydantic import Field, model_validator

from skyloom.settings.base import Settings

GOOD_QUALITY_BITS = 0x10600
"""Bits of QUALITY found set on whole, sound frames of MDI (0x200) and HMI (0x10400)."""


class ReaderSettings(Settings):
    """How magnetograms become videos and patches.

    Patch, cadence, length and saturation are those of Chatterjee et al. 2022 (Nature Astronomy 6,
    796); where a description says "our choice", the paper is silent.
    """

    patch_degrees: float = Field(15.0, gt=0, le=60, description="Side of a patch, in degrees.")
    degrees_per_pixel: float = Field(
        1 / 6, gt=0, le=5, description="Heliographic degrees a stored pixel."
    )
    projection: Literal["CAR", "CEA"] = Field(
        "CAR",
        description="Rows of a patch: CAR = equal steps of latitude, CEA = equal steps of its "
        "sine (equal areas).",
    )
    frames: int = Field(225, ge=1, description="Frames of a video; 225 x 96 min = 15 days.")
    cadence_seconds: float = Field(5760.0, gt=0, description="Time from frame to frame, in s.")
    saturation_gauss: float = Field(
        1000.0, gt=0, description="Field that is stored as 1; minus this is stored as 0, in gauss."
    )
    accepted_quality: int = Field(
        GOOD_QUALITY_BITS,
        ge=0,
        description="Bits of QUALITY that a sound frame may have; any other bit makes it a bad "
        "frame (our choice: the bits seen on sound frames).",
    )
    largest_missing: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of the disk without value above which a frame is bad (our choice).",
    )
    fewest_frames: int = Field(
        1, ge=1, description="Sound frames below which a video is rejected (our choice)."
    )
    limb_longitude: float = Field(
        60.0,
        gt=0,
        lt=90,
        description="Crude label: a region first seen farther east than this, in degrees from "
        "the central meridian, rotated in (non-emergence); any other emerged (our choice).",
    )
    validation_months: tuple[int, ...] = Field(
        (9, 10), description="Months (1-12) of the val split (one of the paper's five folds)."
    )
    test_months: tuple[int, ...] = Field(
        (11, 12), description="Months (1-12) of the test split (the paper's)."
    )
    segment: Literal["magnetogram", "Br"] = Field(
        "magnetogram", description="Segment read from SHARP patches: line of sight or radial."
    )
    catalogue_columns: dict[str, str] = Field(
        {},
        description="Names in regions.csv of region, first_seen, latitude, carrington_longitude, "
        "label, emergence_time, where they differ.",
    )
    label_columns: tuple[str, str] = Field(
        ("path", "label"),
        description="Columns of a label table that hold file and label: names, or numbers from 0 "
        "for a table without a header.",
    )
    memory_mb: int = Field(
        200, ge=1, le=4096, description="Memory for the videos that are built side by side, in MB."
    )

    @property
    def side(self) -> int:
        """Pixels along a patch's side."""
        return round(self.patch_degrees / self.degrees_per_pixel)

    @model_validator(mode="after")
    def _months(self) -> "ReaderSettings":
        months = (*self.validation_months, *self.test_months)
        if len(set(months)) != len(months) or not set(months) <= set(range(1, 13)):
            raise ValueError("expected months 1 to 12, none in both val and test")
        return self


class SimulatorSettings(Settings):
    """What the simulated full-disk archive looks like; its frames are those of the shard sheet."""

    regions: int = Field(
        24, ge=1, description="Active regions in each unbroken run of frames of a shard."
    )
    emerging: float = Field(
        0.5, ge=0, le=1, description="Share of regions that emerge on the visible disk."
    )
    size: int = Field(256, ge=32, le=1024, description="Side of the disks; MDI's are 1024 pixels.")
    noise_gauss: float = Field(10.0, ge=0, description="Noise of a pixel, in gauss.")
    network_gauss: float = Field(14.0, ge=0, description="Deviation of the quiet Sun, in gauss.")
    bad: float = Field(0.02, ge=0, le=0.5, description="Share of frames with a bad QUALITY.")
    absent: float = Field(
        0.02, ge=0, le=0.5, description="Share of listed frames that the archive does not have."
    )
    compressed: bool = Field(True, description="Rice-compressed in HDU 1, as JSOC exports.")
