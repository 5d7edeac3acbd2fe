import numpy as np
from scipy import stats

from skyloom.learn.draws import image_keys, shuffled, uniforms

MASK = 2**64 - 1


def splitmix64(state):
    """SplitMix64's finaliser on Python integers, as published."""
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & MASK
    return state ^ (state >> 31)


def draws(keys, count=4, seed=1, epoch=2, view=0):
    return uniforms(keys, count, seed=seed, epoch=epoch, view=view)


def test_against_python_integers():
    import hashlib

    (key,) = image_keys(["an image"])
    expected_key = hashlib.blake2b(b"an image", digest_size=8).digest()
    assert int(key) == int.from_bytes(expected_key, "little")
    stream = int.from_bytes(hashlib.blake2b(b"1/2/0", digest_size=8).digest(), "little")
    start = splitmix64(int(key) ^ stream)
    expected = [
        (splitmix64((start + i * 0x9E3779B97F4A7C15) & MASK) >> 40) / 2**24 for i in (1, 2, 3)
    ]
    assert draws(image_keys(["an image"]), 3)[0].tolist() == expected


def test_a_draw_depends_on_its_image_alone():
    keys = image_keys([f"image {n}" for n in range(50)])
    whole = draws(keys)
    assert (draws(keys[[7, 3]]) == whole[[7, 3]]).all()
    assert (draws(keys, 9)[:, :4] == whole).all()


def test_seeds_epochs_and_views_are_independent_and_uniform():
    keys = image_keys([f"image {n}" for n in range(4000)])
    base = draws(keys)
    for other in (draws(keys, seed=2), draws(keys, epoch=3), draws(keys, view=1)):
        assert abs(np.corrcoef(base[:, 0], other[:, 0])[0, 1]) < 0.06
    assert stats.kstest(base.ravel(), "uniform").pvalue > 1e-4
    assert np.abs(np.corrcoef(base.T) - np.eye(4)).max() < 0.06
    assert 0 <= base.min() <= base.max() < 1


def test_order_is_a_new_permutation_each_epoch_and_follows_the_images():
    ids = [f"image {n}" for n in range(100)]
    keys = image_keys(ids)
    first, second = shuffled(keys, seed=0, epoch=0), shuffled(keys, seed=0, epoch=1)
    assert sorted(first) == list(range(100))
    assert (first != second).any()
    reversed_keys = image_keys(ids[::-1])
    there = [ids[::-1][place] for place in shuffled(reversed_keys, seed=0, epoch=0)]
    assert there == [ids[place] for place in first]
