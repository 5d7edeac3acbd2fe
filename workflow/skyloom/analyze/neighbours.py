"""Exact nearest neighbours, tiled so that memory stays bounded."""

import faiss
import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

TILE = 4096
"""Vectors whose neighbours are sought at once."""
GATHERED = 2**26
"""Numbers in the vectors of all neighbours that `neighbours_among` measures at once."""


def exact_neighbours(
    vectors: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return Euclidean distances and positions of the nearest other vectors of every vector.

    Args:
        vectors: (N, D).
        count: neighbours per vector, at most N - 1; a vector is not its own neighbour.

    Returns:
        Distances (N, count) ascending, and positions (N, count).
    """
    return neighbours_of(vectors, np.arange(len(vectors)), count)


def neighbours_of(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return what `exact_neighbours` does, for some vectors.

    Args:
        vectors: (N, D).
        rows: positions (Q,) of those whose neighbours are wanted.
        count: neighbours per vector, at most N - 1.

    Returns:
        Distances (Q, count) ascending, and positions (Q, count).
    """
    if not 1 <= count < len(vectors):
        raise ValueError(f"count is {count}, expected 1 to {len(vectors) - 1}")
    distances = np.empty((len(rows), count), dtype=np.float32)
    positions = np.empty((len(rows), count), dtype=np.int64)
    for start in range(0, len(rows), TILE):
        asked = rows[start : start + TILE]  # (q,)
        query = vectors[asked]  # (q, D)
        _, found = faiss.knn(query, vectors, count + 1)  # (q, count + 1)
        nearest = _others(found, asked)  # (q, count)
        tile = slice(start, start + TILE)
        distances[tile], positions[tile] = _measured(vectors, query, nearest)
    return distances, positions


def neighbours_among(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return Euclidean distances and positions of the nearest vectors of every query.

    Args:
        vectors: (N, D).
        queries: (Q, D), of other images than `vectors`.
        count: neighbours per query, at most N.

    Returns:
        Distances (Q, count) ascending, and positions in `vectors` (Q, count).
    """
    if not 1 <= count <= len(vectors):
        raise ValueError(f"count is {count}, expected 1 to {len(vectors)}")
    distances = np.empty((len(queries), count), dtype=np.float32)
    positions = np.empty((len(queries), count), dtype=np.int64)
    step = min(TILE, max(1, GATHERED // (count * vectors.shape[1])))
    for start in range(0, len(queries), step):
        tile = slice(start, start + step)
        _, found = faiss.knn(queries[tile], vectors, count)  # (q, count)
        distances[tile], positions[tile] = _measured(vectors, queries[tile], found)
    return distances, positions


def _measured(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], found: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the distances (q, count) of found neighbours (q, count), ascending, and these.

    faiss expands |a - b|^2 and loses digits for near twins; the found are measured again.
    """
    exact = np.linalg.norm(vectors[found] - queries[:, None], axis=2)  # (q, count)
    order = exact.argsort(axis=1, kind="stable")
    return np.take_along_axis(exact, order, axis=1), np.take_along_axis(found, order, axis=1)


def _others(found: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the found (q, count + 1) without the asked itself, or without the last of them.

    A vector with more than `count` twins may not be among its own neighbours.
    """
    dropped = found == asked[:, None]
    dropped[:, -1] |= ~dropped.any(axis=1)
    kept: NDArray[np.int64] = found[~dropped].reshape(len(found), -1)
    return kept


def neighbour_graph(vectors: NDArray[np.float32], count: int) -> sparse.csr_matrix:
    """Return the symmetric sparse graph (N, N) of distances to each vector's `count` nearest.

    Where that graph falls into parts, the shortest edges between the parts are added until it is
    one, as in Boruvka's algorithm. Without them a density clustering would take the parts to be
    infinitely far apart, and so each for one cluster whatever is inside it.
    """
    distances, positions = exact_neighbours(vectors, count)
    rows = np.repeat(np.arange(len(vectors)), count)
    # Zero would mean "no edge" in a sparse matrix; identical images are a hair apart instead.
    values = np.maximum(distances.ravel(), np.finfo(np.float32).tiny)
    edges = sparse.csr_matrix((values, (rows, positions.ravel())), shape=(len(vectors),) * 2)
    graph = edges.maximum(edges.T).tocsr()
    parts, part_of = connected_components(graph, directed=False)
    while parts > 1:
        bridges = _bridges(vectors, part_of, parts)
        graph = graph.maximum(bridges).maximum(bridges.T).tocsr()
        parts, part_of = connected_components(graph, directed=False)
    return graph


def _bridges(
    vectors: NDArray[np.float32], part_of: NDArray[np.int32], parts: int
) -> sparse.csr_matrix:
    """Return the shortest edge from each part of a graph to any other part."""
    base = torch.from_numpy(vectors)
    rows, columns, lengths = [], [], []
    for part in range(parts):
        inside = torch.from_numpy(np.flatnonzero(part_of == part))
        outside = torch.from_numpy(np.flatnonzero(part_of != part))
        if 2 * len(inside) > len(vectors):
            continue  # the largest part is reached from the others
        distances = torch.cdist(base[inside], base[outside])  # (n, N - n)
        place = int(distances.argmin())
        rows.append(int(inside[place // len(outside)]))
        columns.append(int(outside[place % len(outside)]))
        lengths.append(max(float(distances.flatten()[place]), np.finfo(np.float32).tiny))
    return sparse.csr_matrix((lengths, (rows, columns)), shape=(len(vectors),) * 2)
