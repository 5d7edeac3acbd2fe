"""Fixtures that several tests share."""

import os
from pathlib import Path

import pytest

from made import ROOT
from skyloom.shards import ArchiveFile, Shard
from skyloom.surveys.mars.settings import SimulatorSettings
from skyloom.surveys.mars.simulator import simulate_shard


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files, where this machine has it."""
    path = Path(os.environ.get("SKYLOOM_REALDATA", ROOT.parent / "shared" / "realdata"))
    if not (path / "mars" / "msl_v1").is_dir():
        pytest.skip(f"no real data: {path}/mars/msl_v1 is not there (set SKYLOOM_REALDATA)")
    return path


@pytest.fixture(scope="session")
def simulated_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated MSL set."""
    settings = SimulatorSettings(
        images=90, sols=30, val_from=16, test_from=24, image_size=48, copies=0.2, damaged=0.03
    )
    shard = Shard("simulated", ArchiveFile("simulated.zip"), {"first_sol": "1"})
    ((address, content),) = simulate_shard(shard, settings, seed=3).files
    path = tmp_path_factory.mktemp("archive") / address
    path.write_bytes(content)
    return path
