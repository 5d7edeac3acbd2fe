"""Settings of the galaxies' reader and simulator."""

from typing import Literal

from pydantic import Field, field_validator

from skyloom.settings.base import Settings
from skyloom.surveys.splitting import Shares


class ReaderSettings(Settings):
    """How raw files become images of galaxies."""

    cutout: int = Field(
        107, ge=8, le=2048, description="Side of the square cut from SDSS frames, in pixels."
    )
    pixel_scale: float = Field(
        0.396, gt=0, description="Side of a pixel of that square, in arcsec; SDSS has 0.396."
    )
    crop: int | None = Field(
        None,
        ge=8,
        description="Side of the centre kept of ready cut-outs and pictures, in pixels; null = "
        "all of it.",
    )
    deredden: bool = Field(
        True,
        description="Undo the Milky Way's extinction in ugriz flux; a galaxy without a known "
        "extinction is rejected then. Pictures and other bands stay as they are.",
    )
    redshift_range: tuple[float, float] = Field(
        (0.0, 0.4), description="Smallest and largest redshift of the study."
    )
    outside_redshift: Literal["reject", "leave out"] = Field(
        "reject",
        description="What happens to galaxies with a redshift outside: an index row that says so, "
        "or no row and a count in the log.",
    )
    main_sample: Literal["published", "bit", "all"] = Field(
        "published",
        description="Cut on sdss.npz. published = dered_petro_r <= 17.8 & z <= 0.4 & primtarget "
        ">= 64 as in the literature; bit = the same with bit 64 of primtarget set; all = no cut.",
    )
    columns: dict[str, str] = Field(
        {},
        description="Header of the table's column for: id, file, ra, dec, redshift, "
        "redshift_error, ebv, petro_r, label; those not named are found by their usual headers.",
    )
    labels: dict[str, str] = Field(
        {},
        description="Class name of each value in the label column; a value that is not here "
        "rejects its image. Empty = the values are the names.",
    )
    stack: str | None = Field(
        None, description="Name of the .npy member that holds all cut-outs, where there are more."
    )
    cell_degrees: float = Field(
        1.0,
        gt=0,
        le=30,
        description="Side of the sky cells that group galaxies without an SDSS field, in degrees.",
    )
    shares: Shares = Field(
        (0.8, 0.1, 0.1), description="Shares of the sky fields that go to train, val and test."
    )

    @field_validator("redshift_range")
    @classmethod
    def _ordered(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not value[0] < value[1]:
            raise ValueError("expected two redshifts, the smaller first")
        return value


class SimulatorSettings(Settings):
    """What the simulated sky holds and how large its files are."""

    frame_shape: tuple[int, int] = Field(
        (1489, 2048), description="Rows and columns of a frame; SDSS has 1489 and 2048."
    )
    galaxies: int = Field(12, ge=1, description="Galaxies of the catalogue in each field.")
    stars: int = Field(6, ge=0, description="Stars in each field.")
    neighbours: float = Field(
        1.6,
        ge=0,
        description="Fainter galaxies and stars per square arcmin around those of the catalogue.",
    )
    cutouts: int = Field(64, ge=1, description="Galaxies in an .npz or .h5 file.")
    at_edge: float = Field(
        0.03, ge=0, le=1, description="Share of the galaxies too near a frame's edge to be cut."
    )
    bad_redshift: float = Field(
        0.01, ge=0, le=1, description="Share of the galaxies with a negative catalogue redshift."
    )
