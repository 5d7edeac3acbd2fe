"""What starting and running the stage `prepare` takes: seconds and peak memory of its process.

Three processes of their own, each a few times: importing the stage, an empty Python for comparison,
and the preparation of a simulated THEMIS hour of 1,200 frames.

    python benchmarks/stage_memory.py [--frames 1200] [--rounds 5] [--keep]
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import rows

SIMULATE = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
from themis_stretch import simulated_hour
simulated_hour(pathlib.Path(sys.argv[2]), int(sys.argv[3]))
"""
"""In a process of its own: one that is started begins with the peak memory of who starts it."""


@dataclass(frozen=True)
class Cost:
    """Seconds of a process, and its peak memory in MB."""

    seconds: float
    megabytes: float


def cost_of(words: Sequence[str]) -> Cost:
    """Run this Python with some words; the system says what the process took."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"exit status {process.returncode} of {' '.join(words)}")
    return Cost(time.perf_counter() - started, usage.ru_maxrss * 1024 / 1e6)


def middle(words: Sequence[str], rounds: int) -> Cost:
    """Return the medians of some rounds."""
    costs = [cost_of(words) for _ in range(rounds)]
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.megabytes for cost in costs),
    )


def prepare_words(raw: Path, folder: Path) -> list[str]:
    """Return the command of the stage on a THEMIS file, as the rule calls it."""
    settings = {"prepare": {"image_size": 128}, "reader": {"cadence": 0}, "columns": {}}
    return [
        *("-m", "skyloom.stages.prepare", "--survey", "aurora", "--shard", "hour"),
        *("--raw", str(raw), "--images", str(folder / "hour.npy")),
        *("--index", str(folder / "hour.parquet"), "--record", str(folder / "hour.json")),
        *("--settings", json.dumps(settings), "--threads", "1"),
    ]


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--frames", type=int, default=1200)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    empty = middle(["-c", ""], given.rounds)
    imports = middle(["-c", "import skyloom.stages.prepare"], given.rounds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cost_of(["-c", SIMULATE, str(Path(__file__).parent), name, str(given.frames)])
        hour = middle(prepare_words(folder / "hour.cdf", folder), given.rounds)
    made = [
        rows.Row(
            "importing the stage that prepares images",
            f"{rows.figure(imports.seconds)} s, peak {imports.megabytes:.0f} MB (an empty Python "
            f"{rows.figure(empty.seconds)} s, {empty.megabytes:.0f} MB)",
        ),
        rows.Row(
            f"that stage on a THEMIS hour of {given.frames:,} frames, to 128 px",
            f"{rows.figure(hour.seconds)} s, peak {hour.megabytes:.0f} MB",
        ),
    ]
    rows.tell("Memory and size", made, given.keep)


if __name__ == "__main__":
    main()
