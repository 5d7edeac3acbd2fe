import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from made import make_store
from skyloom.analyze.approximate import (
    build_index,
    candidates,
    is_worth_it,
    read_index,
    write_index,
)
from skyloom.analyze.features import FeatureError, unit
from skyloom.analyze.recall import measure_recall
from skyloom.analyze.searchable import Searchable, map_features, open_searchable
from skyloom.analyze.similar import Bounds, search
from skyloom.settings.search import SearchSettings
from skyloom.tables import embedding_column, write_table

SETTINGS = SearchSettings(
    exact_up_to=0, lists=16, code_bytes=8, probes=8, candidates=100, recall_queries=60
)


def clustered(count=3000, width=32, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(40, width))
    basis = rng.normal(size=(8, width))
    points = centres[rng.integers(40, size=count)] + 0.5 * rng.normal(size=(count, 8)) @ basis / 3
    return unit(points.astype(np.float32))


def index_of(count):
    return pd.DataFrame(
        {
            "image_id": [f"i{number:04d}" for number in range(count)],
            "group": [f"g{number % 7}" for number in range(count)],
            "time": pd.NaT,
        }
    )


def searchable(vectors, settings=SETTINGS, exact=False):
    built = None if exact else build_index(vectors, settings, seed=0)
    return Searchable(vectors, index_of(len(vectors)), built, settings)


def test_the_same_vectors_give_the_same_bytes(tmp_path):
    vectors = clustered(1500)
    for name in ("a", "b"):
        write_index(tmp_path / name, build_index(vectors, SETTINGS, seed=0))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    read = read_index(tmp_path / "a")
    found = candidates(read, vectors[:5], 10, 16, 1.0)
    assert (found[:, 0] == np.arange(5)).mean() >= 0.6


def test_an_empty_file_says_that_search_is_exact(tmp_path):
    write_index(tmp_path / "none", None)
    assert (tmp_path / "none").read_bytes() == b""
    assert read_index(tmp_path / "none") is None


def test_candidates_are_compared_exactly_and_found_nearly_all():
    vectors = clustered()
    recall = measure_recall(searchable(vectors), seed=0).set_index("neighbours")
    assert recall.loc[10, "recall"] > 0.95
    assert not recall["exact"].any()
    assert (recall["low"] <= recall["recall"]).all()
    narrow = SETTINGS.model_copy(update={"probes": 1, "candidates": 10})
    less = measure_recall(searchable(vectors, narrow), seed=0).set_index("neighbours")
    assert less.loc[10, "recall"] < recall.loc[10, "recall"]


def test_looking_at_all_of_them_is_exact():
    whole = SETTINGS.model_copy(update={"probes": 16, "candidates": 3000})
    assert (measure_recall(searchable(clustered(), whole), seed=0)["recall"] == 1).all()
    exact = measure_recall(searchable(clustered(), exact=True), seed=0)
    assert (exact["recall"] == 1).all()
    assert exact["exact"].all()


def test_recall_is_counted_against_true_neighbours():
    """A search that only knows every other vector finds half of the neighbours."""
    vectors = clustered(400)

    class HalfBlind(Searchable):
        def similarities(self, direction, wanted):
            even = np.arange(0, len(self.vectors), 2)
            return even, self.vectors[even] @ direction

    blind = HalfBlind(vectors, index_of(400), None, SETTINGS)
    recall = measure_recall(blind, seed=0).set_index("neighbours")
    assert recall.loc[100, "recall"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(count=20),
        Bounds(count=300, other_groups=True),
        Bounds(count=2000, least=0.9),
        Bounds(count=5000),
    ],
    ids=["few", "other groups", "threshold", "more than there are"],
)
def test_filters_ask_for_more_candidates_until_there_are_enough(bounds):
    vectors = clustered()
    small = SETTINGS.model_copy(update={"candidates": 20, "probes": 16})
    examples = index_of(3000).iloc[[4]]
    found = search(searchable(vectors, small), vectors[4], examples, bounds)
    expected = search(searchable(vectors, exact=True), vectors[4], examples, bounds)
    assert len(found) == len(expected)
    shared = set(found["image_id"]) & set(expected["image_id"])
    assert len(shared) >= 0.9 * len(expected)
    assert "i0004" not in set(found["image_id"])


def test_few_vectors_are_compared_one_by_one():
    assert not is_worth_it(900, SETTINGS)
    assert is_worth_it(1200, SETTINGS)
    assert not is_worth_it(1200, SearchSettings())


@pytest.mark.parametrize("count", [2, 5, 1200])
def test_identical_vectors_can_be_searched(count):
    vectors = unit(np.ones((count, 32), dtype=np.float32))
    recall = measure_recall(searchable(vectors, exact=count < 1000), seed=0)
    assert recall["recall"].between(0, 1).all()
    assert len(search(searchable(vectors, exact=True), vectors[0], index_of(1), Bounds())) > 0


def saved(folder, names, encoder="a" * 64):
    vectors = clustered(len(names))
    np.save(folder / "vectors.npy", vectors)
    write_table(
        folder / "ids.parquet", pd.DataFrame({"image_id": names}), {"encoder_sha256": encoder}
    )
    write_index(folder / "approximate.faiss", None)
    return vectors


def test_vectors_are_mapped_and_stand_beside_their_images(tmp_path):
    names = [f"i{number:04d}" for number in reversed(range(50))]
    vectors = saved(tmp_path, names)
    opened = open_searchable(tmp_path, index_of(60), "a" * 64, SETTINGS)
    assert isinstance(opened.vectors, np.memmap)
    assert (opened.vectors == vectors).all()
    assert list(opened.index["image_id"]) == names


def test_an_index_in_the_vectors_order_is_not_copied(tmp_path):
    index = index_of(50)
    saved(tmp_path, list(index["image_id"]))
    assert open_searchable(tmp_path, index, "a" * 64, SETTINGS).index is index


def test_features_without_a_search_folder_are_mapped_as_unit_vectors(tmp_path):
    rng = np.random.default_rng(0)
    store = make_store(tmp_path, np.zeros((20, 1, 2, 2), np.uint8))
    vectors = rng.normal(size=(20, 3)).astype(np.float32)
    order = rng.permutation(20)  # of the features; the index has its own
    ids = pd.DataFrame({"image_id": store.index["image_id"].iloc[order]})
    table = pa.Table.from_pandas(ids, preserve_index=False)
    table = table.append_column("embedding", embedding_column(vectors[order]))
    write_table(tmp_path / "features.parquet", table, {"encoder_sha256": "a"})
    mapped = map_features([tmp_path / "features.parquet"], [tmp_path / "a.parquet"], store.index)
    assert isinstance(mapped.vectors, np.memmap)
    places = store.index["image_id"].tolist()
    for row, name in enumerate(mapped.index["image_id"]):
        assert mapped.vectors[row] == pytest.approx(unit(vectors)[places.index(name)])


def test_vectors_of_another_encoder_or_of_other_images_are_refused(tmp_path):
    saved(tmp_path, ["i0001", "gone"])
    with pytest.raises(FeatureError, match="holds vectors of encoder aaaa"):
        open_searchable(tmp_path, index_of(5), "b" * 64, SETTINGS)
    with pytest.raises(FeatureError, match="names image 'gone'"):
        open_searchable(tmp_path, index_of(5), "a" * 64, SETTINGS)
