"""Domains, parents, ranks and signals: trainings through the real Snakefile."""

import json
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pandas as pd
import pytest
from repository import Repository

from skyloom.digest import sha256_of_file
from skyloom.learn.attempts import Attempts
from skyloom.learn.encoder_file import load_encoder

CONFIG = """
results: results/mixed
seed: 1
surveys: [mars, galaxies]
mars:
  shards: sheet.tsv
  simulate: {images: 60, sols: 20, val_from: 22, test_from: 32, image_size: 40, damaged: 0.02}
  prepare: {image_size: 40, max_rejected: 0.2}
  encoders:
    mixed:
      network: {input_size: 32}
      pretrain:
        epochs: 3
        batch_size: 16
        neighbour_epochs: 1
        false_negatives: {correction: eliminate, clusters: 6, warmup_epochs: 1, refresh_epochs: 1}
        domains: [{images: galaxies, share: 0.5, splits: [train, val, test, unlisted]}]
  baselines: []
galaxies:
  shards: galaxies.tsv
  simulate: {frame_shape: [160, 160], galaxies: 8}
  reader: {cutout: 32, outside_redshift: leave out}
  prepare: {max_rejected: 0.5}
  encoders:
    moved:
      network: {input_size: 32, init: "encoder:mars/mixed"}
      pretrain: {objective: moco, epochs: 2, batch_size: 8, moco: {queue: 20},
                 splits: [train, val, test, unlisted]}
  baselines: []
"""
MIXED, MOVED = (
    f"results/mixed/{name}/encoder.safetensors" for name in ("mars/mixed", "galaxies/moved")
)


def write_study(folder, text=CONFIG):
    (folder / "mixed.yaml").write_text(text)
    sheets = folder / "config" / "shards"
    rows = (sheets / "galaxies-demo.tsv").read_text().splitlines()
    kept = [row for row in rows if not row.startswith("sdss-sim-b")]
    (folder / "galaxies.tsv").write_text("\n".join(kept) + "\n")
    members = (sheets / "galaxies-demo.members.tsv").read_text()
    (folder / "galaxies.members.tsv").write_text(members)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    repository = Repository(tmp_path_factory.mktemp("mixed"))
    write_study(repository.folder)
    done = repository.snakemake(MIXED, MOVED, config="mixed.yaml")
    assert done.returncode == 0, done.stderr
    return repository


def test_domains_are_reported_and_recorded(trained):
    base = trained.folder / "results/mixed/mars"
    rows = pd.read_parquet(base / "mixed/domains.parquet")
    assert rows["domain"].tolist() == ["mars", "galaxies"] * 3
    assert (rows["images"] > 0).all()
    assert rows[["loss", "alignment"]].notna().all().all()
    assert rows.loc[rows["domain"] == "mars", "neighbour_agreement"].between(0, 1).all()
    epochs = pd.read_parquet(base / "mixed/training.parquet")
    assert epochs["groups"].tolist()[0] == 0
    assert (epochs["groups"].iloc[1:] > 1).all()
    assert (epochs["false_negatives_before"] > 0.02).all()
    record = json.loads((base / "provenance/pretrain/mixed.json").read_text())
    read = {entry["path"] for entry in record["inputs"]}
    assert any(path.endswith("galaxies/images/sdss-sim-a.npy") for path in read)
    assert any(path.endswith("mars/images/b.npy") for path in read)


def test_an_encoder_starts_from_another_surveys(trained):
    parent, child = (load_encoder(trained.folder / path) for path in (MIXED, MOVED))
    assert (parent.card.bands, child.card.bands) == (3, 5)
    log = (trained.folder / "logs/galaxies/pretrain/moved.log").read_text()
    assert "conv1.weight: 3 bands adapted to 5" in log
    record = (trained.folder / "results/mixed/galaxies/provenance/pretrain/moved.json").read_text()
    assert sha256_of_file(trained.folder / MIXED) in record


