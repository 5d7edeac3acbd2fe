"""Exact nearest neighbours, tiled so that memory stays bounded."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

BLOCK = 64
"""Distances of which the smallest is looked at before they are sorted."""
TILE = 1024
"""Vectors whose neighbours are sought at once, at most."""
TILE_NUMBERS = 2**27
"""Distances that are held at once, at most: 0.5 GB."""


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
    base = torch.from_numpy(vectors)  # (N, D)
    squares = base.pow(2).sum(dim=1)  # (N,)
    blocks = -(-len(vectors) // BLOCK)
    tile = max(1, min(len(rows), TILE, TILE_NUMBERS // (blocks * BLOCK)))
    squared = torch.full((tile, blocks * BLOCK), torch.inf)  # beyond N there is nothing
    distances = np.empty((len(rows), count), dtype=np.float32)
    positions = np.empty((len(rows), count), dtype=np.int64)
    for start in range(0, len(rows), tile):
        asked = torch.from_numpy(rows[start : start + tile])  # (q,)
        query = base[asked]  # (q, D)
        part = squared[: len(asked)]  # (q, blocks x BLOCK)
        # |b|^2 - 2 q b: the squared distance less |q|^2, which ranks alike.
        torch.addmm(squares, query, base.T, alpha=-2, out=part[:, : len(base)])
        part[torch.arange(len(asked)), asked] = torch.inf
        nearest = _smallest(part, count)  # (q, count)
        # That expansion loses digits for near twins; the few found are measured again.
        exact = torch.linalg.vector_norm(base[nearest].sub_(query[:, None]), dim=2)
        order = exact.argsort(dim=1, stable=True)
        distances[start : start + tile] = exact.gather(1, order).numpy()
        positions[start : start + tile] = nearest.gather(1, order).numpy()
    return distances, positions


def _smallest(values: torch.Tensor, count: int) -> torch.Tensor:
    """Return the places (q, count) of the smallest values (q, blocks x BLOCK) of each row.

    They lie in the `count` blocks with the smallest minima, so that only these are sorted, where
    these are few of all.
    """
    if 4 * count * BLOCK > values.shape[1]:
        return values.topk(count, dim=1, largest=False)[1]
    blocked = values.view(len(values), -1, BLOCK)  # (q, blocks, BLOCK)
    wanted = min(count, blocked.shape[1])
    _, block = blocked.amin(dim=2).topk(wanted, dim=1, largest=False)  # (q, wanted)
    inside = blocked.gather(1, block[..., None].expand(-1, -1, BLOCK))  # (q, wanted, BLOCK)
    _, place = inside.flatten(1).topk(count, dim=1, largest=False)  # (q, count)
    first: torch.Tensor = block.gather(1, place // BLOCK) * BLOCK
    return first + place % BLOCK


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
