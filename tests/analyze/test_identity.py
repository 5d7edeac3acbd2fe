import numpy as np
import pandas as pd

from skyloom.analyze.identity import carry_over, read_kept


def ids(count):
    return pd.Series([f"i{number}" for number in range(count)])


def kept(labels):
    return pd.DataFrame({"image_id": ids(len(labels)), "cluster": labels})


def test_the_same_clusters_in_another_order_keep_their_numbers():
    before = np.repeat([0, 1, 2, -1], 10)
    found = np.repeat([2, 0, 1, -1], 10)
    same = carry_over(found, ids(40), kept(before))
    assert (same.labels == before).all()
    assert same.overlap == {0: 1.0, 1: 1.0, 2: 1.0}
    assert same.lost == []


def test_half_is_enough_and_less_is_not():
    before = np.array([3] * 10 + [5] * 10)
    found = np.array([0] * 5 + [1] * 15)  # half of 3, and all of 5 with the rest of it
    carried = carry_over(found, ids(20), kept(before))
    assert list(np.unique(carried.labels[:5])) == [3]
    assert list(np.unique(carried.labels[5:])) == [5]
    assert carried.overlap == {3: 0.5, 5: 10 / 15}
    less = carry_over(np.array([0] * 4 + [1] * 16), ids(20), kept(before))
    assert list(np.unique(less.labels[:4])) == [6]  # new: beyond every kept number
    assert less.lost == [3]


def test_a_split_in_halves_goes_on_once():
    carried = carry_over(np.repeat([0, 1], 10), ids(20), kept(np.zeros(20, dtype=int)))
    assert list(carried.overlap) == [0]
    assert sorted(np.unique(carried.labels)) == [0, 1]


def test_new_images_do_not_end_a_cluster():
    grown = carry_over(np.zeros(100, dtype=int), ids(100), kept(np.full(10, 7)))
    assert grown.overlap == {7: 1.0}
    assert (grown.labels == 7).all()


def test_without_kept_clusters_numbers_stay_in_order():
    found = np.array([1, 0, -1, 2])
    first = carry_over(found, ids(4), read_kept([]))
    assert (first.labels == found).all()
    assert first.overlap == {}


def test_noise_is_no_cluster_to_go_on_with():
    carried = carry_over(np.zeros(10, dtype=int), ids(10), kept(np.full(10, -1)))
    assert (carried.labels == 0).all()
    assert carried.overlap == {}
