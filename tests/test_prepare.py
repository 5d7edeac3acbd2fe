import numpy as np
import pandas as pd
import pytest

from skyloom.images import ImageStore
from skyloom.prepare import TooManyRejectedError, prepare_shard, spread
from skyloom.settings.prepare import PrepareSettings
from skyloom.surveys.contract import Offer
from skyloom.surveys.mars.reader import open_archive


def prepare(path, folder, **settings):
    images, index = folder / "images.npy", folder / "index.parquet"
    table = prepare_shard(
        open_archive(path), "s", PrepareSettings(image_size=24, **settings), images, index
    )
    return table, images, index


def test_every_offer_has_a_row(simulated_zip, tmp_path):
    table, images, index = prepare(simulated_zip, tmp_path, max_rejected=0.2)
    archive = open_archive(simulated_zip)
    assert list(table["image_id"]) == [offer.image_id for offer in archive.offers]
    bad = table[table["rejected"].notna()]
    assert 0 < len(bad) < 12
    assert bad["rejected"].str.contains("no readable image").all()
    assert bad["row"].isna().all()
    assert bad["source_sha256"].notna().all()
    store = ImageStore.open([images], [index])
    assert store.shape == (3, 24, 24)
    assert len(store) == len(table) - len(bad)
    assert pd.read_parquet(index)["time"].dt.tz is not None


def test_too_many_rejected_fails_and_leaves_nothing(simulated_zip, tmp_path):
    with pytest.raises(TooManyRejectedError, match=r"max_rejected allows 0.1%.*\n  images/"):
        prepare(simulated_zip, tmp_path, max_rejected=0.001)
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
    assert spread(offers, None) == offers


def test_pixels_match_the_picture(simulated_zip, tmp_path):
    table, images, _ = prepare(simulated_zip, tmp_path, max_rejected=0.2)
    archive = open_archive(simulated_zip)
    place = int(np.flatnonzero(table["rejected"].isna())[0])
    offer = archive.offers[place]
    full = archive.decode(offer, archive.read(offer)).astype(float)  # (3, 48, 48)
    halved = full.reshape(3, 24, 2, 24, 2).mean(axis=(2, 4))
    stored = np.load(images)[int(table["row"].iloc[place])].astype(float)
    assert np.abs(stored - halved).mean() < 6