def test_what_a_training_has_seen_decides_when_it_is_repeated(trained):
    def planned(text):
        write_study(trained.folder, text)
        done = trained.snakemake(MIXED, MOVED, options=("-n",), config="mixed.yaml")
        assert done.returncode == 0, done.stderr
        write_study(trained.folder)
        return [
            line.partition("output: ")[2].split("/")[2]
            for line in (done.stdout + done.stderr).splitlines()
            if "output:" in line and "encoder.safetensors" in line
        ]

    assert planned(CONFIG) == []
    assert planned(CONFIG.replace("queue: 20", "queue: 30")) == ["galaxies"]
    assert planned(CONFIG.replace("clusters: 6", "clusters: 7")) == ["mars", "galaxies"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "encoder:mars/mixed",
            "encoder:mars/mixd",
            "there is no encoder 'mars/mixd'. Did you mean",
        ),
        ("images: galaxies,", "images: galaxy,", "'galaxy' is neither a survey of this config"),
    ],
)
def test_domains_and_parents_that_are_not_there(trained, old, new, said):
    write_study(trained.folder, CONFIG.replace(old, new))
    done = trained.snakemake(MIXED, options=("-n",), config="mixed.yaml")
    write_study(trained.folder)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr


def stage_command(repository):
    """The command line of the mixed training, as its rule builds it, in three long epochs."""
    done = repository.snakemake(
        MIXED, options=("-n", "-p", "--forcerun", "pretrain"), config="mixed.yaml"
    )
    lines = (done.stdout + done.stderr).splitlines()
    line = next(line for line in lines if "skyloom.stages.pretrain" in line and "mars" in line)
    return line.strip().replace("python -m", f"{sys.executable} -m", 1).partition(" 2>&1")[0]


def test_a_signal_saves_the_state_and_ends_with_its_own_status(trained, tmp_path):
    command = stage_command(trained).replace('"epochs": 3', '"epochs": 40')
    base = trained.folder / "results/mixed/mars/mixed"
    before = sha256_of_file(base / "encoder.safetensors")
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=trained.folder,
        env=trained.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in process.stdout:
        if line.startswith("epoch 2/40"):
            process.send_signal(signal.SIGUSR1)
            break
    rest = process.stdout.read()
    assert process.wait(timeout=60) == 75, rest
    assert "asked to stop (SIGUSR1) at epoch 3" in rest
    assert (base / "checkpoint/state.pt").exists()
    assert sha256_of_file(base / "encoder.safetensors") == before, "nothing was half written"
    (base / "checkpoint/state.pt").unlink()


def test_a_slurm_job_whose_time_is_up_has_itself_queued_again(trained, tmp_path):
    asked, started = tmp_path / "asked", datetime.now() - timedelta(seconds=40)
    program = tmp_path / "scontrol"
    program.write_text(
        f'#!/bin/sh\necho "$@" >>{asked}\necho JobId=7 StartTime={started.isoformat()[:19]}\n'
    )
    program.chmod(0o755)
    command = stage_command(trained).replace("--minutes 480", "--minutes 1")
    assert "--minutes 1 " in command
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=trained.folder,
        env={
            **trained.environment,
            "SLURM_JOB_ID": "7",
            "PATH": f"{tmp_path}:{trained.environment['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 75, done.stderr
    assert "asked to stop (its time is up) at epoch 1, step 1" in done.stderr
    assert asked.read_text().splitlines()[-1] == "requeue 7"
    folder = trained.folder / "results/mixed/mars/mixed/checkpoint"
    assert {path.name for path in folder.iterdir()} == {"attempts.jsonl", "state.pt"}
    assert Attempts(folder).lines()[-1]["how"] == "stopped: its time is up"
    assert Attempts(folder).killed() == 0
    shutil.rmtree(folder)


def test_two_processes_train_one_encoder(trained, tmp_path):
    write_study(
        trained.folder, CONFIG.replace("    mixed:\n", "    mixed:\n      launch: {tasks: 2}\n")
    )
    kept = (trained.folder / MIXED).read_bytes()
    started = time.time()
    done = trained.snakemake(MIXED, options=("--forcerun", "pretrain"), config="mixed.yaml")
    assert done.returncode == 0, done.stderr
    assert (trained.folder / MIXED).stat().st_mtime > started
    record = trained.folder / "results/mixed/mars/provenance/pretrain/mixed.json"
    assert '"processes": 2' in record.read_text()
    log = (trained.folder / "logs/mars/pretrain/mixed.log").read_text()
    assert log.count("epoch 3/3: loss") == 1, "one of them speaks"
    assert (trained.folder / "logs/mars/pretrain/mixed.log.rank-1").exists()
    write_study(trained.folder)
    (trained.folder / MIXED).write_bytes(kept)
