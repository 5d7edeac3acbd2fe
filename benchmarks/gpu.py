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
import rows
import torch
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parent))
from simclr_epoch import DEVICE, Case, lightly_steps, our_training, rate, stored_images
from training_steps import steps_of

CASES = [Case("resnet18", 64, 1024), Case("resnet18", 64, 4096), Case("resnet50", 112, 512)]
BESIDE_LIGHTLY = (512, 1024)
"""Images a step beside which lightly is measured: at more, its workers take minutes to empty."""
WORKERS, READ_AHEAD = 12, 2
Rates = list[float]


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


def rates_of(case: Case, path: Path, asked: argparse.Namespace) -> tuple[dict[str, Rates], float]:
    """Return images/s of each side, round by round, and the seconds that a batch of views takes."""
    training = our_training(np.load(path), case, "bf16")
    here = steps_of(training)
    sides = {"skyloom": here, "not repeatable": here}
    count = dict.fromkeys(sides, asked.steps)
    for _ in range(3):
        next(here)
    if importlib.util.find_spec("lightly") is not None and case.batch in BESIDE_LIGHTLY:
        sides["lightly"] = lightly_steps(path, case, WORKERS)
        count["lightly"] = WORKERS
        for _ in range(READ_AHEAD * WORKERS):  # what its workers have ready says nothing of them
            next(sides["lightly"])
    rates: dict[str, Rates] = {name: [] for name in sides}
    for _ in range(asked.rounds):
        for name, side in sides.items():
            torch.use_deterministic_algorithms(name == "skyloom", warn_only=True)
            rates[name].append(rate(side, count[name], case.batch))
    views = iter(training._mixture.batches(0, 10**6))
    next(views)
    return rates, statistics.median(waited(lambda: next(views)) for _ in range(10))


def rows_of(case: Case, rates: dict[str, Rates], views: float, peak: float) -> list[rows.Row]:
    """Return the figures of a training as rows of the page."""
    name = f"{case.architecture.replace('resnet', 'ResNet-')} at {case.size} px"
    mine = statistics.median(rates["skyloom"])
    share = 100 * mine * operations_per_image(case) / peak
    theirs, free = rates.get("lightly"), rates["not repeatable"]
    return [
        rows.Row(
            what=f"SimCLR, {name}, {case.batch} images a step",
            here=f"{rows.figure(mine)} images/s, {share:.1f} % of the bf16 peak",
            other=f"lightly's example, {WORKERS} workers: {rows.median(theirs)}" if theirs else "",
            ratio=rows.ratio(rates["skyloom"], theirs) if theirs else "",
        ),
        rows.Row(
            what="the same, bytes not the same at each run",
            here=f"{rows.median(free)} images/s",
            ratio=rows.ratio(free, rates["skyloom"]),
        ),
        rows.Row(
            what="its random views",
            here=f"{1e3 * views:.1f} ms, {100 * views * mine / case.batch:.0f} % of a step",
        ),
    ]


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--peak-side", type=int, default=8192)
    asked = parser.parse_args()
    peak = bf16_peak(asked.peak_side)
    found = [rows.Row(what="product of bf16 matrices", here=f"{peak / 1e12:.0f} TFLOP/s")]
    with tempfile.TemporaryDirectory() as folder:
        path = stored_images(folder, asked.images, 128)
        for case in CASES:
            found += rows_of(case, *rates_of(case, path, asked), peak)
    rows.tell("On a GPU", found, asked.keep)


if __name__ == "__main__":
    main()
