"""What a SLURM job costs beside its work: small shards in one job each, in batches, in an array.

python benchmarks/slurm_overhead.py [--shards 20] [--rounds 2]

Starts a SLURM of its own on this machine (tests/slurm), prepares the same shards in every way in
turn, and prints for each way the number of jobs, and processor and elapsed time per shard as SLURM
accounts for them, with the work alone, the same command without Snakemake, beside them.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests/slurm"), str(ROOT / "tests")]

from cluster import Cluster, why_not  # noqa: E402
from study import Study  # noqa: E402

from skyloom.shards import ArchiveFile, Shard  # noqa: E402
from skyloom.surveys.mars.settings import SimulatorSettings  # noqa: E402
from skyloom.surveys.mars.simulator import simulate_shard  # noqa: E402

WAYS = {"one job a shard": 1, "array": 0, "batches of 5": 5, "batches of 20": 20}


def raw_shard() -> bytes:
    """A shard of 24 images."""
    settings = SimulatorSettings(images=24, sols=12, val_from=22, test_from=32, image_size=40)
    shard = Shard("small", ArchiveFile("small.zip"), {"first_sol": "1"})
    ((_, content),) = simulate_shard(shard, settings, seed=1).files
    return content


def seconds(text: str) -> float:
    """Seconds of sacct's [days-][hours:]minutes:seconds."""
    days, _, rest = text.rpartition("-")
    parts = [float(part) for part in rest.split(":")]
    return 86400 * int(days or 0) + sum(p * 60**n for n, p in enumerate(reversed(parts)))


def write_profile(study: Study) -> None:
    """Write the profile of an array: groups cannot be submitted as one."""
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    kept = {k: v for k, v in profile.items() if not k.startswith(("group", "__"))}
    (study.folder / "array").mkdir()
    text = yaml.safe_dump({**kept, "slurm-array-jobs": "prepare"})
    (study.folder / "array/config.yaml").write_text(text)


def measure(study: Study, way: str, shards: int, number: int) -> tuple[int, float, float, float]:
    """Return jobs, and per shard processor seconds, seconds in jobs, and seconds in all."""
    study.write_shards(shards, f"results/{number}", raw_shard())
    before = len(study.accounted("JobID"))
    batch = WAYS[way]
    options = ("--group-components", f"prepare={batch}") if batch else ()
    started = time.monotonic()
    study.snakemake(
        "images", config="many.yaml", options=options, profile="slurm" if batch else "array"
    ).succeeds()
    wall = time.monotonic() - started
    time.sleep(5)  # the accounting is a little behind
    rows = study.accounted("TotalCPU", "Elapsed")[before:]
    processor, elapsed = (sum(seconds(row[place]) for row in rows) for place in (0, 1))
    return len(rows), processor / shards, elapsed / shards, wall / shards


def work_alone(study: Study) -> float:
    """Seconds of processor that the stage itself takes for a shard, from its import on."""
    command = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL,"
        " stderr=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)\n"
    )
    settings = '{"columns": {"first_sol": "1"}, "prepare": {"image_size": 40}, "reader": {}}'
    stage = [sys.executable, "-m", "skyloom.stages.prepare", "--survey", "mars", "--shard", "s000"]
    paths = ["--raw", "results/0/mars/raw/s000.zip", "--images", "x.npy", "--index", "x.parquet"]
    rest = ["--record", "x.json", "--settings", settings]
    done = subprocess.run(
        [sys.executable, "-c", command, *stage, *paths, *rest],
        cwd=study.folder,
        env=study.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    if (reason := why_not()) is not None:
        sys.exit(reason)
    with tempfile.TemporaryDirectory(prefix="skyloom-slurm-") as folder:
        cluster = Cluster(Path(folder, "cluster"))
        cluster.folder.mkdir()
        Path(folder, "study").mkdir()
        try:
            cluster.start()
            study = Study(Path(folder, "study"), cluster)
            write_profile(study)
            found: dict[str, list[tuple[int, float, float, float]]] = {way: [] for way in WAYS}
            alone = []
            for number in range(given.rounds * len(WAYS)):
                way = list(WAYS)[number % len(WAYS)]
                found[way].append(measure(study, way, given.shards, number))
                alone.append(work_alone(study))
        finally:
            cluster.stop()
    print(f"work alone: {statistics.median(alone):.1f} processor seconds a shard")
    for way, rows in found.items():
        jobs, processor, elapsed, wall = (
            statistics.median(part) for part in zip(*rows, strict=True)
        )
        ratio = processor / statistics.median(alone)
        print(
            f"{way}: {jobs:.0f} jobs; a shard {processor:.1f} s of processor "
            f"({ratio:.1f} times the work), {elapsed:.1f} s in jobs, {wall:.1f} s in all"
        )


if __name__ == "__main__":
    main()
