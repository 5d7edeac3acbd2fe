"""The stage that measures search by class: files of several encoders and shards, and its log."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from made import make_store
from skyloom.stages.job import Job
from skyloom.stages.retrieve import OUTPUTS, retrieve
from skyloom.tables import embedding_column, write_table

CLASSES = np.array(["clockwise", "anticlockwise", "merger"])
SETTINGS = {
    "survey": "galaxies",
    "retrieval": {"at": [1, 4], "bootstrap": 100},
    "by": "split",
    "encoders": ["sees", "sees-nothing"],
    "mirroring": ["sees"],
    "seed": 0,
}


@pytest.fixture
def job(tmp_path):
    """Two shards, the last two images of each unlabelled and rejected; two encoders."""
    paths = {"index": [], "features": []}
    for shard in ("a", "b"):
        label = [*np.resize(CLASSES, 30), None, "merger"]
        make_store(
            tmp_path,
            np.zeros((31, 1, 4, 4), dtype=np.uint8),
            shard=shard,
            offered=32,
            label=label,
            group=[f"g{number % 8}" for number in range(32)],
            split=["test" if number % 2 else "train" for number in range(32)],
            rejected=[None] * 31 + ["damaged"],
        )
        paths["index"].append(tmp_path / f"{shard}.parquet")
    for encoder in SETTINGS["encoders"]:
        for shard in ("a", "b"):
            number = np.resize(np.arange(3), 31)
            vectors = np.eye(3)[number] if encoder == "sees" else np.ones((31, 3))
            ids = pa.array([f"{shard}{row}" for row in range(31)])
            table = pa.table({"image_id": ids, "embedding": embedding_column(np.float32(vectors))})
            path = tmp_path / f"{encoder}-{shard}.parquet"
            write_table(path, table, {"encoder_sha256": encoder})
            paths["features"].append(path)
    paths |= {name: [tmp_path / f"{name}.out"] for name in OUTPUTS}
    return Job(paths, json.loads(json.dumps(SETTINGS)), {})


def macro(job):
    table = pd.read_parquet(job.path("retrieval"))
    table = table[(table["label"] == "macro") & (table["k"] == 4)]
    return table.set_index(["labels", "encoder"])["value"]


def test_each_encoder_is_measured_on_its_own_files(job):
    retrieve(job)
    found = macro(job)["given"]
    assert found["sees"] == 1
    assert found["sees-nothing"] < 0.5
    assert found["chance"] == pytest.approx(1 / 3, abs=0.02)
    names = pd.read_parquet(job.path("lookalikes"))["neighbours"].explode()
    assert not set(names) & {"a30", "b30", "a31", "b31"}  # without a label, rejected
    gains = pd.read_parquet(job.path("retrieval_differences"))
    assert set(gains["encoder"]) == {"sees"}
    assert job.facts["queries"] == 30


def test_mirrored_views_of_both_senses_of_rotation_are_warned_of(job, capsys):
    retrieve(job)
    (remark,) = job.facts["remarks"]
    said = capsys.readouterr().out
    assert f"WARNING: {remark}" in said
    for part in ("horizontal_flip", "galaxies.reader.labels", "galaxies.retrieval.alike"):
        assert part in remark


def test_classes_that_count_as_one_have_rows_of_their_own(job, capsys):
    job.settings["retrieval"]["alike"] = {"spiral": ["clockwise", "anticlockwise"]}
    retrieve(job)
    assert "WARNING" not in capsys.readouterr().out
    table = pd.read_parquet(job.path("retrieval"))
    assert set(table[table["labels"] == "alike"]["label"]) == {"macro", "merger", "spiral"}
    assert macro(job)["alike"]["chance"] > macro(job)["given"]["chance"]
