"""Options of the Mars simulator."""

from pydantic import Field

from skyloom.settings.base import Settings


class SimulatorSettings(Settings):
    """How large the simulated MSL archive is, and how its sols are split."""

    images: int = Field(600, ge=24, description="Images in each shard.")
    sols: int = Field(60, ge=3, description="Sols (groups) in each shard.")
    val_from: int = Field(75, ge=1, description="First sol of the val list.")
    test_from: int = Field(98, ge=1, description="First sol of the test list.")
    image_size: int = Field(128, ge=16, description="Side of the simulated JPEGs, in pixels.")
    copies: float = Field(
        0.1, ge=0, le=1, description="Share of images that also come mirrored, as in MSL v2.1."
    )
    damaged: float = Field(0.004, ge=0, le=0.5, description="Share of JPEGs cut short.")
