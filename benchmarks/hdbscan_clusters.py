"""HDBSCAN of 20,000 vectors of 128 numbers: ours on the exact graph, scikit-learn's, hdbscan's.

    python benchmarks/hdbscan_clusters.py [--count 20000] [--width 128] [--rounds 2] [--threads 2]
        [--keep]

scikit-learn counts a point among its own `min_samples`, hdbscan and ours do not: 6 and 5.
"""

import time
from collections.abc import Callable

import numpy as np
import rows
from sklearn.metrics import adjusted_rand_score
from synthetic_vectors import clustered

from skyloom.threads import pin_threads


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    pin_threads(given.threads)
    vectors = clustered(given.count, given.width, 60, seed=11)
    sides = prepare(vectors, given.threads)
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    labels: dict[str, list[np.ndarray]] = {name: [] for name in sides}
    for _ in range(given.rounds):
        for name, work in sides.items():
            began = time.perf_counter()
            labels[name].append(work())
            seconds[name].append(time.perf_counter() - began)
    ours = labels["ours"]
    assert all((found == ours[0]).all() for found in ours), "not the same labels on repeat"
    others = [name for name in sides if name != "ours"]
    agreed = [f"{adjusted_rand_score(labels[name][0], ours[0]):.4f}" for name in others]
    row = rows.Row(
        what=f"HDBSCAN of {given.count:,} x {given.width}, {rows.threads(given.threads)}, "
        f"{ours[0].max() + 1} clusters; ARI {' and '.join(agreed)}; the same labels on repeat",
        here=f"{rows.median(seconds['ours'])} s",
        other="; ".join(f"{rows.median(seconds[name])} s ({name})" for name in others),
        ratio="; ".join(rows.ratio(seconds[name], seconds["ours"]) for name in others),
    )
    rows.tell("Clusters, probes and neighbours", [row], given.keep)


def prepare(vectors: np.ndarray, threads: int) -> dict[str, Callable[[], np.ndarray]]:
    """Return for each side the call that is timed, which returns its labels."""
    import hdbscan
    from sklearn.cluster import HDBSCAN

    from skyloom.analyze.cluster import hdbscan_clusters
    from skyloom.settings.cluster import ClusterSettings

    settings = ClusterSettings(min_cluster_size=50, min_samples=5)
    hdbscan_clusters(vectors[:2000], settings)  # compiles
    theirs = HDBSCAN(min_cluster_size=50, min_samples=6, n_jobs=threads, copy=True)
    first = hdbscan.HDBSCAN(min_cluster_size=50, min_samples=5, core_dist_n_jobs=threads)
    return {
        "ours": lambda: hdbscan_clusters(vectors, settings).labels,
        "scikit-learn": lambda: theirs.fit(vectors).labels_,
        "hdbscan": lambda: first.fit(vectors).labels_,
    }


if __name__ == "__main__":
    main()
