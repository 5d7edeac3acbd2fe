import numpy as np
import pytest

from made import make_store
from skyloom.images import ImageStore, ImageStoreError


def random_pixels(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 3, 6, 5), dtype=np.uint8)


def test_batches_follow_the_index_over_shards(tmp_path):
    first, second = random_pixels(4, 1), random_pixels(3, 2)
    make_store(tmp_path, first, "a")
    make_store(tmp_path, second, "b")
    paths = [tmp_path / "b", tmp_path / "a"]
    store = ImageStore.open(
        [p.with_suffix(".npy") for p in paths], [p.with_suffix(".parquet") for p in paths]
    )
    wanted = np.array([6, 0, 2, 3])
    both = np.concatenate([second, first])
    assert (store.batch(wanted) == both[wanted]).all()
    assert list(store.index["image_id"].iloc[wanted]) == ["a3", "b0", "b2", "a0"]


def test_rejected_rows_have_no_row_and_stay_in_the_index(tmp_path):
    pixels = random_pixels(2)
    with pytest.raises(ImageStoreError, match="2 images for 3 accepted rows"):
        make_store(tmp_path, pixels, "x", offered=3, rejected=[None, None, None])
    assert not list(tmp_path.iterdir())
    store = make_store(tmp_path, pixels, "x", offered=3, rejected=[None, "torn", None])
    assert list(store.index["image_id"]) == ["x0", "x2"]
    assert list(store.rejected["rejected"]) == ["torn"]
    assert (store.batch(np.array([1])) == pixels[1]).all()


def test_array_file_is_plain_numpy(tmp_path):
    pixels = random_pixels(11)
    make_store(tmp_path, pixels)
    assert (np.load(tmp_path / "a.npy", allow_pickle=False) == pixels).all()


def test_one_id_for_two_images_is_refused(tmp_path):
    with pytest.raises(ImageStoreError, match="stands more than once"):
        make_store(tmp_path, random_pixels(2), image_id=["same", "same"])


def test_an_id_in_two_shards_is_refused(tmp_path):
    for shard in ("a", "b"):
        make_store(tmp_path, random_pixels(1), shard, image_id=["same"])
    with pytest.raises(ImageStoreError, match=r"same stands in two shards \(a, b\)"):
        ImageStore.open(
            [tmp_path / "a.npy", tmp_path / "b.npy"],
            [tmp_path / "a.parquet", tmp_path / "b.parquet"],
        )


def test_shards_of_different_kinds_are_named(tmp_path):
    make_store(tmp_path, random_pixels(2), "a")
    make_store(tmp_path, random_pixels(2).astype(np.float32), "b")
    make_store(tmp_path, random_pixels(0), "c")
    paths = [tmp_path / name for name in "abc"]
    with pytest.raises(ImageStoreError, match=r"a\.npy: uint8.*b\.npy: float32"):
        ImageStore.open(
            [p.with_suffix(".npy") for p in paths], [p.with_suffix(".parquet") for p in paths]
        )
    store = ImageStore.open(
        [tmp_path / "c.npy", tmp_path / "a.npy"],
        [tmp_path / "c.parquet", tmp_path / "a.parquet"],
    )
    assert store.shape == (3, 6, 5), "an empty shard says nothing about the kind"


@pytest.mark.parametrize("kind", ["float64", "int32", ">f4"])
def test_other_types_are_refused(tmp_path, kind):
    with pytest.raises(ImageStoreError, match="expected little-endian uint8"):
        make_store(tmp_path, random_pixels(1).astype(kind))
