"""What a finished study leaves, and what makes its parts rerun."""

import re

import numpy as np
import pandas as pd
import pytest

from made import ROOT

AFTER_CLUSTER = {"cluster", "enrich", "report", "provenance", "all"}


def edit(repository, name, old, new):
    path = repository.folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return lambda: path.write_text(text)


def base(repository):
    return repository.folder / "results/tiny/mars"


def test_tables_have_the_columns_of_the_contract(finished):
    index = pd.concat(pd.read_parquet(base(finished) / f"images/{s}.parquet") for s in "ab")
    assert {"image_id", "group", "split", "label", "sol", "camera", "rejected"} <= set(index)
    readable = index[index["rejected"].isna()]
    assert 0 < len(index) - len(readable) < 12
    features = pd.read_parquet(base(finished) / "simclr/features/a.parquet")
    assert list(features.columns) == ["image_id", "embedding"]
    assert len(features["embedding"].iloc[0]) == 512
    training = pd.read_parquet(base(finished) / "simclr/training.parquet")
    assert list(training["epoch"]) == [0, 1, 2]
    assert np.isfinite(training).all().all()
    for algorithm in ("kmeans", "hdbscan"):
        clusters = pd.read_parquet(base(finished) / f"simclr/clusters/{algorithm}.parquet")
        assert set(clusters["image_id"]) == set(readable["image_id"])
        assert clusters["strength"].between(0, 1).all()
    curves = pd.read_parquet(base(finished) / "comparison/curves.parquet")
    assert set(curves["encoder"]) == {
        "simclr",
        "pixels",
        "untrained",
        "majority",
        "nearest-in-time",
    }
    assert set(curves["split"]) == {"val", "test"}
    assert (curves["low"] <= curves["high"]).all()


def test_features_can_be_searched_and_the_recall_is_measured(finished):
    folder = base(finished) / "simclr/search"
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    ids = pd.read_parquet(folder / "ids.parquet")["image_id"]
    assert vectors.shape == (len(ids), 512)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(ids)), abs=1e-5)
    assert (folder / "approximate.faiss").stat().st_size == 0
    recall = pd.read_parquet(folder / "recall.parquet")
    assert list(recall["neighbours"]) == [1, 10, 100]
    assert (recall["recall"] > 0.99).all()
    assert recall["exact"].all()


def test_retrieval_is_measured_by_class_with_its_nulls(finished):
    scores = pd.read_parquet(base(finished) / "comparison/retrieval.parquet")
    assert set(scores["encoder"]) == {"simclr", "pixels", "untrained", "sheet-order", "chance"}
    assert set(scores["k"]) == {1, 5}
    assert "macro" in set(scores["label"])
    assert (scores["low"] <= scores["high"]).all()
    assert scores["value"].between(0, scores["ceiling"] + 1e-9).all()
    differences = pd.read_parquet(base(finished) / "comparison/retrieval_differences.parquet")
    assert set(differences["encoder"]) == {"simclr"}
    assert set(differences["baseline"]) == {"pixels", "untrained", "sheet-order", "chance"}
    found = pd.read_parquet(base(finished) / "comparison/lookalikes.parquet")
    groups = pd.concat(
        pd.read_parquet(base(finished) / f"images/{s}.parquet") for s in "ab"
    ).set_index("image_id")["group"]
    for row in found.to_dict("records"):
        assert len(row["neighbours"]) == 5
        assert groups[row["image_id"]] not in set(groups[row["neighbours"]])


def test_report_is_one_offline_page(finished):
    page = (base(finished) / "report.html").read_text()
    assert not re.findall(r"src=[\"']?(?!data:)[^\"' >]+|<link\b|<script\b|url\(", page)
    assert not re.findall(r"<a href=\"(?!#|provenance.html|https://)[^\"]+", page)
    assert page.count("data:image/") > 15
    assert 'id="lookalikes"' in page
    for part in ("simulated archive", "no val list", "no readable image", "simclr: "):
        assert part in page
    assert "images of split train" in page


def test_nothing_to_be_done_after_a_run(finished):
    assert finished.planned() == set()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("min_cluster_size: 5", "min_cluster_size: 6", AFTER_CLUSTER),
        (
            "fractions: [0.5, 1.0]",
            "fractions: [0.25, 1.0]",
            {"probe", "compare", "report", "model_card", "provenance", "all"},
        ),
        ("at: [1, 5]", "at: [1, 4]", {"retrieve", "report", "provenance", "all"}),
        (
            "epochs: 3",
            "epochs: 4",
            AFTER_CLUSTER
            | {"pretrain", "embed", "search", "retrieve", "layout", "probe", "compare"}
            | {"model_card"},
        ),
    ],
)
def test_a_changed_setting_reruns_what_reads_it(finished, old, new, expected):
    undo = edit(finished, "tiny.yaml", old, new)
    assert finished.planned() == expected
    undo()


def test_targets_and_forced_stages(finished):
    assert finished.snakemake("features", options=("-n",)).returncode == 0
    assert finished.planned("--forcerun", "cluster") == AFTER_CLUSTER


def test_a_new_shard_runs_its_own_jobs_and_the_joins(finished):
    undo = edit(finished, "sheet.tsv", "b\tb.zip", "c\tc.zip\t\t\t50\nb\tb.zip")
    done = finished.snakemake(options=("-n",))
    text = done.stdout + done.stderr
    for stage in ("simulate", "acquire", "prepare"):
        assert len(re.findall(rf"^(?:local)?rule {stage}:", text, re.MULTILINE)) == 1
    undo()


def test_audit_finds_a_flipped_byte_in_the_features(finished):
    clean = finished.skyloom("audit")
    assert (clean.returncode, clean.stdout.count("\n")) == (0, 1), clean.stdout
    path = base(finished) / "simclr/features/a.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    found = finished.skyloom("audit")
    path.write_bytes(content)
    assert found.returncode == 1
    assert "CHANGED    results/tiny/mars/simclr/features/a.parquet" in found.stdout


def test_every_job_has_a_record_with_its_seed_and_code(finished):
    import json

    records = list((base(finished) / "provenance").rglob("*.json"))
    stages = [json.loads(path.read_text()) for path in records]
    assert {record["stage"] for record in stages} == {
        *("simulate", "acquire", "prepare", "pretrain", "embed", "thumbnails"),
        *("cluster", "enrich", "search", "retrieve", "layout", "probe", "compare", "report"),
        *("model_card", "data_card", "provenance"),
    }
    trained = next(r for r in stages if r["stage"] == "pretrain" and r["facts"]["trained_on"])
    assert trained["facts"]["trained_on"] == ["train"]
    assert trained["facts"]["seed"] == 1


def test_repository_keeps_its_promises():
    assert (ROOT / "slurm").is_symlink()
    assert not (ROOT / "profiles" / "default").exists(), "it would override --profile slurm"
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 80
