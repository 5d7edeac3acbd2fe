"""Settings of the stage that prepares images."""

from pydantic import Field

from skyloom.settings.base import Settings


class PrepareSettings(Settings):
    """How raw files become the image store."""

    image_size: int | None = Field(
        None,
        ge=8,
        le=4096,
        description="Side of the stored square images, in pixels; null = as the reader gives them.",
    )
    max_rejected: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Share of unreadable images in a shard above which prepare fails.",
    )
    limit: int | None = Field(
        None,
        ge=1,
        description="Keep at most this many images of a shard, spread evenly over its splits "
        "and classes; for trials.",
    )
