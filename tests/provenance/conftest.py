import pytest
from made_results import RESULTS, make_results

from skyloom.provenance import record, runs


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A small study in a folder of its own, which is also the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    clean = {"commit": "1" * 40, "dirty": False}
    monkeypatch.setattr(record, "git_state", lambda: clean)
    monkeypatch.setattr(runs, "git_state", lambda: clean)
    make_results()
    return RESULTS
