"""Photometric redshifts through the real workflow, on simulated galaxies."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from repository import Repository

from skyloom.analyze.redshift.pdfs import read_pdfs

CONFIG = """
results: results/redshifts
seed: 1
surveys: [galaxies]
galaxies:
  shards: galaxies.tsv
  simulate: {cutouts: 72, galaxies: 4, bad_redshift: 0.05}
  reader: {outside_redshift: leave out, shares: [0.6, 0.0, 0.4]}
  prepare: {image_size: 27}
  encoders:
    moco:
      network: {input_size: 16, centre: 0.6}
      pretrain: {objective: moco, epochs: 1, batch_size: 16, moco: {queue: 64}}
  baselines: [untrained]
  cluster: {k_range: [2, 4], min_cluster_size: 5}
  redshift:
    bins: 20
    photometry: [mag_u, mag_g, mag_r, mag_i, mag_z]
    magnitude: mag_r
    reddening: ebv
    baseline: supervised
    fractions: [0.5, 1.0]
    seeds: 1
    dust: [0.0, 0.1]
    bootstrap: 100
    models:
      supervised: {kind: network, fit: &fit {epochs: 2, batch_size: 16}}
      semi: {kind: network, encoder: moco, photometry_weight: 0.5, fit: *fit}
      linear: {kind: linear, encoder: moco}
      neighbours: {kind: neighbours, encoder: untrained}
      colours: {kind: neighbours}
      boosting: {kind: boosting}
"""
SHEET = "shard\turl\tbytes\tsha256\na\tsets/a.h5\t\t\nb\tsets/b.h5\t\t\n"
NETWORKS = ("supervised", "semi")
MODELS = [*NETWORKS, "linear", "neighbours", "colours", "boosting"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose redshifts have been told, up to the report."""
    repository = Repository(tmp_path_factory.mktemp("redshifts"))
    (repository.folder / "galaxies.yaml").write_text(CONFIG)
    (repository.folder / "galaxies.tsv").write_text(SHEET)
    done = repository.snakemake("redshifts", "all", config="galaxies.yaml")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return repository


def _home(repository: Repository) -> Path:
    return repository.folder / "results/redshifts/galaxies"


def _index(repository: Repository) -> pd.DataFrame:
    files = sorted((_home(repository) / "images").glob("*.parquet"))
    return pd.concat(map(pd.read_parquet, files)).set_index("image_id")


@pytest.mark.parametrize("model", MODELS)
def test_each_model_tells_the_test_galaxies(told, model):
    index = _index(told)
    test = index[(index["split"] == "test") & index["rejected"].isna()]
    for draw in ("50-0", "100-0"):
        pdfs = read_pdfs(_home(told) / "redshift" / model / draw / "pdfs.parquet")
        assert sorted(pdfs.image_id) == sorted(test.index)
        assert pdfs.bins.count == 20
    assert (_home(told) / "redshift" / model / "100-0" / "network.safetensors").exists() == (
        model in NETWORKS
    )


def test_smaller_draws_are_part_of_larger_ones_and_counted(told):
    curves = pd.read_parquet(_home(told) / "redshift/curves.parquet")
    train = (_index(told)["split"] == "train").sum()
    assert set(curves["labels"]) == {int(train * 0.5), train}
    assert set(curves["model"]) == set(MODELS)
    assert np.isfinite(curves[["value", "low", "high"]]).all(axis=None)
    baseline = curves["model"] == "supervised"
    assert curves.loc[baseline, "difference"].isna().all()
    assert np.isfinite(curves.loc[~baseline, "difference"]).all()


def test_factors_dust_and_scores(told):
    home = _home(told) / "redshift"
    factors = pd.read_parquet(home / "factors.parquet")
    assert set(factors["model"]) == set(MODELS) - {"supervised"}
    dust = pd.read_parquet(home / "dust.parquet")
    assert (dust.loc[dust["ebv"] == 0, "shift"] == 0).all()
    boosted = dust[(dust["model"] == "boosting") & (dust["ebv"] > 0)]
    assert (boosted["shift"].abs() > 1e-3).all(), "dust looks like redshift to colours"
    scores = pd.read_parquet(home / "scores.parquet")
    assert set(scores.loc[scores["fraction"] == 1, "stratum"]) == {
        *("all", "redshift", "mag_r", "ebv")
    }
    estimates = pd.read_parquet(home / "estimates.parquet")
    assert set(estimates.columns) == {
        *("image_id", "redshift", "mean", "median", "mode", "pit", "model")
    }


def test_report_shows_them(told):
    page = (_home(told) / "report.html").read_text()
    assert "How many times more redshifts supervised needs" in page
    assert page.count("<td>boosting</td>") == 3


def test_nothing_is_left_to_do_and_dust_alone_reruns_what_reads_it(told):
    assert told.planned(config="galaxies.yaml") == set()
    config = told.folder / "galaxies.yaml"
    config.write_text(CONFIG.replace("dust: [0.0, 0.1]", "dust: [0.0, 0.2]"))
    rules = told.planned(config="galaxies.yaml")
    config.write_text(CONFIG)
    assert rules == {
        *("redshift_network", "redshift_estimator", "redshift_scores"),
        *("report", "provenance", "all"),
    }


def test_every_file_has_its_record_and_only_what_reads_dust_is_stale_by_it(told):
    done = told.skyloom("audit", "results/redshifts")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    config = told.folder / "galaxies.yaml"
    config.write_text(CONFIG.replace("dust: [0.0, 0.1]", "dust: [0.0, 0.2]"))
    other = told.skyloom("audit", "results/redshifts").stdout
    config.write_text(CONFIG)
    assert "redshift/boosting" in other
    assert "moco/encoder" not in other
    config.write_text(CONFIG[: CONFIG.index("  redshift:")])
    none = told.skyloom("audit", "results/redshifts")
    config.write_text(CONFIG)
    assert "Traceback" not in none.stderr
    assert "redshift/scores.parquet" in none.stdout


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("encoder: untrained}", "encoder: untraind}", ["no encoder 'untraind'", "'untrained'"]),
        ("mag_u, mag_g", "mag_u, mag_q", ["redshift.photometry names 'mag_q'", "mag_g"]),
        ("baseline: supervised", "baseline: superviced", ["baseline is 'superviced'"]),
        ("photometry: [mag_u, mag_g, mag_r, mag_i, mag_z]", "photometry: []", ["reads magnitudes"]),
        ("bins: 20", "binz: 20", ["redshift.binz: unknown key", "'bins'"]),
    ],
)
def test_mistakes_are_named(told, tmp_path, old, new, parts):
    other = told.copy(tmp_path / "repository")
    (other.folder / "galaxies.yaml").write_text(CONFIG.replace(old, new))
    done = other.snakemake("redshifts", config="galaxies.yaml")
    said = done.stdout + done.stderr
    for log in (other.folder / "logs").rglob("*.log"):
        said += log.read_text()
    assert done.returncode != 0
    assert all(part in said for part in parts), said[-3000:]
