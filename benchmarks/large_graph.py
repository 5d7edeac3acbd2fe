"""Seconds that Snakemake needs to plan a study of many shards with the real Snakefile.

Once to build the graph of all jobs, and once to list every job besides, as a dry run does.

python benchmarks/large_graph.py [shards]
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def write_study(folder: Path, shards: int) -> Path:
    """Write a study of the Mars demo's settings with `shards` shards; return its config file."""
    rows = [f"s{n:05d}\tarchive/s{n:05d}.zip\t\t\t{60 * n + 1}" for n in range(shards)]
    sheet = folder / "sheet.tsv"
    sheet.write_text("\n".join(["shard\turl\tbytes\tsha256\tfirst_sol", *rows]) + "\n")
    study = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    study |= {"results": str(folder / "results"), "surveys": ["mars"]}
    study["mars"]["shards"] = str(sheet)
    config = folder / "study.yaml"
    config.write_text(yaml.safe_dump(study))
    return config


def seconds_of(config: Path, *options: str) -> float:
    """Return how long one call of Snakemake takes that runs nothing."""
    command = [sys.executable, "-m", "snakemake", *options]
    command += ["--workflow-profile", "profiles/test", "--configfile", str(config)]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - started


def main() -> None:
    shards = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as name:
        config = write_study(Path(name), shards)
        print(f"{shards} shards: graph built in {seconds_of(config, '--rulegraph'):.1f} s")
        print(f"and every job listed in {seconds_of(config, '--dry-run', '--quiet', 'all'):.1f} s")


if __name__ == "__main__":
    main()
