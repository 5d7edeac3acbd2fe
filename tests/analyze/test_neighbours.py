import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from skyloom.analyze.neighbours import (
    exact_neighbours,
    neighbour_graph,
    neighbours_among,
    neighbours_of,
)


def brute(vectors, count):
    distances = np.linalg.norm(vectors[:, None].astype(float) - vectors[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return np.sort(distances, axis=1)[:, :count]


@pytest.mark.parametrize("tile", [7, 64, 1000])
@pytest.mark.parametrize("count", [1, 6, 129])
def test_against_all_pairs(tile, count, monkeypatch):
    monkeypatch.setattr("skyloom.analyze.neighbours.TILE", tile)
    vectors = np.random.default_rng(0).standard_normal((130, 9)).astype(np.float32)
    distances, positions = exact_neighbours(vectors, count)
    assert np.allclose(distances, brute(vectors, count), atol=1e-5)
    assert (positions != np.arange(130)[:, None]).all()
    found = np.linalg.norm(vectors[:, None] - vectors[positions], axis=2)
    assert np.allclose(found, distances, atol=1e-5)


@pytest.mark.parametrize("size", [64, 65, 700])
def test_some_vectors_have_the_neighbours_that_all_have(size):
    vectors = np.random.default_rng(1).standard_normal((size, 5)).astype(np.float32)
    rows = np.array([size - 1, 3, 40])
    distances, positions = neighbours_of(vectors, rows, 9)
    whole = exact_neighbours(vectors, 9)
    assert (positions == whole[1][rows]).all()
    assert np.allclose(distances, whole[0][rows], atol=1e-6)


def test_near_twins_far_from_the_origin_keep_their_digits():
    rng = np.random.default_rng(0)
    vectors = (100 + 1e-3 * rng.standard_normal((50, 8))).astype(np.float32)
    distances, _ = exact_neighbours(vectors, 49)
    assert np.allclose(distances, brute(vectors, 49), rtol=1e-4)


def test_identical_vectors_are_each_others_neighbours():
    distances, positions = exact_neighbours(np.ones((5, 3), dtype=np.float32), 4)
    assert (distances == 0).all()
    assert all(sorted({*row, n}) == [0, 1, 2, 3, 4] for n, row in enumerate(positions))
    assert neighbour_graph(np.ones((5, 3), dtype=np.float32), 2).nnz > 0


def test_parts_of_the_graph_are_joined_by_their_shortest_edge():
    rng = np.random.default_rng(1)
    centres = np.array([[0, 0], [50, 0], [0, 90]])
    vectors = (np.repeat(centres, 20, axis=0) + rng.standard_normal((60, 2))).astype(np.float32)
    graph = neighbour_graph(vectors, 3)
    assert connected_components(graph, directed=False)[0] == 1
    assert (graph != graph.T).nnz == 0
    all_pairs = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    between = graph[:20, 20:40].toarray()
    assert between[between > 0] == pytest.approx([all_pairs[:20, 20:40].min()], rel=1e-5)


def test_too_many_neighbours_are_refused():
    with pytest.raises(ValueError, match="expected 1 to 3"):
        exact_neighbours(np.ones((4, 2), dtype=np.float32), 4)


@pytest.mark.parametrize("gathered", [1, 100, 2**26])
def test_neighbours_among_others(gathered, monkeypatch):
    monkeypatch.setattr("skyloom.analyze.neighbours.GATHERED", gathered)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 4)).astype(np.float32)
    queries = rng.normal(size=(13, 4)).astype(np.float32)
    distances, positions = neighbours_among(vectors, queries, 60)
    apart = np.linalg.norm(queries[:, None] - vectors, axis=2)
    np.testing.assert_array_equal(positions, apart.argsort(axis=1))
    np.testing.assert_allclose(distances, np.sort(apart, axis=1), rtol=1e-6)
    with pytest.raises(ValueError, match="count is 61, expected 1 to 60"):
        neighbours_among(vectors, queries, 61)
