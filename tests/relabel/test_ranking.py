"""The order of the queue, against slow references."""

import numpy as np
import pandas as pd
import pytest

from skyloom.relabel.information import label_information
from skyloom.relabel.out_of_fold import Member, OutOfFold
from skyloom.relabel.ranking import (
    nearest_of_each_class,
    neighbour_disagreement,
    neighbour_votes,
    opinion_of,
    rank_labels,
    rank_mean,
    reason,
)


@pytest.fixture
def made() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(90, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, rng.integers(0, 25, 90).astype(str), rng.integers(0, 3, 90)


def test_neighbours_of_other_groups_are_compared(made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skyloom.relabel.ranking.TILE", 32)
    vectors, groups, labels = made
    slow = []
    for place in range(90):
        others = [o for o in range(90) if groups[o] != groups[place]]
        others.sort(key=lambda o: -float(vectors[o] @ vectors[place]))
        slow.append(np.mean([labels[o] != labels[place] for o in others[:7]]))
    votes = neighbour_votes(vectors, groups, labels, 7, 3)
    assert (votes.sum(axis=1) == 7).all()
    np.testing.assert_allclose(neighbour_disagreement(votes, labels), slow)


def test_examples_are_the_nearest_of_each_class_in_another_group(made) -> None:
    vectors, groups, labels = made
    found = nearest_of_each_class(vectors, groups, labels, 4)
    for place in range(90):
        for label in range(3):
            theirs = np.flatnonzero((labels == label) & (groups != groups[place]))
            best = theirs[np.argmax(vectors[theirs] @ vectors[place])]
            assert found[place, label] == best
    assert (found[:, 3] == -1).all()


def test_images_of_one_group_have_no_neighbours(made) -> None:
    vectors, _, labels = made
    one = np.full(90, "g")
    votes = neighbour_votes(vectors, one, labels, 7, 3)
    assert (votes == 0).all()
    assert (neighbour_disagreement(votes, labels) == 0).all()
    np.testing.assert_allclose(opinion_of(votes, labels)[0], np.bincount(labels) / 90)
    assert (nearest_of_each_class(vectors, one, labels, 3) == -1).all()
    assert neighbour_votes(vectors[:1], one[:1], labels[:1], 7, 3).tolist() == [[0, 0, 0]]


def test_ranks_are_means_and_ties_share() -> None:
    confidence, differing = np.array([0.1, 0.9, 0.5]), np.array([0.2, 0.2, 1.0])
    assert rank_mean(confidence, differing).tolist() == [1.75, 2.75, 1.5]
    assert rank_mean(confidence, differing, (3.0, 1.0)).tolist() == [1.375, 2.875, 1.75]
    assert rank_mean(confidence, differing, (0.0, 0.0)).tolist() == [1.75, 2.75, 1.5]


def test_information_is_the_explained_share_of_the_entropy() -> None:
    labels = np.repeat([0, 1], 500)
    sure = np.where(labels[:, None] == [0, 1], 0.999, 0.001)
    half = np.where(np.arange(1000)[:, None] % 4 > 0, sure, sure[:, ::-1])  # right in 3 of 4
    nothing = np.random.default_rng(0).dirichlet([1, 1], 1000)
    binary_entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert label_information(sure, labels) > 0.99
    assert label_information(half, labels) == pytest.approx(
        1 - binary_entropy / np.log(2), abs=0.002
    )
    assert label_information(nothing, labels) < 0.01
    assert label_information(sure, np.zeros(1000, int)) == 0


def test_an_embedding_that_knows_nothing_does_not_spoil_the_order(made) -> None:
    rng = np.random.default_rng(5)
    ids = np.array([f"i{place:03d}" for place in range(300)])
    groups = np.array([f"g{place}" for place in range(300)])
    truth = rng.integers(0, 2, 300)
    labels = truth.copy()
    labels[:15] = 1 - labels[:15]
    vectors = rng.normal(size=(300, 8)).astype(np.float32)
    probabilities = np.where(truth[:, None] == [0, 1], 0.9, 0.1).astype(np.float32)
    member = Member("0-0", ("no", "yes"), frozenset(), ids, groups, probabilities)
    names = np.array(["no", "yes"])
    items = pd.DataFrame({"image_id": ids, "group": groups, "label": names[labels]})
    ranked = rank_labels(items, OutOfFold.of([member]), vectors, 10, ["no", "yes"])
    assert set(ranked["image_id"][:15]) == set(ids[:15])


def test_the_order_begins_with_what_both_opinions_doubt(made) -> None:
    vectors, groups, _ = made
    ids = np.array([f"i{place:02d}" for place in range(90)])
    truth = (vectors[:, 0] > 0).astype(int)
    labels = truth.copy()
    labels[:8] = 1 - labels[:8]
    names = np.array(["no", "yes"])
    probabilities = np.where(truth[:, None] == [0, 1], 0.8, 0.2).astype(np.float32)
    member = Member("0-0", ("no", "yes"), frozenset(), ids, groups, probabilities)
    items = pd.DataFrame({"image_id": ids, "group": groups, "label": names[labels]})
    ranked = rank_labels(items, OutOfFold.of([member]), vectors, 10, ["no", "yes"])
    assert set(ranked["image_id"][:8]) == set(ids[:8])
    assert ranked["rank"].is_monotonic_increasing
    shuffled = items.sample(frac=1, random_state=3)
    place = shuffled.index.to_numpy()
    again = rank_labels(shuffled, OutOfFold.of([member]), vectors[place], 10, ["no", "yes"])
    assert again["image_id"].tolist() == ranked["image_id"].tolist()
    said = reason(ranked.iloc[0], 10)
    assert "a model that did not see its group says" in said
    assert "of 10 nearest images of other groups have another label" in said
