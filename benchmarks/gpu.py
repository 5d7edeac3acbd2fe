"""What a GPU makes of pretraining: images/s, share of its bf16 peak, share of the augmentation.

One call measures all, in turn with lightly's recipe where lightly is installed:

- the bf16 peak of this GPU, as the best of some large matrix products;
- SimCLR of ResNet-18 at 64 pixels and of ResNet-50 at 112, images in GPU memory;
- the same with operations that give other bytes at each run, which cost less time;
- the share of a step that the random views take;
- the same two trainings by lightly's recipe, with 12 workers of its loader.

    benchmarks/gpu.sh        (no Snakemake, sunpy or fast_hdbscan needed)
"""

import argparse
import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parent))
from simclr_epoch import DEVICE, Case, lightly_steps, our_training, rate, stored_images
from training_steps import steps_of

CASES = [Case("resnet18", 64, 1024), Case("resnet18", 64, 4096), Case("resnet50", 112, 512)]


def waited(work: Callable[[], object]) -> float:
    """Return the seconds of some work, with what it left running on the GPU."""
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    started = time.perf_counter()
    work()
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started


def bf16_peak(side: int) -> float:
    """Return the operations per second of the fastest of some products of bf16 matrices."""
    a, b = torch.randn(2, side, side, dtype=torch.bfloat16, device=DEVICE)
    a @ b
    return max(2 * side**3 * 5 / waited(lambda: [a @ b for _ in range(5)]) for _ in range(5))


def operations_per_image(case: Case) -> float:
    """Return the operations of a SimCLR step per image: two views, forward and backward."""
    from skyloom.learn.encoders import build_encoder
    from skyloom.settings.encoder import NetworkSettings

    settings = NetworkSettings(architecture=case.architecture, input_size=case.size)
    network = build_encoder(settings, 3)
    with FlopCounterMode(display=False) as counter:
        network(torch.randn(4, 3, case.size, case.size)).sum().backward()
    return float(2 * counter.get_total_flops() / 4)


def compare(case: Case, path: Path, peak: float, rounds: int, steps: int, theirs: bool) -> None:
    training = our_training(np.load(path), case, "bf16")
    steps_here = steps_of(training)
    sides = {"skyloom": steps_here, "not repeatable": steps_here}
    if theirs:
        sides["lightly"] = lightly_steps(path, case, workers=12)
    for side in sides.values():
        for _ in range(3):
            next(side)
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            torch.use_deterministic_algorithms(name == "skyloom", warn_only=True)
            rates[name].append(rate(side, 2 if name == "lightly" else steps, case.batch))
    mine = statistics.median(rates["skyloom"])
    print(f"{case.architecture} {case.size} px, batch {case.batch}")
    for name, values in rates.items():
        print(f"  {name:14s}", " ".join(f"{value:9.0f}" for value in values), "images/s")
    print(f"  {100 * mine * operations_per_image(case) / peak:.1f} % of the measured bf16 peak")
    if theirs:
        each = [a / b for a, b in zip(rates["skyloom"], rates["lightly"], strict=True)]
        print(f"  against lightly: {statistics.median(each):.1f}")
    views = iter(training._mixture.batches(0, 10**6))
    next(views)
    seconds = statistics.median(waited(lambda: next(views)) for _ in range(10))
    print(f"  views: {1e3 * seconds:.2f} ms, {100 * seconds * mine / case.batch:.1f} % of a step")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--peak-side", type=int, default=8192)
    asked = parser.parse_args()
    name = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "CPU"
    print(f"{name}, torch {torch.__version__}, Python {sys.version.split()[0]}")
    peak = bf16_peak(asked.peak_side)
    print(f"bf16 peak {peak / 1e12:.1f} TFLOP/s")
    theirs = importlib.util.find_spec("lightly") is not None
    if not theirs:
        print("lightly is not installed: its side is left out")
    with tempfile.TemporaryDirectory() as folder:
        path = stored_images(folder, asked.images, 128)
        for case in CASES:
            compare(case, path, peak, asked.rounds, asked.steps, theirs)


if __name__ == "__main__":
    main()
