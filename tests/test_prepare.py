import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from skyloom import prepare as stage
from skyloom.images import ImageStore, ImageStoreError
from skyloom.prepare import TooManyRejectedError, prepare_shard, spread
from skyloom.settings.prepare import PrepareSettings
from skyloom.surveys.contract import Offer, Reading, UnreadableImageError


class MadeArchive:
    """An archive of given pixels; images listed in `torn` cannot be read."""

    remarks: Sequence[str] = ()

    def __init__(self, pixels, torn=()):
        self._pixels, self._torn = pixels, set(torn)
        self.offers = [
            Offer(f"i{n}", f"file{n}", f"g{n % 3}", f"i{n}", covariates={"sol": n, "camera": None})
            for n in range(len(pixels))
        ]

    def read(self, offer):
        number = int(offer.image_id[1:])
        sha256 = hashlib.sha256(self._pixels[number].tobytes()).hexdigest()
        if number in self._torn:
            raise UnreadableImageError("torn in two", sha256)
        return Reading(self._pixels[number], sha256, {"brightness": float(number) / 2})


def noise(*shape, kind=np.uint8):
    return np.random.default_rng(1).integers(0, 256, shape).astype(kind)


def prepare(archive, folder, **settings):
    images, index = folder / "images.npy", folder / "index.parquet"
    table = prepare_shard(archive, "s", PrepareSettings(**settings), images, index)
    return table, images, index


def test_every_offer_has_a_row(tmp_path):
    pixels = noise(20, 3, 12, 12)
    table, images, index = prepare(MadeArchive(pixels, torn=[3, 7]), tmp_path, max_rejected=0.2)
    assert list(table["image_id"]) == [f"i{n}" for n in range(20)]
    bad = table[table["rejected"].notna()]
    assert list(bad["image_id"]) == ["i3", "i7"]
    assert set(bad["rejected"]) == {"torn in two"}
    assert bad["row"].isna().all()
    assert bad["source_sha256"].notna().all()
    store = ImageStore.open([images], [index])
    assert (store.batch(np.array([3])) == pixels[4]).all(), "the fourth image is lost, i4 follows"
    assert list(store.index["sol"]) == [n for n in range(20) if n not in (3, 7)]
    assert store.index["brightness"].iloc[-1] == 9.5


def test_index_does_not_depend_on_how_it_was_chunked(tmp_path, monkeypatch):
    archive = MadeArchive(noise(20, 1, 4, 4), torn=range(10))
    whole, _, _ = prepare(archive, tmp_path, max_rejected=1)
    monkeypatch.setattr(stage, "_CHUNK", 3)
    chunked, _, _ = prepare(archive, tmp_path, max_rejected=1)
    pd.testing.assert_frame_equal(whole, chunked)


def test_too_many_rejected_fails_and_leaves_nothing(tmp_path):
    archive = MadeArchive(noise(20, 3, 4, 4), torn=[3])
    with pytest.raises(TooManyRejectedError, match=r"max_rejected allows 0.1%.*\n  file3: torn"):
        prepare(archive, tmp_path, max_rejected=0.001)
    assert not list(tmp_path.iterdir())


def test_spread_keeps_shares_and_does_not_depend_on_order():
    offers = [
        Offer(f"i{n}", "s", "g", f"i{n}", split="val" if n % 4 == 0 else "train", label=f"c{n % 2}")
        for n in range(400)
    ]
    chosen = spread(offers, 40)
    assert len(chosen) == 40
    assert sum(offer.split == "val" for offer in chosen) == 10
    again = spread(offers[::-1], 40)
    assert {offer.image_id for offer in again} == {offer.image_id for offer in chosen}
    assert spread(offers, None) is offers, "a lazy sequence stays lazy"


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float16, np.float32])
def test_halved_images_are_means_in_their_own_type(tmp_path, kind):
    coarse = np.kron(noise(2, 3, 6, 6, kind=kind), np.ones((1, 1, 4, 4))).astype(kind)
    _, images, index = prepare(MadeArchive(coarse), tmp_path, image_size=12)
    store = ImageStore.open([images], [index])
    assert store.type == kind
    inner = store.batch(np.arange(2)).astype(float)
    expected = coarse.astype(float).reshape(2, 3, 12, 2, 12, 2).mean(axis=(3, 5))
    # antialiasing mixes neighbours across edges of the blocks, so only the mean is exact
    assert np.abs(inner.mean(axis=(2, 3)) - expected.mean(axis=(2, 3))).max() < 3


def test_flux_is_neither_clipped_nor_rounded(tmp_path):
    flux = np.random.default_rng(2).normal(0, 500, (4, 5, 8, 8)).astype(np.float32)
    _, images, _ = prepare(MadeArchive(flux), tmp_path)
    assert (np.load(images) == flux).all()


def test_images_of_several_sizes_need_a_common_one(tmp_path):
    mixed = [noise(3, 8, 8), noise(3, 9, 8)]
    with pytest.raises(ImageStoreError, match=r"Set prepare\.image_size"):
        prepare(MadeArchive(mixed), tmp_path)
    _, images, _ = prepare(MadeArchive(mixed), tmp_path, image_size=8)
    assert np.load(images).shape == (2, 3, 8, 8)


def test_a_shard_may_offer_nothing(tmp_path):
    _, images, index = prepare(MadeArchive([]), tmp_path)
    assert len(ImageStore.open([images], [index])) == 0
