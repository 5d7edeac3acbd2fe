"""SimCLR images per second, end to end from stored images: this loop against lightly's own recipe.

Both sides train a ResNet-18 on 64 x 64 x 3 views of the same stored images, batch 128, from pixels
on disk to the optimiser's step, in turn (A B A B), with threads pinned. lightly's side is its
SimCLR example: `SimCLRTransform` on Pillow images in a DataLoader, `NTXentLoss`, its projection
head with the same widths, SGD. Counted are source images, of which each gives two views.

    python benchmarks/simclr_epoch.py [--threads 1] [--rounds 3] [--steps 3] [--keep]
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rows
import torch
import torchvision
from PIL import Image
from training_steps import steps_of

from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.devices import default_device
from skyloom.learn.domains import Domain
from skyloom.learn.draws import image_keys
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.encoders import build_encoder
from skyloom.learn.ranks import Ranks
from skyloom.learn.source import InMemory
from skyloom.learn.train import Training
from skyloom.settings.encoder import NetworkSettings
from skyloom.settings.pretrain import PretrainSettings
from skyloom.surveys.mars.views import VIEWS

COUNT, STORED = 2048, 96
DEVICE = default_device()


@dataclass(frozen=True)
class Case:
    """What is trained: architecture, side of the views in pixels, images a step."""

    architecture: str = "resnet18"
    size: int = 64
    batch: int = 128


def our_training(pixels: np.ndarray, case: Case, precision: str) -> Training:
    """Return a SimCLR training of this library on stored images (N, 3, L, L)."""
    network = NetworkSettings(architecture=case.architecture, input_size=case.size)
    card = EncoderCard(network, 3, [0.5] * 3, [0.25] * 3)
    nobody = np.full(len(pixels), -1)
    domain = Domain(
        name="made",
        source=InMemory(pixels, DEVICE),
        keys=image_keys([str(number) for number in range(len(pixels))]),
        labels=nobody,
        groups=nobody,
        alike=nobody,
        views=VIEWS,
        noise=torch.full((3,), 0.01),
        mean=torch.full((3,), 0.5),
        std=torch.full((3,), 0.25),
        each=case.batch,
    )
    settings = PretrainSettings(
        objective="simclr", batch_size=case.batch, projector=(512, 128), precision=precision
    )
    encoder = Encoder(build_encoder(network, 3), card)
    nowhere = Checkpoint(Path(tempfile.gettempdir(), "no-state.pt"), "benchmark")
    return Training(encoder, [domain], settings, 0, nowhere, Ranks(0, 1, DEVICE))


class Stored(torch.utils.data.Dataset[list[torch.Tensor]]):
    def __init__(self, path: Path, size: int) -> None:
        from lightly.transforms.simclr_transform import SimCLRTransform

        self.pixels = np.load(path, mmap_mode="r")
        self.transform = SimCLRTransform(input_size=size)

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, row: int) -> list[torch.Tensor]:
        image = Image.fromarray(np.ascontiguousarray(self.pixels[row].transpose(1, 2, 0)))
        return [view for view in self.transform(image) if isinstance(view, torch.Tensor)]


def lightly_steps(path: Path, case: Case, workers: int = 0) -> Iterator[None]:
    """Take one step of lightly's recipe at each `next`, from pixels on disk."""
    from lightly.loss import NTXentLoss
    from lightly.models.modules import SimCLRProjectionHead

    backbone = getattr(torchvision.models, case.architecture)()
    width = backbone.fc.in_features
    backbone.fc = torch.nn.Identity()
    model = torch.nn.Sequential(backbone, SimCLRProjectionHead(width, 512, 128)).to(DEVICE)
    criterion, optimizer = NTXentLoss(), torch.optim.SGD(model.parameters(), lr=0.06)
    while True:
        loader = torch.utils.data.DataLoader(
            Stored(path, case.size), case.batch, shuffle=True, drop_last=True, num_workers=workers
        )
        for first, second in loader:
            outputs = [model(view.to(DEVICE)) for view in (first, second)]
            loss = criterion(*outputs)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            yield


def rate(steps: Iterator[None], count: int, batch: int) -> float:
    """Return the images per second of so many steps."""
    started = time.perf_counter()
    for _ in range(count):
        next(steps)
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    return count * batch / (time.perf_counter() - started)


def stored_images(folder: str, count: int = COUNT, side: int = STORED) -> Path:
    """Write random images (count, 3, side, side) and return their path."""
    path = Path(folder, "images.npy")
    shape = (count, 3, side, side)
    np.save(path, np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    return path


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    case = Case()
    with tempfile.TemporaryDirectory() as folder:
        path = stored_images(folder)
        pixels = np.load(path)
        running = {
            "skyloom auto": steps_of(our_training(pixels, case, "auto")),
            "skyloom fp32": steps_of(our_training(pixels, case, "fp32")),
            "lightly": lightly_steps(path, case),
        }
        for steps in running.values():
            next(steps)
        rates: dict[str, list[float]] = {name: [] for name in running}
        for _ in range(asked.rounds):
            for name, steps in running.items():
                rates[name].append(rate(steps, asked.steps, case.batch))
    for name, values in rates.items():
        print(f"{name:14s}", " ".join(f"{value:7.1f}" for value in values), "images/s")
    made = [
        rows.Row(
            what=f"SimCLR, ResNet-18, {case.size} px, 3 bands, batch {case.batch}, {kind}, from "
            "stored images to the optimiser's step",
            here=f"{rows.median(rates[name])} images/s",
            other=f"{rows.median(rates['lightly'])} (lightly's transform, loss and loop, float32)",
            ratio=rows.ratio(rates[name], rates["lightly"]),
        )
        for name, kind in (("skyloom auto", "bfloat16"), ("skyloom fp32", "float32"))
    ]
    rows.tell("Views and training", made, asked.keep)


if __name__ == "__main__":
    main()
