"""Killed trainings, bad configurations and real images through the real Snakefile."""

import os
import signal
import subprocess
import time

import pandas as pd

from skyloom.digest import sha256_of_file

ENCODER = "results/tiny/mars/simclr/encoder.safetensors"


def kill_the_trainer_after_an_epoch(repository):
    """Start pretraining, wait for a checkpoint, and end trainer and workflow with SIGKILL."""
    process = subprocess.Popen(
        repository.command(ENCODER),
        cwd=repository.folder,
        env=repository.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    state = repository.folder / "results/tiny/mars/simclr/checkpoint/state.pt"
    end = time.monotonic() + 300
    while not state.exists() and time.monotonic() < end and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert state.exists()
    assert not (repository.folder / ENCODER).exists()


def test_kill_9_during_pretraining_and_a_second_call_give_the_same_bytes(finished, fresh):
    (fresh.folder / "tiny.yaml").write_text(
        (finished.folder / "tiny.yaml").read_text().replace("epochs: 3", "epochs: 6")
    )
    kill_the_trainer_after_an_epoch(fresh)
    assert fresh.snakemake(options=("--unlock",)).returncode == 0
    done = fresh.snakemake(ENCODER)
    assert done.returncode == 0, done.stderr
    log = (fresh.folder / "logs/mars/pretrain/simclr.log").read_text()
    assert "resuming at epoch" in log
    resumed = sha256_of_file(fresh.folder / ENCODER)
    assert not (fresh.folder / "results/tiny/mars/simclr/checkpoint").exists()
    (fresh.folder / ENCODER).unlink()
    assert fresh.snakemake(ENCODER).returncode == 0
    log = (fresh.folder / "logs/mars/pretrain/simclr.log").read_text()
    assert "resuming" not in log
    assert sha256_of_file(fresh.folder / ENCODER) == resumed


def test_a_misspelt_key_is_refused_before_any_job(fresh):
    (fresh.folder / "tiny.yaml").write_text(
        (fresh.folder / "tiny.yaml")
        .read_text()
        .replace("image_size: 40, max", "image_sise: 40, max")
    )
    done = fresh.snakemake("all")
    assert done.returncode != 0
    assert "mars.prepare.image_sise: unknown key. Did you mean 'image_size'?" in done.stderr
    assert not (fresh.folder / "results/tiny").exists()


def test_too_many_unreadable_images_fail_the_rule_by_name(fresh):
    text = (fresh.folder / "tiny.yaml").read_text()
    (fresh.folder / "tiny.yaml").write_text(
        text.replace("damaged: 0.02", "damaged: 0.3").replace(
            "max_rejected: 0.2", "max_rejected: 0.1"
        )
    )
    done = fresh.snakemake("images")
    assert done.returncode != 0
    assert not list((fresh.folder / "results/tiny/mars").glob("images/*"))
    log = (fresh.folder / "logs/mars/prepare/a.log").read_text()
    assert "max_rejected allows 10.0%" in log


def test_smoke_study_on_real_images(fresh, real_data):
    done = fresh.snakemake(
        "all",
        options=("--config", f"archive_root={real_data}"),
        config="config/mars-msl-v1-smoke.yaml",
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    folder = fresh.folder / "results/msl-v1-smoke/mars"
    index = pd.read_parquet(folder / "images/msl_v1.parquet")
    assert len(index) == 600
    assert index["rejected"].isna().all()
    assert set(index["split"]) == {"train", "val", "unlisted"}
    curves = pd.read_parquet(folder / "comparison/curves.parquet")
    cells = curves.query("fraction == 1 and metric == 'accuracy' and probe == 'logistic'")
    values = cells.set_index("encoder")["value"]
    assert values["simclr"] > values["majority"]
    page = (folder / "report.html").read_text()
    assert "no test list: the set has no test images" in page
    assert fresh.skyloom("audit").returncode == 0
