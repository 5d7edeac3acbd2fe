import os

import pytest
import torch

from skyloom.learn.devices import default_device
from skyloom.learn.ranks import joined_ranks


@pytest.fixture
def two_gpus(monkeypatch):
    """A host that says it has two GPUs; gives what was asked of torch."""
    asked = {"device": 0}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda index: asked.update(device=index))
    monkeypatch.setattr(torch.cuda, "current_device", lambda: asked["device"])
    monkeypatch.setattr(
        torch, "use_deterministic_algorithms", lambda on, warn_only: asked.update(on=on)
    )
    monkeypatch.setattr(torch.utils.deterministic, "fill_uninitialized_memory", True)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    yield asked
    os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)


@pytest.mark.parametrize(("local", "index"), [(0, 0), (1, 1), (2, 0), (5, 1)])
def test_processes_of_a_host_share_its_gpus_and_each_repeats_itself(
    two_gpus, monkeypatch, local, index
):
    for name, value in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", local)):
        monkeypatch.setenv(name, str(value))
    with joined_ranks() as ranks:
        assert ranks.device == torch.device("cuda", index)
        assert default_device() == ranks.device, "what embeds in a rank stays on its GPU"
    assert two_gpus == {"device": index, "on": True}
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_without_a_gpu_it_is_the_cpu_and_nothing_is_set(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert default_device() == torch.device("cpu")
    assert not torch.are_deterministic_algorithms_enabled()
