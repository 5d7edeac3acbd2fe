"""Does a store larger than memory train? 1.2 million images of 64 x 64 x 5 bytes, 24.6 GB of them.

Writes such a store (random bytes, shards of 100,000), opens it, and trains on it for some steps as
`pretrain` does. Prints the times of opening, the images/s of reading alone and of training, and the
peak memory that is the process's own; pages of the files come and go as the system likes.

    python benchmarks/large_store.py FOLDER [--images 1200000] [--steps 30] [--keep]
"""

import argparse
import shutil
import time
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from training_steps import steps_of

from skyloom.images import ImageStore
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.choice import Images, domains_of
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.encoders import build_encoder
from skyloom.learn.ranks import Ranks
from skyloom.learn.train import Training
from skyloom.scaling import Pixels
from skyloom.settings.encoder import NetworkSettings
from skyloom.settings.pretrain import PretrainSettings
from skyloom.settings.views import ViewSettings
from skyloom.shard_writer import ShardWriter

SHARD, BATCH = 100_000, 256


def write_shard(folder: Path, name: str, count: int, pixels: Pixels) -> None:
    """Write a shard of so many images, `pixels` (N, C, L, L) again and again."""
    images, index = folder / f"{name}.npy", folder / f"{name}.parquet"
    rows = pd.DataFrame({"image_id": [f"{name}-{number}" for number in range(count)]})
    rows = rows.assign(shard=name, time=pd.NaT, split="train", source="made", rejected=None)
    rows["group"] = rows["original"] = rows["image_id"]
    rows = rows.assign(label=None, target=None, source_sha256=None)
    with ShardWriter(images, index) as writer:
        for number in range(count):
            writer.append(pixels[number % len(pixels)])
        writer.close(rows)


def own_memory() -> float:
    """Return the gigabytes of this process that are no pages of files, now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1e6
    return float("nan")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=1_200_000)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    folder = asked.folder / "large-store"
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    names = [f"s{number:02}" for number in range(-(-asked.images // SHARD))]
    for number, name in enumerate(names):
        if not (folder / f"{name}.parquet").exists():
            shape = (1000, 5, 64, 64)
            pixels = np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)
            write_shard(folder, name, min(SHARD, asked.images - number * SHARD), pixels)
    size = sum(path.stat().st_size for path in folder.glob("*.npy")) / 1e9
    print(f"{asked.images} images, {size:.1f} GB, written in {time.perf_counter() - started:.0f} s")
    train(folder, names, asked.steps)
    if not asked.keep:
        shutil.rmtree(folder)


def train(folder: Path, names: list[str], steps: int) -> None:
    started = time.perf_counter()
    store = ImageStore.beside([folder / f"{name}.parquet" for name in names])
    ranks = Ranks(0, 1, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    network = NetworkSettings(input_size=64)
    card = EncoderCard(network, 5, [0.5] * 5, [0.3] * 5)
    settings = PretrainSettings(objective="moco", batch_size=BATCH)
    own = Images("made", store, ViewSettings(), ("train",))
    (domain,) = domains_of(own, np.arange(len(store)), (), card, settings, ranks)
    encoder = Encoder(build_encoder(network, 5), card)
    state = Checkpoint(folder / "state.pt", "")
    training = Training(encoder, [domain], settings, 0, state, ranks)
    print(f"opened in {time.perf_counter() - started:.0f} s, {own_memory():.2f} GB of its own")
    rng, peak = np.random.default_rng(1), 0.0
    wanted = [rng.choice(len(store), BATCH, replace=False) for _ in range(40)]
    started = time.perf_counter()
    for _ in domain.source.batches(wanted):
        peak = max(peak, own_memory())
    print(f"reading alone: {40 * BATCH / (time.perf_counter() - started):.0f} images/s, at random")
    started = time.perf_counter()
    for _ in islice(steps_of(training), steps):
        peak = max(peak, own_memory())
    rate = steps * BATCH / (time.perf_counter() - started)
    print(f"training: {rate:.0f} images/s, peak {peak:.2f} GB of its own")


if __name__ == "__main__":
    main()
