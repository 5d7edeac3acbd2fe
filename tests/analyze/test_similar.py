import numpy as np
import pandas as pd
import pytest

from skyloom.analyze.features import Features
from skyloom.analyze.searchable import of_features
from skyloom.analyze.similar import Bounds, SearchError, direction_of, search


def made_features(vectors, groups=None, times=None):
    count = len(vectors)
    index = pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in range(count)],
            "group": groups or [f"g{number}" for number in range(count)],
            "time": pd.to_datetime(times or [None] * count, utc=True),
        }
    )
    return of_features(Features(np.asarray(vectors, dtype=np.float32), index))


def fan(count=8):
    """Vectors at angles of 0, 10, 20, ... degrees and of various lengths."""
    angles = np.radians(10 * np.arange(count))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.arange(1, count + 1)[:, None]


def test_answers_are_ranked_by_angle_and_leave_out_the_example():
    features = made_features(fan())
    answers = search(
        features, direction_of(fan()[[2]], fan()[:0]), features.index.iloc[[2]], Bounds(count=4)
    )
    assert list(answers["image_id"]) == ["i1", "i3", "i0", "i4"]
    np.testing.assert_allclose(
        answers["similarity"], np.cos(np.radians([10, 10, 20, 20])), atol=1e-6
    )


def test_several_examples_count_alike_whatever_their_length():
    direction = direction_of(np.array([[5.0, 0.0], [0.0, 0.1]], dtype=np.float32), fan()[:0])
    np.testing.assert_allclose(direction, [2**-0.5, 2**-0.5], atol=1e-6)


def test_unlike_examples_turn_the_direction_away_as_rocchio_says():
    like, unlike = np.array([[1.0, 0.0]]), np.array([[0.0, 3.0]])
    expected = np.array([1.0, -0.5]) / np.hypot(1, 0.5)
    found = direction_of(like.astype(np.float32), unlike.astype(np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_examples_that_cancel_are_refused():
    with pytest.raises(SearchError, match="cancel each other"):
        direction_of(np.array([[1.0, 0.0], [-2.0, 0.0]], dtype=np.float32), fan()[:0])


def test_a_threshold_leaves_out_what_is_less_alike():
    features = made_features(fan())
    answers = search(
        features, direction_of(fan()[[0]], fan()[:0]), features.index[:1], Bounds(least=0.9)
    )
    assert list(answers["image_id"]) == ["i1", "i2"]


def test_the_examples_group_can_be_left_out():
    features = made_features(fan(), groups=list("aabbccdd"))
    answers = search(
        features,
        direction_of(fan()[[0]], fan()[:0]),
        features.index[:1],
        Bounds(count=2, other_groups=True),
    )
    assert list(answers["image_id"]) == ["i2", "i3"]


def test_images_taken_near_an_example_can_be_left_out_and_undated_ones_stay():
    times = [f"2020-01-01 00:00:{second:02}" for second in (0, 5, 30, 31)] + [None] * 4
    features = made_features(fan(), times=times)
    answers = search(
        features,
        direction_of(fan()[[0]], fan()[:0]),
        features.index[:1],
        Bounds(count=3, seconds=30),
    )
    assert list(answers["image_id"]) == ["i3", "i4", "i5"]


def test_equally_alike_images_come_in_the_order_of_their_names():
    features = made_features(np.ones((5, 3)))
    answers = search(
        features, direction_of(np.ones((1, 3)), np.ones((0, 3))), features.index[4:], Bounds()
    )
    assert list(answers["image_id"]) == ["i0", "i1", "i2", "i3"]


def test_a_zero_feature_is_like_nothing():
    vectors = np.concatenate([fan(3), np.zeros((1, 2))])
    features = made_features(vectors)
    answers = search(features, direction_of(fan()[[0]], fan()[:0]), features.index[:1], Bounds())
    assert answers["similarity"].iloc[-1] == 0
    assert np.isfinite(answers["similarity"]).all()


def test_answers_are_those_of_a_full_sort_however_many_are_left_out():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(400, 4)).astype(np.float32).round(1)  # with twins
    near = np.argsort(-(vectors @ vectors[0]) / np.linalg.norm(vectors, axis=1))[:300]
    groups = ["own" if place in near else f"g{place % 9}" for place in range(400)]
    features = made_features(vectors, groups=groups)
    example, direction = features.index[:1], direction_of(vectors[:1], vectors[:0])
    answers = search(features, direction, example, Bounds(count=30, other_groups=True))
    expected = features.index.assign(similarity=features.vectors @ direction)
    expected = expected[(expected["group"] != groups[0]) & (expected["image_id"] != "i0")]
    expected = expected.sort_values(["similarity", "image_id"], ascending=[False, True]).head(30)
    assert answers["image_id"].tolist() == expected["image_id"].tolist()
    assert answers["similarity"].to_numpy() == pytest.approx(expected["similarity"].to_numpy())


def test_images_without_a_group_are_not_of_one_group():
    features = made_features(fan(), groups=[None] * 8)
    bounds = Bounds(count=2, other_groups=True)
    answers = search(features, direction_of(fan()[[0]], fan()[:0]), features.index[:1], bounds)
    assert list(answers["image_id"]) == ["i1", "i2"]
