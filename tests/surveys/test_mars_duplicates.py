"""Perceptual hashes and near duplicates."""

import time

import numpy as np
import pandas as pd
import pytest
from mars_files import jpeg, make_zip, open_made
from PIL import Image

from skyloom.surveys.mars.near_duplicates import difference_hash, near_pairs, pairs_across
from skyloom.surveys.mars.scenes import draw_scene, draw_site


def bits_apart(first, second):
    return (first ^ second).bit_count()


def scene(seed, kind="wheel", size=128):
    rng = np.random.default_rng(seed)
    picture = draw_scene(kind, rng, size, draw_site(rng))
    return np.round(picture * 255).astype(np.uint8)[..., 1]


def test_bits_say_which_cell_is_brighter_than_its_left_neighbour():
    band = np.zeros((8, 9), dtype=np.uint8)
    band[0, 1] = 9  # brighter than cell 0; cell 2 is darker again
    band[7, 8] = 1  # the last bit
    large = band.repeat(16, axis=0).repeat(16, axis=1)
    assert difference_hash(large) == 2**63 + 1
    assert difference_hash(large * 0) == 0


def test_cells_are_means_where_they_differ_in_width():
    ramp = np.tile(np.arange(100, dtype=np.uint8), (50, 1))
    assert difference_hash(ramp) == 2**64 - 1
    flat = np.full((50, 100), 90, dtype=np.uint8)
    assert difference_hash(flat) == 0


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (8, 9), (2000, 2600)])
def test_pictures_of_any_size_have_a_hash(shape):
    ramp = np.broadcast_to(np.linspace(0, 255, shape[1]).astype(np.uint8), shape)
    code = difference_hash(ramp)
    assert code == (2**64 - 1 if shape[1] >= 9 else code)
    assert 0 <= code < 2**64


def test_compression_scaling_and_gain_keep_the_hash_but_another_scene_does_not():
    picture = scene(1)
    code = difference_hash(picture)
    smaller = np.asarray(Image.fromarray(picture).resize((90, 90)))
    darker = (picture * 0.7).astype(np.uint8)
    assert bits_apart(code, difference_hash(smaller)) <= 4
    assert bits_apart(code, difference_hash(darker)) <= 4
    others = [bits_apart(code, difference_hash(scene(seed))) for seed in range(2, 12)]
    assert min(others) > 8


def test_near_pairs_are_those_of_a_plain_loop(monkeypatch):
    monkeypatch.setattr("skyloom.surveys.mars.near_duplicates._BLOCK", 700)
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**16, 300, dtype=np.uint64)
    parts = list(near_pairs(hashes, 2))
    assert len(parts) > 1, "several blocks"
    found = [tuple(pair) for part in parts for pair in part.tolist()]
    codes = hashes.tolist()
    expected = [
        (i, j) for i in range(300) for j in range(i + 1, 300) if bits_apart(codes[i], codes[j]) <= 2
    ]
    assert sorted(found) == expected
    assert list(near_pairs(hashes[:0], 2)) == []


def test_pairs_across_splits_are_named_and_rejected_rows_are_no_trouble():
    index = pd.DataFrame(
        {
            "image_id": ["a", "b", "c", "d", "e"],
            "perceptual_hash": ["00ff", "00fe", "00ff", None, "ff00"],
            "split": ["train", "train", "test", "test", "test"],
        }
    )
    pairs = pairs_across(index, "split", 1)
    assert pairs.values.tolist() == [["a", "c", "train", "test"], ["b", "c", "train", "test"]]
    assert pairs_across(index[:2], "split", 1).empty


def test_the_archive_reports_what_it_has_read(tmp_path):
    names = [f"00{sol}ML0000000110100031E01_DRCL.jpg" for sol in (10, 11)]
    images = {name: jpeg() for name in names}
    archive = open_made(make_zip(tmp_path / "a.zip", images))
    assert list(archive.remarks) == []
    codes = [archive.read(offer).covariates["perceptual_hash"] for offer in archive.offers]
    assert codes == ["0" * 16] * 2
    assert list(archive.remarks) == [
        "near duplicates (hashes at most 4 of 64 bits apart): 1 pairs among 2 images, 1 of them "
        "between different groups"
    ]
    silent = open_made(tmp_path / "a.zip", near_duplicate_distance=None)
    assert dict(silent.read(silent.offers[0]).covariates) == {}
    assert list(silent.remarks) == []


def test_a_hash_takes_less_than_a_fifth_of_a_millisecond():
    picture = scene(1, size=256)
    times = []
    for _ in range(50):
        started = time.perf_counter()
        difference_hash(picture)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.2e-3
