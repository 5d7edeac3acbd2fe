"""Random views per second: one resampling per image here, against torchvision image by image.

Both sides make the same kind of view (crop, flip, colour jitter, grey, blur) of the same stored
images, in turn (A B A B), on one thread. Prints images/s of each round and the ratio of medians.

    python benchmarks/augment.py
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torchvision.transforms import v2

from skyloom.learn.augment import random_view
from skyloom.learn.draws import image_keys
from skyloom.surveys.mars.views import VIEWS

COUNT, STORED, SIZE, ROUNDS = 256, 96, 64, 5


def ours(images: torch.Tensor) -> None:
    keys = image_keys([str(number) for number in range(len(images))])
    random_view(images, keys, VIEWS, SIZE, seed=0, epoch=0, view=0)


def torchvision_per_image(images: torch.Tensor) -> None:
    jitter = v2.ColorJitter(VIEWS.brightness, VIEWS.contrast, VIEWS.saturation, VIEWS.hue)
    transform = v2.Compose(
        [
            v2.RandomResizedCrop(SIZE, VIEWS.crop_area, VIEWS.crop_aspect, antialias=False),
            v2.RandomHorizontalFlip(VIEWS.horizontal_flip),
            v2.ToDtype(torch.float32, scale=True),
            v2.RandomApply([jitter], VIEWS.jitter),
            v2.RandomGrayscale(VIEWS.grey),
            v2.RandomApply([v2.GaussianBlur(9, VIEWS.blur_sigma)], VIEWS.blur),
        ]
    )
    torch.stack([transform(image) for image in images])


def rate(work: Callable[[torch.Tensor], None], images: torch.Tensor) -> float:
    started = time.perf_counter()
    work(images)
    return len(images) / (time.perf_counter() - started)


def main() -> None:
    torch.set_num_threads(1)
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 3, STORED, STORED), dtype=np.uint8)
    images = torch.from_numpy(pixels)
    rates: dict[str, list[float]] = {"ours": [], "torchvision": []}
    for _ in range(ROUNDS + 1):
        rates["ours"].append(rate(ours, images))
        rates["torchvision"].append(rate(torchvision_per_image, images))
    for name, values in rates.items():
        print(f"{name:12s}", " ".join(f"{value:7.0f}" for value in values[1:]), "images/s")
    medians = [statistics.median(values[1:]) for values in rates.values()]
    print(f"ratio {medians[0] / medians[1]:.2f}")


if __name__ == "__main__":
    main()
