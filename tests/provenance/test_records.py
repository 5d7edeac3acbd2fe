"""Records are whole or absent, and hold no secrets."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_results import MARS, RESULTS, begin_run, record_file, run_job

from skyloom import atomic
from skyloom.provenance.environment import without_secrets
from skyloom.provenance.record import JobRecord, read_record
from skyloom.provenance.runs import read_run, run_files

ENDLESS = """
import sys
from pathlib import Path
from skyloom.provenance import record
record.git_state = dict
facts = {"many": list(range(20000)), "by": sys.argv[2]}
while True:
    record.JobRecord("cluster", [], {}, 1, facts).write(Path(sys.argv[1]), [], [])
"""


def endless(path, name):
    return subprocess.Popen([sys.executable, "-c", ENDLESS, str(path), name])


def wait_for(path):
    end = time.monotonic() + 60
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.02)


def test_a_record_says_what_an_auditor_asks(study):
    record = json.loads(record_file("prepare").read_text())
    (read,) = record["inputs"]
    assert (read["path"], len(read["sha256"])) == (str(MARS / "raw/a.zip"), 64)
    assert "skyloom.prepare" in record["code"]["modules"]
    assert record["code"]["roots"] == ["skyloom.stages.prepare"]
    assert len(record["git"]["commit"]) == 40
    assert {"python", "numpy", "torch", "snakemake"} <= set(record["versions"])
    assert {"host", "processor", "threads", "gpu"} <= set(record["machine"])
    assert record["seconds"] >= 0
    assert record["peak_memory_mb"] > 0


def test_kill_9_and_two_writers_leave_a_whole_record(tmp_path):
    path = tmp_path / "provenance" / "cluster.json"
    writers = [endless(path, name) for name in ("one", "other")]
    wait_for(path)
    time.sleep(0.3)
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    record = read_record(path)
    assert record["facts"]["by"] in ("one", "other")
    assert len(record["facts"]["many"]) == 20000


def test_a_full_disk_leaves_the_record_that_was_there(study, monkeypatch):
    before = record_file("cluster").read_bytes()

    def full(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic, "sync", full)
    with pytest.raises(OSError, match="No space"):
        JobRecord("cluster", [], {}, 1).write(record_file("cluster"), [], [])
    assert record_file("cluster").read_bytes() == before
    assert not list(record_file("cluster").parent.glob(".*.partial"))


def test_a_stage_whose_record_cannot_be_written_fails_by_name(study, monkeypatch):
    from skyloom.stages import job

    monkeypatch.setattr(
        job.JobRecord, "write", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full"))
    )
    # A stage pins the threads of its own process; this one is the tests'.
    monkeypatch.setattr(job, "pin_threads", lambda _: None)
    with pytest.raises(SystemExit, match="cluster: OSError"):
        job.run_stage(
            "cluster", lambda _: None, inputs=[], outputs=[], arguments=["--record", "x.json"]
        )


def test_nothing_secret_is_recorded(study, monkeypatch, tmp_path):
    monkeypatch.setenv("API_TOKEN", "hunter2")
    monkeypatch.setenv("USER", "ann-the-user")
    monkeypatch.setenv("SKYLOOM_AGENT", "Ann Author, https://orcid.org/0000-0001")
    monkeypatch.setattr(sys, "argv", ["/home/ann-the-user/x.py", "--url", "https://a:hunter2@b/c"])
    facts = {"url": "https://archive.example/file?token=hunter2&x=1"}
    path = tmp_path / "record.json"
    JobRecord("acquire", [], {}, 1, facts).write(path, [], [])
    text = path.read_text()
    assert "hunter2" not in text
    assert "ann-the-user" not in text
    assert "Ann Author" in text
    assert "x=1" in text


def test_addresses_without_secrets_stay_as_they_are():
    address = "https://archive.example/a@b/file.fits?series=hmi.M_720s"
    assert without_secrets({"url": [address]}) == {"url": [address]}


def test_a_run_says_what_was_called_and_what_came_of_it(study):
    (path,) = run_files(RESULTS)
    run = read_run(path)
    assert run.broken is None
    assert run.head["configfiles"] == ["study.yaml"]
    assert run.head["command"].startswith("snakemake")
    kinds = [line["event"] for line in run.lines]
    assert kinds == ["run", *["job", "done"] * 7, "ended"]
    assert dict(run.records())[str(record_file("embed"))]
    assert all("at" in line for line in run.lines)


def test_a_torn_last_line_of_a_run_is_left_out(study):
    (path,) = run_files(RESULTS)
    whole = read_run(path).lines
    with path.open("ab") as file:
        file.write(b'{"event": "jo')
    run = read_run(path)
    assert run.lines == whole
    assert run.broken is None


def test_a_line_that_a_full_disk_cuts_short_leaves_the_run_whole(study, monkeypatch, capsys):
    real, log = os.write, begin_run()
    for number, stage in enumerate(("cluster", "report", "labels", "report")):
        cut = 40 if number % 2 == 0 else None
        monkeypatch.setattr(os, "write", lambda file, content, cut=cut: real(file, content[:cut]))
        run_job(stage, number, log)
        assert ("40 of" in capsys.readouterr().err) == (cut is not None)
    log.close()
    run = read_run(run_files(RESULTS)[-1])
    assert run.broken is None
    assert run.head["configfiles"] == ["study.yaml"]
    assert [line["rule"] for line in run.lines if line["event"] == "done"] == ["report", "report"]


def test_failed_attempts_are_kept(study):
    from made_results import begin_run, event, job_event, run_job

    log = begin_run()
    log.emit(job_event("report", 4, [MARS / "report.html", record_file("report")]))
    failed = {"jobid": 4, "rule_name": "report", "log": ["logs/mars/report.log"]}
    log.emit(event("job_error", **failed))
    run_job("report", 4, log)
    log.close()
    run = read_run(run_files(RESULTS)[-1])
    kinds = [line["event"] for line in run.lines]
    assert kinds == ["run", "job", "failed", "job", "done", "ended"]
    assert run.lines[2]["logs"] == ["logs/mars/report.log"]


def test_a_quiet_run_notes_records_all_the_same(study):
    from made_results import begin_run, job_event

    log = begin_run()
    log.emit(job_event("report", 4, [MARS / "report.html", record_file("report")]))
    JobRecord("report", [], {}, 1).write(record_file("report"), [], [])
    log.close()
    run = read_run(run_files(RESULTS)[-1])
    assert [Path(record) for record, _ in run.records()] == [record_file("report")]
