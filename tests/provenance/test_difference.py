import json
import shutil

import pytest
from made_results import CLOSED, MARS, RESULTS, begin_run, record_file, run_job

from skyloom.__main__ import main
from skyloom.provenance import record
from skyloom.provenance.difference import compare_results, tell_difference
from skyloom.provenance.environment import versions


@pytest.fixture
def other(study):
    """A copy of the results; what a test makes anew in `study` is compared with it."""
    copied = study.with_name("before")
    shutil.copytree(study, copied)
    for path in copied.rglob("provenance/*.json"):
        path.write_text(path.read_text().replace(str(RESULTS), str(copied)))
    return copied


def test_a_copy_differs_in_nothing(study, other):
    found = compare_results(other, study)
    assert found["files"] == {"same": 8, "different": [], "first": [], "second": []}
    assert not any(found[key] for key in found if key != "files")
    assert all("the same" in line for line in tell_difference(found))


def test_every_cause_is_named(study, other, monkeypatch):
    monkeypatch.setattr(record, "versions", lambda: versions() | {"numpy": "9.9"})
    monkeypatch.setattr(record, "git_state", lambda: {"commit": "2" * 40, "dirty": False})
    monkeypatch.setattr(record, "machine", lambda threads: machine | {"host": "elsewhere"})
    monkeypatch.setattr(
        record, "module_digests", lambda *names: digests | {"skyloom.analyze.cluster": "other"}
    )
    document = json.loads(record_file("cluster").read_text())
    machine, digests = document["machine"], document["code"]["modules"]
    log = begin_run()
    run_job("cluster", 1, log, content="new", k=5)
    log.close()
    path = MARS / "simclr/clusters/kmeans.parquet"
    found = compare_results(other / path.relative_to(RESULTS), path)
    assert found["files"]["different"] == ["mars/simclr/clusters/kmeans.parquet"]
    assert found["commits"] == [("1111111111", "2222222222")]
    assert found["code"] == {"skyloom.analyze.cluster": ["cluster"]}
    assert found["settings"] == [{"stage": "cluster", "key": "k", "a": None, "b": 5}]
    assert found["versions"] == {"numpy": [(versions()["numpy"], "9.9")]}
    assert found["machine"] == {"host": [(machine["host"], "elsewhere")]}
    said = "\n".join(tell_difference(found))
    assert "cluster: k: None -> 5" in said


def test_other_data_and_other_labels(study, other):
    changed = other / "mars/provenance"
    for name, old in (("acquire", MARS / "raw/a.zip"), ("labels", CLOSED)):
        path = changed / f"{name}.json"
        document = json.loads(path.read_text())
        for entry in [*document["inputs"], *document["outputs"]]:
            if entry["path"].endswith(old.name):
                entry["sha256"] = "0" * 64
        path.write_text(json.dumps(document))
    found = compare_results(other, study)
    assert set(found["data"]) == {"https://archive.example/raw.zip"}
    assert set(found["labels"]) == {CLOSED.name}


def test_the_command(study, other, capsys):
    assert main(["audit", "diff", str(other), str(study)]) == 0
    assert "8 the same, 0 different" in capsys.readouterr().out
    assert main(["audit", "diff", str(other)]) == 1
    assert "two files or folders" in capsys.readouterr().err
