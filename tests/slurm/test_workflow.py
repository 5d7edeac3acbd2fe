"""Through the executor: a whole survey, ranks on two nodes, a dead head, many shards."""

import json
import time
from pathlib import Path

import pandas as pd
import pytest
from study import Study, wait_for

from skyloom.digest import sha256_of_file
from skyloom.learn.attempts import FINISHED

pytestmark = pytest.mark.slurm


@pytest.fixture(scope="module")
def whole(prepared: Study) -> Study:
    """The survey from its simulated archive to its report, with one encoder."""
    study = prepared
    study.write_config("reference", name="whole.yaml", results="results/whole")
    study.snakemake("all", config="whole.yaml").succeeds()
    return study


def accounted(whole: Study) -> pd.DataFrame:
    """The jobs of that run: of all runs it alone simulates on the cluster."""
    fields = ["JobID", "Comment", "State", "JobName", "AllocTRES"]
    rows = pd.DataFrame(whole.accounted(*fields), columns=fields)
    (run,) = rows["JobName"][rows["Comment"].str.startswith("rule_simulate")]
    return rows[rows["JobName"] == run]


def test_a_survey_from_archive_to_report(whole: Study):
    base = whole.folder / "results/whole/mars"
    assert "mars" in (base / "report.html").read_text()
    jobs = accounted(whole)
    assert set(jobs["State"]) == {"COMPLETED"}
    counts = jobs["Comment"].str.partition("_wildcards")[0].value_counts()
    assert counts["rule_prepare_prepare"] == 1, "two shards, one job"
    assert counts["rule_pretrain"] == 2, "one each for the encoder and the baseline"
    assert not {"rule_acquire", "rule_compare", "rule_report"} & set(counts.index)
    embedding = jobs["Comment"].str.startswith("rule_embed")
    assert jobs["AllocTRES"][embedding].str.contains("gres/gpu=1").all()


def test_records_name_job_node_and_gpu(whole: Study):
    base = whole.folder / "results/whole/mars/provenance"
    said = json.loads((base / "embed/reference/a.json").read_text())["slurm"]
    assert said["SLURM_JOB_ID"].isdigit()
    assert said["SLURM_JOB_NODELIST"] in ("node1", "node2")
    assert said["SLURM_JOB_GPUS"].startswith("gpu:made:1(IDX:")
    assert said["SLURM_RESTART_COUNT"] == "0"
    assert json.loads((base / "compare.json").read_text())["slurm"] == {}, "on the login node"


def test_nothing_runs_twice_and_logs_of_good_jobs_go(whole: Study):
    said = whole.snakemake("all", config="whole.yaml", options=("-n",)).succeeds()
    assert "Nothing to be done" in said
    jobs = accounted(whole)
    logs = {path.stem for path in (whole.folder / "logs/slurm").rglob("*.log")}
    assert not logs & set(jobs["JobID"])
    report = whole.folder / f"logs/slurm/efficiency_report_{jobs['JobName'].iloc[0]}.csv"
    assert "rule_pretrain" in report.read_text()


def test_two_ranks_on_two_nodes(study: Study):
    """The bytes are those of two ranks that torchrun starts on one machine."""
    ranks = "{tasks: 2, nodes: 2, gpus: 0}"
    study.write_config("here", "there", name="ranks.yaml", launch=ranks)
    here, there = (study.file(name) for name in ("here", "there"))
    study.locally(here, config="ranks.yaml").succeeds()
    study.snakemake(there, config="ranks.yaml").succeeds()
    assert study.sha256("there") == study.sha256("here")
    record = study.record("there")
    assert record["facts"]["processes"] == 2
    assert record["slurm"]["SLURM_JOB_NODELIST"] == "node[1-2]"
    logs = study.folder / "logs/mars/pretrain"
    assert "epoch 30/30: loss" in (logs / "there.log").read_text()
    assert (logs / "there.log.rank-1").exists()
    assert "epoch" not in (logs / "there.log.rank-1").read_text(), "one of them speaks"


@pytest.mark.study
def test_a_dead_head_and_its_orphan(study: Study):
    """A second copy is refused while the orphan lives; what it finished is not trained again."""
    target = study.file("orphaned")
    head = study.snakemake(target)
    orphan = wait_for("orphan", lambda: study.trains("orphaned"))
    with study.slowed("orphaned"):
        head.kill()
        study.snakemake(target, options=("--unlock",)).succeeds()
        second = study.snakemake(target, options=("--retries", "0"))
        second.wait()
    assert second.process.returncode != 0
    log = (study.folder / "logs/mars/pretrain/orphaned.log").read_text()
    assert f"SLURM job {orphan}, process" in log
    assert "is alive" in log
    wait_for("end of the orphan", lambda: study.state(orphan) == "COMPLETED")
    assert [line.get("how") for line in study.attempts("orphaned")] == [None, FINISHED]
    said = study.snakemake(target).succeeds()
    assert "Nothing to be done" in said, "the orphan's files are taken as they are"
    assert study.sha256("orphaned") == study.sha256("reference")


@pytest.mark.study
def test_a_bad_shard_takes_nothing_from_its_batch(study: Study, simulated_zip: Path):
    study.write_shards(6, "results/bad", simulated_zip.read_bytes())
    raw = study.folder / "results/bad/mars/raw/s002.zip"
    good = raw.read_bytes()
    raw.write_bytes(b"no zip")
    run = study.snakemake("images", config="many.yaml", options=("--retries", "0"))
    run.wait()
    assert run.process.returncode != 0
    images = study.folder / "results/bad/mars/images"
    made = {path.name: path.stat().st_mtime_ns for path in images.glob("*.parquet")}
    assert "s002.parquet" not in made
    assert "s002.zip" in (study.folder / "logs/mars/prepare/s002.log").read_text()
    raw.write_bytes(good)
    study.snakemake("images", config="many.yaml").succeeds()
    now = {path.name: path.stat().st_mtime_ns for path in images.glob("*.parquet")}
    assert now.items() >= made.items(), "only the bad one was prepared again"
    assert len(now) == 6


@pytest.mark.study
@pytest.mark.parametrize("count", [40, 200])
def test_many_small_shards_are_few_jobs(study: Study, simulated_zip: Path, count: int):
    results, raw = f"results/many-{count}", simulated_zip.read_bytes()
    study.write_shards(count, results, raw)
    before = len(study.accounted("JobID"))
    run = study.snakemake("images", config="many.yaml")
    longest = 0
    while run.process.poll() is None:
        longest = max(longest, len(study.cluster.run("squeue", "-h", "-o", "%i").split()))
        time.sleep(2)
    run.succeeds()
    images = study.folder / results / "mars/images"
    assert len(list(images.glob("*.parquet"))) == count
    assert len(study.accounted("JobID")) - before == count // 20
    assert longest <= count // 20
    kept = {path.name: sha256_of_file(path) for path in images.iterdir()}
    study.write_shards(count + 1, results, raw)
    study.snakemake("images", config="many.yaml").succeeds()
    assert {name: sha256_of_file(images / name) for name in kept} == kept
    assert len(study.accounted("JobID")) - before == count // 20 + 1, "the new shard alone"
