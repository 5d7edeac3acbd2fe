"""Images a second that the embed stage computes: ResNet-18 on one-band frames of 256 pixels.

On a GPU where there is one, then with what the network alone would do.

python benchmarks/embedding_rate.py [--images 512] [--size 224] [--threads 2] [--keep]
"""

import time

import numpy as np
import rows
import torch

from skyloom.threads import pin_threads


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    pin_threads(given.threads)
    from skyloom.learn.devices import default_device
    from skyloom.learn.encoders import build_encoder
    from skyloom.learn.units import in_units
    from skyloom.scaling import resize
    from skyloom.settings.encoder import NetworkSettings

    frames = np.random.default_rng(0).integers(
        0, 65535, size=(given.images, 1, 256, 256), dtype=np.uint16
    )
    device = default_device()
    where = f", {rows.threads(given.threads)}" if device.type == "cpu" else ""
    network = build_encoder(NetworkSettings(input_size=given.size), 1)
    network.eval().to(device).to(memory_format=torch.channels_last)

    def features(pixels: np.ndarray, dtype: torch.dtype) -> torch.Tensor:
        with (
            torch.inference_mode(),
            torch.autocast(device.type, dtype, enabled=dtype != torch.float32),
        ):
            found: torch.Tensor = network(in_units(torch.from_numpy(pixels).to(device)))
            return found.cpu()

    def scaled(start: int) -> np.ndarray:
        return np.stack([resize(frame, given.size) for frame in frames[start : start + 64]])

    made = []
    for dtype in (torch.float32, torch.bfloat16):
        first, rates, alone = scaled(0), [], []
        features(first, dtype)
        for _ in range(3):
            began = time.perf_counter()
            for start in range(0, given.images, 64):
                features(scaled(start), dtype)
            rates.append(given.images / (time.perf_counter() - began))
            began = time.perf_counter()
            for _ in range(0, given.images, 64):
                features(first, dtype)
            alone.append(given.images / (time.perf_counter() - began))
        made.append(
            rows.Row(
                what=f"ResNet-18 features of 256 px frames at {given.size} px{where}, "
                f"{str(dtype).removeprefix('torch.')}",
                here=f"{rows.median(rates)} images/s; frames scaled before: {rows.median(alone)}",
            )
        )
    section = "Clusters, probes and neighbours" if device.type == "cpu" else "On a GPU"
    rows.tell(section, made, given.keep)


if __name__ == "__main__":
    main()
