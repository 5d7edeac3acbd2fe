"""Random views per second: here, against kornia and against torchvision image by image.

All sides make the same kind of view of the same stored images, drawn per image, in turn (A B A B),
on one thread: crop, flips, brightness and contrast, Gaussian blur; with five bands also noise, and
once free rotation as skies and galaxies have it; with three also saturation, hue and grey.
Transforms are built once, outside the timing; kornia crops by slices, the faster of its two ways.
Seconds are the processor's, which other work on the machine disturbs less than the clock's. Prints
images/s of each round, the ratios round by round, and how long each part of a view takes here.

    python benchmarks/augment.py [--keep]
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import kornia.augmentation as kornia
import numpy as np
import rows
import torch
from torch import Tensor, nn
from torchvision.transforms import v2

from skyloom.learn.augment import CHUNK, random_view, resampled_in_units
from skyloom.learn.draws import image_keys
from skyloom.learn.geometry import crop_maps, sampling_grid
from skyloom.learn.noise import add_noise
from skyloom.learn.photometry import recolour
from skyloom.learn.seeing import blur
from skyloom.learn.units import in_units
from skyloom.learn.view_draws import draw
from skyloom.settings.views import ViewSettings
from skyloom.surveys.mars.views import VIEWS

COUNT, STORED, SIZE, ROUNDS, TAPS = 256, 96, 64, 7, 9
FIVE_BANDS = ViewSettings(vertical_flip=0.5, saturation=0, hue=0, grey=0, noise=(1.0, 2.0))
TURNED = FIVE_BANDS.model_copy(update={"rotation": 180.0, "padding": "zeros"})
NOISE = 0.02
Side = Callable[[Tensor], Tensor]


def ours(settings: ViewSettings, bands: int) -> Side:
    keys = image_keys([str(number) for number in range(COUNT)])
    noise = torch.full((bands,), NOISE)
    return lambda images: random_view(
        images, keys, settings, SIZE, seed=0, epoch=0, view=0, noise=noise
    )


def torchvision_per_image(settings: ViewSettings, bands: int) -> Side:
    first = [
        v2.RandomResizedCrop(SIZE, settings.crop_area, settings.crop_aspect, antialias=False),
        v2.RandomHorizontalFlip(settings.horizontal_flip),
        v2.RandomVerticalFlip(settings.vertical_flip),
        v2.ToDtype(torch.float32, scale=True),
    ]
    blurred = v2.RandomApply([v2.GaussianBlur(TAPS, settings.blur_sigma)], settings.blur)
    if bands == 3:
        jitter = v2.ColorJitter(
            settings.brightness, settings.contrast, settings.saturation, settings.hue
        )
        last = [v2.RandomApply([jitter], settings.jitter), v2.RandomGrayscale(settings.grey)]
        transform = v2.Compose([*first, *last, blurred])
    else:
        gain = v2.RandomApply([v2.Lambda(partial(gain_and_contrast, settings))], settings.jitter)
        if settings.rotation:
            bilinear = v2.InterpolationMode.BILINEAR
            first.append(v2.RandomRotation(settings.rotation, interpolation=bilinear))
        transform = v2.Compose([*first, gain, blurred, v2.GaussianNoise(0.0, NOISE, clip=False)])
    return lambda images: torch.stack([transform(image) for image in images])


def gain_and_contrast(settings: ViewSettings, image: Tensor) -> Tensor:
    """Brightness and contrast of any number of bands; ColorJitter takes one or three."""
    draws = 2 * torch.rand(2) - 1
    gain, contrast = 1 + settings.brightness * draws[0], 1 + settings.contrast * draws[1]
    return image * (gain * contrast) + image.mean() * (gain * (1 - contrast))


def kornia_batch(settings: ViewSettings, bands: int) -> Side:
    size, taps = (SIZE, SIZE), (TAPS, TAPS)
    first: list[nn.Module] = [
        kornia.RandomResizedCrop(size, settings.crop_area, settings.crop_aspect),
        kornia.RandomHorizontalFlip(p=settings.horizontal_flip),
        kornia.RandomVerticalFlip(p=settings.vertical_flip),
    ]
    blurred = kornia.RandomGaussianBlur(taps, settings.blur_sigma, p=settings.blur)
    reach = (settings.brightness, settings.contrast, settings.saturation, settings.hue)
    if bands == 3:
        jitter = kornia.ColorJiggle(*reach, p=settings.jitter)
        rest: list[nn.Module] = [jitter, kornia.RandomGrayscale(p=settings.grey), blurred]
    else:
        gain, contrast = ((1 - value, 1 + value) for value in reach[:2])
        if settings.rotation:
            first.append(kornia.RandomRotation(settings.rotation, p=1.0))
        rest = [
            kornia.RandomBrightness(gain, clip_output=False, p=settings.jitter),
            kornia.RandomContrast(contrast, clip_output=False, p=settings.jitter),
            blurred,
            kornia.RandomGaussianNoise(0.0, NOISE, p=1.0),
        ]
    transform = kornia.AugmentationSequential(*first, *rest)  # type: ignore[arg-type]
    return lambda images: transform(in_units(images))


def seconds(side: Side, images: Tensor) -> float:
    started = time.process_time()
    side(images)
    return time.process_time() - started


def compare(bands: int, settings: ViewSettings, kind: str, changes: str) -> rows.Row:
    """Time the sides in turn, print all rounds, and return the row of the table."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (COUNT, bands, STORED, STORED)).astype(kind)
    images = torch.from_numpy(pixels)
    sides = {"skyloom": ours, "kornia": kornia_batch, "torchvision": torchvision_per_image}
    ready = {name: side(settings, bands) for name, side in sides.items()}
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS + 1):  # the first warms up
        for name, side in ready.items():
            rates[name].append(COUNT / seconds(side, images))
    print(f"images/s of each round, {bands} bands of {kind}, {changes}")
    for name, values in rates.items():
        print(f"  {name:12s}", " ".join(f"{value:7.0f}" for value in values[1:]))
    here, batched, single = (values[1:] for values in rates.values())
    print_parts(images, settings)
    return rows.Row(
        what=f"random views, {STORED} -> {SIZE} px, {bands} bands of {kind}, {changes}",
        here=f"{rows.median(here)} images/s",
        other=f"{rows.median(batched)} (kornia); {rows.median(single)} (torchvision v2, singly)",
        ratio=f"{rows.ratio(here, batched)}; {rows.ratio(here, single)}",
    )


