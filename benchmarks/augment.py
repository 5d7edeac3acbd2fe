"""Random views per second: here, against kornia and against torchvision image by image.

All sides make the same kind of view of the same stored images, drawn per image, in turn (A B A B),
on one thread: crop, flips, rotation, brightness and contrast, Gaussian blur, and with five bands
noise; with three bands saturation, hue and grey instead of rotation and noise. Prints images/s of
each round, the ratios, and the time that each part of a view takes here.

    python benchmarks/augment.py
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import kornia.augmentation as kornia
import numpy as np
import torch
from torchvision.transforms import v2

from skyloom.learn.augment import random_view
from skyloom.learn.draws import image_keys
from skyloom.settings.views import ViewSettings
from skyloom.surveys.mars.views import VIEWS

COUNT, STORED, SIZE, ROUNDS = 256, 96, 64, 5
FIVE = ViewSettings(
    crop_area=(0.2, 1.0),
    vertical_flip=0.5,
    rotation=180,
    padding="zeros",
    jitter=0.8,
    brightness=0.4,
    contrast=0.4,
    blur=0.5,
    noise=(1.0, 2.0),
)
NOISE = 0.02


def ours(images: torch.Tensor, settings: ViewSettings) -> None:
    keys = image_keys([str(number) for number in range(len(images))])
    noise = torch.full((images.shape[1],), NOISE)
    random_view(images, keys, settings, SIZE, seed=0, epoch=0, view=0, noise=noise)


def torchvision_per_image(images: torch.Tensor, settings: ViewSettings) -> None:
    torch.stack([_torchvision(settings, images.shape[1])(image) for image in images])


def _torchvision(settings: ViewSettings, bands: int) -> v2.Compose:
    first = [
        v2.RandomResizedCrop(SIZE, settings.crop_area, settings.crop_aspect, antialias=False),
        v2.RandomHorizontalFlip(settings.horizontal_flip),
        v2.RandomVerticalFlip(settings.vertical_flip),
        v2.ToDtype(torch.float32, scale=True),
    ]
    blur = v2.RandomApply([v2.GaussianBlur(9, settings.blur_sigma)], settings.blur)
    if bands == 3:
        jitter = v2.ColorJitter(
            settings.brightness, settings.contrast, settings.saturation, settings.hue
        )
        colour = [v2.RandomApply([jitter], settings.jitter), v2.RandomGrayscale(settings.grey)]
        return v2.Compose([*first, *colour, blur])
    # Brightness and contrast for any number of bands, which ColorJitter refuses.
    gain = v2.RandomApply([v2.Lambda(partial(_gain_and_contrast, settings))], settings.jitter)
    turn = v2.RandomRotation(settings.rotation, interpolation=v2.InterpolationMode.BILINEAR)
    return v2.Compose([*first, turn, gain, blur, v2.GaussianNoise(0.0, NOISE, clip=False)])


def _gain_and_contrast(settings: ViewSettings, image: torch.Tensor) -> torch.Tensor:
    gain, contrast = (
        1 + reach * (2 * torch.rand(()) - 1) for reach in (settings.brightness, settings.contrast)
    )
    return gain * (contrast * image + (1 - contrast) * image.mean())


def kornia_batch(images: torch.Tensor, settings: ViewSettings) -> None:
    _kornia(settings, images.shape[1])(images.float() / 255)


def _kornia(settings: ViewSettings, bands: int) -> kornia.AugmentationSequential:
    first = [
        kornia.RandomResizedCrop((SIZE, SIZE), settings.crop_area, settings.crop_aspect),
        kornia.RandomHorizontalFlip(p=settings.horizontal_flip),
        kornia.RandomVerticalFlip(p=settings.vertical_flip),
    ]
    blur = kornia.RandomGaussianBlur((9, 9), settings.blur_sigma, p=settings.blur)
    if bands == 3:
        jitter = kornia.ColorJiggle(
            settings.brightness,
            settings.contrast,
            settings.saturation,
            settings.hue,
            p=settings.jitter,
        )
        return kornia.AugmentationSequential(
            *first, jitter, kornia.RandomGrayscale(p=settings.grey), blur
        )
    brightness = (1 - settings.brightness, 1 + settings.brightness)
    contrast = (1 - settings.contrast, 1 + settings.contrast)
    return kornia.AugmentationSequential(
        *first,
        kornia.RandomRotation(settings.rotation, p=1.0),
        kornia.RandomBrightness(brightness, clip_output=False, p=settings.jitter),
        kornia.RandomContrast(contrast, clip_output=False, p=settings.jitter),
        blur,
        kornia.RandomGaussianNoise(0.0, NOISE, p=1.0),
    )


def rate(work: Callable[[torch.Tensor, ViewSettings], None], *given: object) -> float:
    started = time.perf_counter()
    work(*given)
    return COUNT / (time.perf_counter() - started)


def compare(bands: int, settings: ViewSettings) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (COUNT, bands, STORED, STORED), dtype=np.uint8)
    images = torch.from_numpy(pixels)
    sides = {"skyloom": ours, "kornia": kornia_batch, "torchvision": torchvision_per_image}
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS + 1):
        for name, side in sides.items():
            rates[name].append(rate(side, images, settings))
    print(f"{STORED} -> {SIZE} pixels, {bands} bands, images/s")
    for name, values in rates.items():
        print(f"  {name:12s}", " ".join(f"{value:7.0f}" for value in values[1:]))
    for name in ("kornia", "torchvision"):
        each = [a / b for a, b in zip(rates["skyloom"], rates[name], strict=True)][1:]
        print(
            f"  against {name}: {statistics.median(each):.2f} ({min(each):.2f} to {max(each):.2f})"
        )
    parts(images, settings)


def parts(images: torch.Tensor, settings: ViewSettings) -> None:
    """Print how much slower each part makes a view."""
    off = {
        "rotation": {"rotation": 0},
        "colour": {"jitter": 0, "grey": 0},
        "blur": {"blur": 0},
        "noise": {"noise": (1.0, 1.0)},
    }
    spent = {"everything": settings, "without any": settings}
    for name, change in off.items():
        spent[f"without {name}"] = settings.model_copy(update=change)
        spent["without any"] = spent["without any"].model_copy(update=change)
    for name, chosen in spent.items():
        times = [1e6 / rate(ours, images, chosen) for _ in range(ROUNDS)]
        print(f"    {name:18s} {statistics.median(times):6.0f} us an image")


def main() -> None:
    torch.set_num_threads(1)
    compare(5, FIVE)
    compare(3, VIEWS)


if __name__ == "__main__":
    main()
