"""Build, size, recall and speed of the approximate index on synthetic vectors with clusters.

python benchmarks/approximate_index.py --count 1000000 [--folder DIR] [--seed 1] [--threads 2]
"""

import argparse
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
from synthetic_vectors import clustered

from skyloom.settings.search import SearchSettings
from skyloom.threads import pin_threads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--candidates", type=int, nargs="+", default=[SearchSettings().candidates])
    parser.add_argument("--probes", type=int, nargs="+", help="default: an eighth of the cells")
    parser.add_argument("--folder", type=Path, help="for the vectors; default: a temporary one")
    given = parser.parse_args()
    pin_threads(given.threads)
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        measure(given, Path(name))


def measure(given: argparse.Namespace, folder: Path) -> None:
    """Print what building and searching cost."""
    from skyloom.analyze.approximate import build_index, read_index, write_index
    from skyloom.analyze.recall import measure_recall
    from skyloom.analyze.searchable import Searchable

    path, saved = folder / "vectors.npy", folder / "approximate.faiss"
    clustered(given.count, given.width, max(50, given.count // 500), given.seed, path)
    vectors = np.load(path, mmap_mode="r")
    print(f"{given.count:,} x {given.width}, {given.threads} threads")
    seen: list[float] = [own_memory()]
    stop = threading.Event()
    watch = threading.Thread(target=most_memory, args=(seen, stop))
    watch.start()
    began = time.perf_counter()
    write_index(saved, build_index(vectors, SearchSettings(), seed=0))
    stop.set()
    watch.join()
    most = max(seen)
    print(f"index built and written in {time.perf_counter() - began:.0f} s")
    each = saved.stat().st_size / given.count
    print(f"{each:.1f} bytes a vector in the index, {4 * given.width} in the vectors on disk")
    index, ids = read_index(saved), pd.DataFrame({"image_id": np.arange(given.count)})
    for probes in given.probes or [None]:
        for candidates in given.candidates:
            settings = SearchSettings(
                probes=probes, candidates=candidates, recall_queries=given.queries
            )
            found = measure_recall(Searchable(vectors, ids, index, settings), seed=7)
            print(f"probes {probes}, candidates {candidates}:")
            print(found.drop(columns=["candidates", "exact"]).round(4).to_string(index=False))
    print(f"most memory of its own while building {most:.1f} GB, now {own_memory():.1f} GB")


def own_memory() -> float:
    """Return the gigabytes of this process that are no pages of files, now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1e6
    return float("nan")


def most_memory(seen: list[float], stop: threading.Event) -> None:
    """Append the memory of its own four times a second."""
    while not stop.wait(0.25):
        seen.append(own_memory())


if __name__ == "__main__":
    main()
