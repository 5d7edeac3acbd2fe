"""Rover JPEGs per second: our archive and scaling against a plain Pillow loop over the zip file.

Both sides read the same 1,000 simulated JPEGs of 256 pixels from one zip file and scale them to
128 pixels with the same filter, in turn (A B A B), on one thread. Ours also checks every image
and takes its SHA-256; the third side adds the perceptual hash. Prints images per second of
processor time in each round, the median of the rounds' ratios, and the largest difference between
the two sides' pixels.

    python benchmarks/jpeg_reading.py [--keep]
"""

import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import rows
from PIL import Image

from skyloom.scaling import resize
from skyloom.shards import ArchiveFile, Shard
from skyloom.surveys.mars.reader import open_archive
from skyloom.surveys.mars.settings import ReaderSettings, SimulatorSettings
from skyloom.surveys.mars.simulator import simulate_shard

COUNT, STORED, SIZE, ROUNDS = 1000, 256, 128, 7
NO_HASH = ReaderSettings(near_duplicate_distance=None)


def ours(path: Path, settings: ReaderSettings = NO_HASH) -> np.ndarray:
    archive = open_archive(path, settings, {})
    out = np.empty((COUNT, 3, SIZE, SIZE), dtype=np.uint8)
    for number, offer in enumerate(archive.offers):
        out[number] = resize(archive.read(offer).image, SIZE)
    return out


def ours_with_hash(path: Path) -> np.ndarray:
    return ours(path, ReaderSettings())


def pillow(path: Path) -> np.ndarray:
    images = []
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".jpg"):
                image = Image.open(io.BytesIO(archive.read(name))).convert("RGB")
                image = image.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
                images.append(np.asarray(image).transpose(2, 0, 1))
    return np.stack(images)


def rate(work: Callable[[Path], np.ndarray], path: Path) -> float:
    started = time.process_time()
    work(path)
    return COUNT / (time.process_time() - started)


def make_archive(folder: Path) -> Path:
    settings = SimulatorSettings(images=COUNT, image_size=STORED, copies=0, damaged=0)
    shard = Shard("made", ArchiveFile("made.zip"), {"first_sol": "1"})
    ((address, content),) = simulate_shard(shard, settings, seed=0).files
    (folder / address).write_bytes(content)
    return folder / address


def main() -> None:
    given = rows.parser_of(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = make_archive(Path(folder))
        apart = np.abs(ours(path).astype(int) - pillow(path).astype(int)).max()
        sides = {"ours": ours, "pillow": pillow, "ours + hash": ours_with_hash}
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, work in sides.items():
                rates[name].append(rate(work, path))
    for name, values in rates.items():
        print(f"{name:12s}", " ".join(f"{value:7.0f}" for value in values), "images/s")
    made = [
        rows.Row(
            what=what,
            here=f"{rows.median(rates[name])} images/s",
            other=f"{rows.median(rates['pillow'])} (Pillow)",
            ratio=rows.ratio(rates[name], rates["pillow"]),
        )
        for name, what in (
            (
                "ours",
                f"{COUNT:,} JPEG of {STORED} px from a zip file, scaled to {SIZE} px, largest "
                f"difference of a pixel {apart}, ours with SHA-256",
            ),
            ("ours + hash", "the same with perceptual hashes, which the other side has not"),
        )
    ]
    rows.tell("Archives", made, given.keep)


if __name__ == "__main__":
    main()
