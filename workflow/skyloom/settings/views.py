"""Settings of random views: what may be done to an image without changing what it shows."""

from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from skyloom.settings.base import Settings

Range = tuple[float, float]
LogNormal = tuple[float, float, float]
"""Shape, location and scale, as in `scipy.stats.lognorm`."""


class ViewSettings(Settings):
    """The random views of contrastive learning; probabilities and ranges, per image."""

    crop_area: Range = Field((0.2, 1.0), description="Share of the image's area that a crop keeps.")
    crop_aspect: Range = Field((0.75, 1.3333), description="Width over height of a crop.")
    centre_shift: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Largest shift of the crop's centre from the image's along each axis, as a "
        "share of the image's side; null = anywhere that keeps an unturned crop inside.",
    )
    temporal_crop: Range = Field(
        (1.0, 1.0),
        description="Share of a video's frames that a view spans, resampled to their number.",
    )
    horizontal_flip: float = Field(0.5, ge=0, le=1, description="Probability of a mirror flip.")
    vertical_flip: float = Field(0.0, ge=0, le=1, description="Probability of an up-down flip.")
    rotation: float = Field(0.0, ge=0, le=180, description="Largest rotation, in degrees.")
    padding: Literal["reflection", "border", "zeros"] = Field(
        "reflection", description="What lies outside the image."
    )
    mask: Literal["none", "disc"] = Field(
        "none", description="disc = zero outside the circle inscribed in the image, in every view."
    )
    polarity: float = Field(0.0, ge=0, le=1, description="Probability of changing all signs.")
    zero: float = Field(
        0.0,
        description="Value about which signs change, as networks see it; 0.5 for magnetograms, "
        "which are stored from 0 to 1.",
    )
    reddening: Range = Field(
        (0.0, 0.0), description="E(B-V) of the dust that is put before the image, magnitudes."
    )
    extinction: tuple[float, ...] = Field(
        (), description="Extinction of each band per E(B-V), magnitudes; required for reddening."
    )
    jitter: float = Field(0.8, ge=0, le=1, description="Probability of brightness ... hue below.")
    brightness: float = Field(0.4, ge=0, lt=1, description="Gain drawn from 1 +- this.")
    contrast: float = Field(0.4, ge=0, lt=1, description="Contrast drawn from 1 +- this.")
    saturation: float = Field(0.4, ge=0, lt=1, description="Saturation from 1 +- this; RGB only.")
    hue: float = Field(
        0.1, ge=0, le=0.5, description="Hue turned by at most this; 1 is a full turn."
    )
    grey: float = Field(0.2, ge=0, le=1, description="Probability of dropping colour; RGB only.")
    blur: float = Field(0.5, ge=0, le=1, description="Probability of a Gaussian blur.")
    blur_sigma: Range = Field((0.1, 2.0), description="Sigma of the blur, in pixels of the view.")
    psf: tuple[LogNormal, ...] = Field(
        (),
        description="Per band the lognormal (shape, location, scale) of the seeing's sigma, in "
        "pixels of the view. Two seeings are drawn, and what the second has more than the first "
        "is added as a blur; empty = none.",
    )
    noise: Range = Field(
        (1.0, 1.0),
        description="Noise of a view as a multiple of the band's own noise, from 1 up; what is "
        "missing to it is added.",
    )

    @field_validator("crop_area", "crop_aspect", "blur_sigma", "temporal_crop")
    @classmethod
    def _ordered(cls, value: Range) -> Range:
        if not 0 < value[0] <= value[1]:
            raise ValueError("expected two positive numbers, the smaller first")
        return value

    @field_validator("crop_area", "temporal_crop")
    @classmethod
    def _shares(cls, value: Range) -> Range:
        if value[1] > 1:
            raise ValueError("expected shares, at most 1")
        return value

    @field_validator("reddening", "noise")
    @classmethod
    def _from_a_floor(cls, value: Range, info: ValidationInfo) -> Range:
        floor = 1.0 if info.field_name == "noise" else 0.0
        if not floor <= value[0] <= value[1]:
            raise ValueError(f"expected two numbers from {floor:g} up, the smaller first")
        return value

    @field_validator("psf")
    @classmethod
    def _widths(cls, value: tuple[LogNormal, ...]) -> tuple[LogNormal, ...]:
        if any(shape < 0 or location < 0 or scale <= 0 for shape, location, scale in value):
            raise ValueError("expected shape and location from 0 up, and a positive scale")
        return value

    @model_validator(mode="after")
    def _dust_has_a_law(self) -> Self:
        if self.reddening[1] > 0 and not self.extinction:
            raise ValueError(
                f"reddening is {list(self.reddening)}, but extinction has no entry; give one "
                "number per band, or set reddening to [0, 0]"
            )
        return self
