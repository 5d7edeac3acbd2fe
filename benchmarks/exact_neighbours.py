"""Exact ten nearest neighbours: ours, faiss flat and scikit-learn, in turn in one run.

python benchmarks/exact_neighbours.py [--count 100000] [--queries 8192] [--rounds 3] [--threads 1]
    [--keep]
"""

import time
from collections.abc import Callable

import numpy as np
import rows
from synthetic_vectors import clustered

from skyloom.threads import pin_threads


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--queries", type=int, default=8192)
    parser.add_argument("--neighbours", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    pin_threads(given.threads)
    vectors = clustered(given.count, given.width, 200, seed=3)
    sides = prepare(vectors, given.queries, given.neighbours)
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    answers = {}
    for _ in range(given.rounds):
        for name, ask in sides.items():
            began = time.perf_counter()
            answers[name] = ask()
            seconds[name].append(time.perf_counter() - began)
    checked = min(given.queries, 1024)
    true = true_neighbours(vectors, checked, given.neighbours)
    recalls = {name: recall(found[:checked], true) for name, found in answers.items()}
    rates = {name: [given.queries / each for each in taken] for name, taken in seconds.items()}
    others = [name for name in sides if name != "ours"]
    for name, values in rates.items():
        print(f"{name:14s} {rows.median(values)} queries/s, recall {recalls[name]:.5f}")
    row = rows.Row(
        what=f"exact {given.neighbours} nearest of {given.count:,} x {given.width}, "
        f"{rows.threads(given.threads)}, recall at least {min(recalls.values()):.5f}",
        here=f"{rows.median(rates['ours'])} queries/s",
        other="; ".join(f"{rows.median(rates[name])} ({name})" for name in others),
        ratio="; ".join(rows.ratio(rates["ours"], rates[name]) for name in others),
    )
    rows.tell("Clusters, probes and neighbours", [row], given.keep)


def prepare(vectors: np.ndarray, queries: int, count: int) -> dict[str, Callable[[], np.ndarray]]:
    """Return for each side the call that is timed: positions (queries, count), itself left out."""
    import faiss
    from sklearn.neighbors import NearestNeighbors

    from skyloom.analyze.neighbours import neighbours_of

    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    brute = NearestNeighbors(n_neighbors=count + 1, algorithm="brute").fit(vectors)
    asked = vectors[:queries]

    def without_itself(found: np.ndarray) -> np.ndarray:
        own = found == np.arange(len(found))[:, None]
        own[:, -1] |= ~own.any(axis=1)
        return np.asarray(found[~own].reshape(len(found), count))

    return {
        "ours": lambda: neighbours_of(vectors, np.arange(queries), count)[1],
        "faiss flat": lambda: without_itself(flat.search(asked, count + 1)[1]),
        "scikit-learn": lambda: without_itself(brute.kneighbors(asked, return_distance=False)),
    }


def recall(found: np.ndarray, true: np.ndarray) -> float:
    """Return the share of the true neighbours among those found."""
    same = [len(np.intersect1d(a, b)) for a, b in zip(found, true, strict=True)]
    return float(np.mean(same) / true.shape[1])


def true_neighbours(vectors: np.ndarray, queries: int, count: int) -> np.ndarray:
    """Return the neighbours in double precision."""
    wide = vectors.astype(np.float64)
    found = []
    for start in range(0, queries, 256):
        product = wide[start : min(start + 256, queries)] @ wide.T
        rows = np.arange(len(product))
        product[rows, rows + start] = -np.inf
        found.append(np.argpartition(-product, count, axis=1)[:, :count])
    return np.concatenate(found)


if __name__ == "__main__":
    main()
