"""Images a second that the embed stage computes: ResNet-18 on one-band frames of 256 pixels.

On a GPU where there is one; then of frames that have the network's size already, which leaves the
reading and the network.

python benchmarks/embedding_rate.py [--images 512] [--size 224] [--threads 2] [--keep]
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import rows
from large_store import write_shard

from skyloom.analyze.embed import embed
from skyloom.images import ImageStore
from skyloom.learn.devices import default_device
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.encoders import build_encoder
from skyloom.settings.encoder import EmbedSettings, NetworkSettings
from skyloom.settings.pretrain import Precision
from skyloom.threads import pin_threads

ROUNDS = 3
PRECISIONS: dict[str, Precision] = {"float32": "fp32", "bfloat16": "bf16"}


def made_store(folder: Path, images: int, side: int) -> ImageStore:
    """Return a store of random frames (images, 1, side, side) of 16 bits."""
    shape = (min(images, 512), 1, side, side)
    frames = np.random.default_rng(0).integers(0, 65535, size=shape, dtype=np.uint16)
    write_shard(folder, f"frames-{side}", images, frames)
    return ImageStore.beside([folder / f"frames-{side}.parquet"])


def rate(encoder: Encoder, store: ImageStore, settings: EmbedSettings) -> float:
    """Return the images per second of a store."""
    began = time.perf_counter()
    embed(encoder, store, settings)
    return len(store) / (time.perf_counter() - began)


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    pin_threads(given.threads)
    on_gpu = default_device().type == "cuda"
    network = NetworkSettings(input_size=given.size)
    encoder = Encoder(build_encoder(network, 1), EncoderCard(network, 1, [0.5], [0.25]))
    made = []
    with tempfile.TemporaryDirectory() as folder:
        stores = [made_store(Path(folder), given.images, side) for side in (256, given.size)]
        for name, precision in PRECISIONS.items():
            settings = EmbedSettings(precision=precision)
            rate(encoder, stores[1], settings)  # the first pass warms up
            rates = [[rate(encoder, store, settings) for store in stores] for _ in range(ROUNDS)]
            stage, alone = (rows.median(each) for each in zip(*rates, strict=True))
            made.append(
                rows.Row(
                    what=f"ResNet-18 features of 256 px frames at {given.size} px, "
                    f"{rows.threads(given.threads)}, {name}",
                    here=f"{stage} images/s; frames scaled before: {alone}",
                )
            )
    section = "On a GPU" if on_gpu else "Clusters, probes and neighbours"
    rows.tell(section, made, given.keep)


if __name__ == "__main__":
    main()
