"""Clusters keep their numbers from one clustering to the next."""

import pandas as pd

CLUSTERS = "results/tiny/mars/simclr/clusters"


def keep(repository, *words):
    return repository.skyloom("keep-clusters", "mars", "--configfile", "tiny.yaml", *words)


def test_kept_numbers_stay_when_clusters_are_found_anew(finished, tmp_path):
    repository = finished.copy(tmp_path / "copy")
    folder = repository.folder / CLUSTERS
    before = pd.read_parquet(folder / "kmeans.parquet")
    done = keep(repository)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "kept in reviews/mars/clusters/simclr.parquet\n"
    kept_file = repository.folder / "reviews/mars/clusters/simclr.parquet"
    kept = pd.read_parquet(kept_file)
    kept["cluster"] = kept["cluster"].where(kept["cluster"] < 0, kept["cluster"] + 100)
    kept.to_parquet(kept_file)
    assert "cluster" in repository.planned()
    ran = repository.snakemake("clusters")
    assert ran.returncode == 0, ran.stderr[-3000:]
    after = pd.read_parquet(folder / "kmeans.parquet")
    assert (after["cluster"] == before["cluster"] + 100).all()
    members = pd.read_parquet(folder / "members.parquet")
    assert (members["kept_overlap"] == 1).all()
    summary = pd.read_parquet(folder / "summary.parquet")
    lost = summary[summary["quantity"] == "lost_clusters"]
    assert (lost["value"] == 0).all()


def test_what_is_not_there_cannot_be_kept(finished, fresh):
    assert "Run: snakemake clusters" in keep(fresh).stderr
    wrong = keep(finished, "--encoder", "simcrl")
    assert wrong.returncode == 1
    assert "no encoder 'simcrl'. Did you mean 'simclr'?" in wrong.stderr
    assert not (finished.folder / "reviews").exists()
