import numpy as np
import pytest

from skyloom.analyze.other_groups import best_of_other_groups, cosine_of, nearness_of


def slow(likeness, groups, queries, count):
    found = []
    for query in queries:
        others = [o for o in range(len(groups)) if groups[o] != groups[query]]
        others.sort(key=lambda other: (-likeness[query, other], other))
        found.append((others + [-1] * count)[:count])
    return np.array(found)


@pytest.fixture(params=[(7, 3), (64, 100), (1000, 1000)], ids=["small", "uneven", "one"])
def tiles(request, monkeypatch):
    monkeypatch.setattr("skyloom.analyze.other_groups.TILE", request.param[0])
    monkeypatch.setattr("skyloom.analyze.other_groups.ASKED", request.param[1])


@pytest.mark.parametrize("count", [1, 10, 150])
def test_against_all_pairs(tiles, count):
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((130, 9)).astype(np.float32)
    groups, queries = rng.integers(0, 12, 130), rng.permutation(130)[:70]
    likeness = vectors.astype(float) @ vectors.astype(float).T
    found = best_of_other_groups(cosine_of(vectors), groups, queries, count)
    assert (found == slow(likeness, groups, queries, count)).all()


@pytest.mark.parametrize("count", [1, 10])
def test_of_equally_similar_ones_the_first_are_taken(tiles, count):
    rng = np.random.default_rng(1)
    vectors = rng.integers(0, 2, (130, 3)).astype(np.float32)  # few values, so many ties
    groups, queries = rng.integers(0, 12, 130), np.arange(130)
    likeness = vectors.astype(float) @ vectors.astype(float).T
    found = best_of_other_groups(cosine_of(vectors), groups, queries, count)
    assert (found == slow(likeness, groups, queries, count)).all()


def test_neighbours_in_an_order_are_the_nearest_on_both_sides(tiles):
    places = np.arange(40.0)
    groups = np.arange(40) // 4
    found = best_of_other_groups(nearness_of(places), groups, np.array([0, 21, 39]), 3)
    assert found.tolist() == [[4, 5, 6], [19, 18, 24], [35, 34, 33]]
    assert (
        best_of_other_groups(nearness_of(places), np.zeros(40, int), np.arange(40), 2) == -1
    ).all()
