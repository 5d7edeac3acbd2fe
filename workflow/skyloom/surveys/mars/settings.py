"""Options of the Mars reader and simulator."""

from typing import Annotated

from pydantic import AfterValidator, Field

from skyloom.settings.base import Settings


def _check_sols(sols: tuple[int, int]) -> tuple[int, int]:
    if not 0 <= sols[0] <= sols[1]:
        raise ValueError("expected first and last sol, neither below 0, the smaller first")
    return sols


SolRange = Annotated[tuple[int, int], AfterValidator(_check_sols)]
"""First and last sol, both included."""


class ReaderSettings(Settings):
    """How raw files of Mars are read. Only the last option concerns the labelled sets."""

    exclude_sols: tuple[SolRange, ...] = Field(
        ((949, 2224),),
        description="Ranges of Curiosity's sols, first and last, whose unlabelled images are left "
        "out; by default the val and test sols of MSL v2.1. MSL v1 has val on sols 182 to 564.",
    )
    keep_thumbnails: bool = Field(
        False, description="Keep the cameras' thumbnails among unlabelled images."
    )
    min_width: int = Field(
        100, ge=1, description="Width below which an unlabelled image is a thumbnail, in pixels."
    )
    near_duplicate_distance: int | None = Field(
        4,
        ge=0,
        le=16,
        description="Bits of 64 in which the perceptual hashes of near duplicates may differ; "
        "null = compute no hashes.",
    )


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
