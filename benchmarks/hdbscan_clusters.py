"""HDBSCAN of 20,000 vectors of 128 numbers: ours on the exact graph, and scikit-learn's.

python benchmarks/hdbscan_clusters.py [--count 20000] [--width 128] [--rounds 2] [--threads 2]
"""

import argparse
import time

import numpy as np
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score
from synthetic_vectors import clustered

from skyloom.threads import pin_threads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    pin_threads(given.threads)
    from skyloom.analyze.cluster import hdbscan_clusters
    from skyloom.settings.cluster import ClusterSettings

    vectors = clustered(given.count, given.width, 60, seed=11)
    settings = ClusterSettings(min_cluster_size=50, min_samples=5)
    hdbscan_clusters(vectors[:2000], settings)  # compiles
    ratios, labels = [], []
    for _ in range(given.rounds):
        began = time.perf_counter()
        labels.append(hdbscan_clusters(vectors, settings).labels)
        ours = time.perf_counter() - began
        began = time.perf_counter()
        theirs = HDBSCAN(min_cluster_size=50, min_samples=6, n_jobs=given.threads, copy=True).fit(
            vectors
        )
        taken = time.perf_counter() - began
        ratios.append(taken / ours)
        print(f"ours {ours:.1f} s, scikit-learn {taken:.1f} s")
    same = all((found == labels[0]).all() for found in labels)
    agreed = adjusted_rand_score(theirs.labels_, labels[0])
    print(
        f"{labels[0].max() + 1} clusters; {np.median(ratios):.0f} times faster; ARI {agreed:.4f}; "
        f"the same labels on repeat: {same}"
    )


if __name__ == "__main__":
    main()
