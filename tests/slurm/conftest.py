"""A SLURM for the whole session, and a repository whose Snakemake uses it."""

import signal
from collections.abc import Iterator

import pytest
from cluster import Cluster, why_not
from study import Study


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two nodes on this machine."""
    reason = why_not()
    if reason is not None:
        pytest.skip(f"SLURM is not tested: {reason}")
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    # Who ends the tests ends their daemons too: a plain SIGTERM would leave them.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def prepared(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """A study whose images are prepared and whose encoder `reference` was trained undisturbed."""
    study = Study(tmp_path_factory.mktemp("study"), cluster)
    try:
        study.locally(study.file("reference")).succeeds()
        yield study
    finally:
        study.end()


@pytest.fixture
def study(prepared: Study) -> Iterator[Study]:
    """The same, of which no run or job of one test is left to the next."""
    yield prepared
    prepared.end()