class Laps:
    """Adds up the processor's seconds since the last lap under the lap's name."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._last = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.spent[name] = self.spent.get(name, 0.0) + now - self._last
        self._last = time.process_time()


def print_parts(images: Tensor, settings: ViewSettings) -> None:
    """Print how long each part of a view takes, in microseconds an image."""
    rounds = [parts_of_a_round(images, settings) for _ in range(ROUNDS)]
    for name in rounds[0]:
        median = statistics.median(spent[name] for spent in rounds)
        print(f"    {name:12s} {1e6 * median / len(images):5.1f} us an image")


def parts_of_a_round(images: Tensor, settings: ViewSettings) -> dict[str, float]:
    """Do what random_view does, and return the seconds of its parts."""
    bands, step = images.shape[1], CHUNK // (images.shape[1] * SIZE**2)
    noise, views = torch.full((bands,), NOISE), torch.empty(len(images), bands, SIZE, SIZE)
    keys = image_keys([str(number) for number in range(len(images))])
    laps = Laps()
    draws = draw(keys, bands, images.device, seed=0, epoch=0, view=0)
    laps.lap("draws")
    for first in range(0, len(images), step):
        part, chosen = slice(first, first + step), draws.rows(first, first + step)
        grid = sampling_grid(crop_maps(chosen, settings), SIZE)
        laps.lap("grid")
        made = resampled_in_units(images[part], grid, settings.padding)
        laps.lap("resampling")
        made = recolour(made, chosen, settings, None)
        laps.lap("colour")
        made = blur(made, chosen, settings)
        laps.lap("blur")
        made = add_noise(made, chosen, settings, noise, 0)
        laps.lap("noise")
        views[part] = made
        laps.lap("storing")
    return laps.spent


def main() -> None:
    given = rows.parser_of(__doc__).parse_args()
    torch.set_num_threads(1)
    made = [
        compare(3, VIEWS, "uint8", "Mars's: crop, flip, colour, blur"),
        compare(5, TURNED, "uint8", "noise and free rotation"),
        compare(5, FIVE_BANDS, "uint8", "noise"),
        compare(5, FIVE_BANDS, "float32", "noise"),  # as galaxies are stored
    ]
    rows.tell("Views and training", made, given.keep)


if __name__ == "__main__":
    main()
