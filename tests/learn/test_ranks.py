import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from skyloom.learn.ranks import RanksError, launched

SCRIPT = Path(__file__).with_name("train_on_ranks.py")
OTHER = {"images": "other", "share": 0.5}
CASES = {
    "simclr": {"objective": "simclr"},
    "eliminate": {
        "objective": "dcl",
        "false_negatives": {"correction": "eliminate", "groups": "original"},
    },
    "moco": {"objective": "moco"},
    "supcon": {"objective": "supcon"},
    "barlow": {"objective": "barlow"},
    "supervised": {"objective": "supervised"},
    "mixed": {"objective": "simclr", "domains": [OTHER]},
    "separate": {"objective": "dcl", "domains": [OTHER], "domain_norm": "separate"},
    "moco-separate": {"objective": "moco", "domains": [OTHER], "domain_norm": "separate"},
}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def run(count, folder):
    folder.mkdir()
    port = free_port()
    workers = [
        subprocess.Popen(
            [sys.executable, SCRIPT, folder, json.dumps(CASES)],
            env={
                **os.environ,
                "RANK": str(rank),
                "WORLD_SIZE": str(count),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
                "OMP_NUM_THREADS": "1",
            },
            stdout=subprocess.DEVNULL,
        )
        for rank in range(count)
    ]
    assert [worker.wait(timeout=300) for worker in workers] == [0] * count
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    base = tmp_path_factory.mktemp("ranks")
    return {count: run(count, base / str(count)) for count in (1, 2)}


@pytest.mark.parametrize("case", CASES)
def test_two_ranks_are_one_rank_on_the_joined_batch(trained, case):
    one, two = (load_file(trained[count] / f"{case}-0") for count in (1, 2))
    assert one.keys() == two.keys()
    step = 1 if case.startswith("moco") else 0  # its queue is empty at first
    assert torch.allclose(one["losses"][: step + 1], two["losses"][: step + 1], rtol=1e-4)
    names = [name for name in one if name.startswith(f"{step + 1}.")]
    first, second = (torch.cat([run[name].flatten() for name in names]) for run in (one, two))
    # Rounding flips a ReLU now and then; a gradient counted twice or not at all is far beyond.
    assert first.norm() > 0.01
    assert (first - second).norm() < 0.05 * first.norm()


@pytest.mark.parametrize("case", ["moco", "moco-separate"])
def test_the_queue_is_identical_on_all_ranks(trained, case):
    first, second = (load_file(trained[2] / f"{case}-{rank}") for rank in (0, 1))
    for name in ("queue.keys", "queue.rows", "queue.place"):
        assert torch.equal(first[name], second[name])
    assert (first["queue.rows"] >= 0).all()


def test_ranks_agree_on_health_and_on_when_to_end(trained):
    first, second = (json.loads((trained[2] / f"rows-{rank}.json").read_text()) for rank in (0, 1))
    assert first == second
    epochs = [row for row in first if "rankme" in row]
    assert 1 < len(epochs) < 6, "patience ended it"


def test_what_launchers_say(monkeypatch):
    for name in [name for name in os.environ if name.startswith(("SLURM_", "MASTER_"))]:
        monkeypatch.delenv(name)
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert launched() == (0, 1, 0)
    for name, value in {"STEP_NUM_TASKS": "4", "PROCID": "3", "LOCALID": "1"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    with pytest.raises(RanksError, match=r"4 tasks.*Set MASTER_ADDR"):
        launched()
    monkeypatch.setenv("SLURM_LAUNCH_NODE_IPADDR", "10.0.0.7")
    monkeypatch.setenv("SLURM_JOB_ID", "123456")
    assert launched() == (3, 4, 1)
    assert os.environ["MASTER_ADDR"] == "10.0.0.7"
    assert os.environ["MASTER_PORT"] == "23456"
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert launched() == (1, 2, 0)
