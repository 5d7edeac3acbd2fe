"""Every analysis on features from which little can be learned: a clear end, no crash."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from made import make_store
from skyloom.analyze.retrieval_scores import RETRIEVAL_COLUMNS
from skyloom.stages.cluster import cluster
from skyloom.stages.enrich import enrich
from skyloom.stages.job import Job
from skyloom.stages.layout import layout
from skyloom.stages.probe import probe_encoder
from skyloom.stages.retrieve import retrieve
from skyloom.stages.search import search
from skyloom.tables import embedding_column, write_table

SETTINGS = {
    "cluster": {"k_range": [2, 8], "k_step": 2, "min_cluster_size": 4, "stability_samples": 3},
    "map": {},
    "probe": {"fractions": [0.01, 1.0], "seeds": 2, "bootstrap": 100},
    "enrich": {"permutations": 100},
    "search": {},
    "retrieval": {"split": "val", "bootstrap": 100, "alike": {"letter": ["a", "b"]}},
    "survey": "mars",
    "by": "split",
    "encoders": ["ours"],
    "mirroring": ["ours"],
    "pca": None,
    "seed": 0,
}
CASES = {
    "one image": (np.ones((1, 6)), ["a"]),
    "two images": (np.eye(2, 6), ["a", "b"]),
    "all identical": (np.ones((40, 6)), ["a", "b"] * 20),
    "all zero": (np.zeros((40, 6)), ["a", "b"] * 20),
    "fewer than k": (np.eye(5, 6), ["a"] * 5),
    "one class": (np.random.default_rng(0).normal(size=(60, 6)), ["a"] * 60),
    "no labels": (np.random.default_rng(0).normal(size=(60, 6)), [None] * 60),
    "a class of one": (np.random.default_rng(0).normal(size=(60, 6)), ["a"] * 59 + ["b"]),
}
OUTPUTS = {
    cluster: ["kmeans", "hdbscan", "tree", "selection", "summary", "members"],
    layout: ["map"],
    search: ["vectors", "ids", "approximate", "recall"],
    retrieve: ["retrieval", "retrieval_differences", "lookalikes"],
    probe_encoder: ["scores", "predictions", "classes", "calibration", "reliability"],
}


@pytest.fixture(params=[0, 3], ids=["constant group", "groups"])
def job_of(request, tmp_path):
    """Return the maker of a job of a stage on given features and labels."""

    def make(vectors, labels, outputs):
        count = len(vectors)
        groups = [f"g{number % request.param if request.param else 0}" for number in range(count)]
        splits = ["val" if number % 3 == 2 else "train" for number in range(count)]
        pixels = np.zeros((count, 3, 4, 4), dtype=np.uint8)
        make_store(tmp_path, pixels, label=list(labels), group=groups, split=splits)
        ids = pa.array([f"a{number}" for number in range(count)])
        table = pa.table({"image_id": ids, "embedding": embedding_column(np.float32(vectors))})
        write_table(tmp_path / "features.parquet", table, {"encoder_sha256": "1"})
        paths = {"features": [tmp_path / "features.parquet"], "index": [tmp_path / "a.parquet"]}
        paths |= {"kept": [], "covariates": []}
        paths |= {name: [tmp_path / f"{name}.out"] for name in outputs}
        return Job(paths, json.loads(json.dumps(SETTINGS)), {})

    return make


@pytest.mark.parametrize("case", CASES)
def test_covariates_of_whatever_was_clustered(case, job_of):
    vectors, labels = CASES[case]
    job = job_of(vectors, labels, [*OUTPUTS[cluster], "enrichment"])
    cluster(job)
    enrich(job)
    table = pd.read_parquet(job.path("enrichment"))
    assert table["q_value"].between(0, 1).all()
    assert not np.isinf(table.select_dtypes("number").to_numpy(dtype=float)).any()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("stage", OUTPUTS, ids=lambda stage: stage.__name__)
def test_every_table_is_written(stage, case, job_of, capsys):
    vectors, labels = CASES[case]
    job = job_of(vectors, labels, OUTPUTS[stage])
    stage(job)
    written = [name for name in OUTPUTS[stage] if name not in ("vectors", "approximate")]
    tables = {name: pd.read_parquet(job.path(name)) for name in written}
    for name in ("kmeans", "hdbscan", "map"):
        if name in tables:
            assert len(tables[name]) == len(vectors)
    for table in tables.values():
        numbers = table.select_dtypes("number")
        assert not np.isinf(numbers.to_numpy(dtype=float)).any()
    if "map" in tables:
        assert np.isfinite(tables["map"].drop(columns="image_id")).all().all()
    if case == "no labels" and "scores" in tables:
        assert tables["scores"].empty
    if case == "one class" and "scores" in tables:
        accuracy = tables["scores"].query("metric == 'accuracy'")
        assert (accuracy["value"] == 1).all()
    if len(scores := tables.get("retrieval", ())):
        assert scores["value"].between(0, scores["ceiling"] + 1e-9).all()
        assert (scores["low"] <= scores["high"]).all()
    if case in ("no labels", "one image", "two images") and "retrieval" in tables:
        assert scores.columns.tolist() == list(RETRIEVAL_COLUMNS)
        assert scores.empty
        assert "nothing to ask with" in capsys.readouterr().out
    if case in ("all identical", "all zero") and "summary" in tables:
        summary = tables["summary"].set_index(["algorithm", "quantity"])["value"]
        assert summary["k-means", "clusters"] == 1
