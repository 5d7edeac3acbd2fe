"""One live training a folder, its attempts noted, ended before its time limit."""

import json
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest
from made_training import ONE

from skyloom.learn import lock as locks
from skyloom.learn.attempts import FINISHED, STATE, Attempts, forget
from skyloom.learn.interruption import OUT_OF_TIME, Interrupted, Interruption
from skyloom.learn.lock import Holder, Lock, LockedError
from skyloom.learn.sole_attempt import deadline, sole_attempt


@pytest.fixture(autouse=True)
def _fast_pulse(monkeypatch):
    monkeypatch.setattr(locks, "BEAT", 0.05)
    monkeypatch.setattr(locks, "WATCH", 0.5)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def write_lock(path, **changed):
    """A lock that nobody keeps."""
    said = {"pulse": "000000000007", **vars(Holder(job="12", host="other")), **changed}
    path.write_text(json.dumps(said) + "\n")


def test_a_second_live_copy_is_refused_by_name(tmp_path):
    path = tmp_path / "lock.json"
    first, second = Lock(path, "12"), Lock(path, "13")
    first.acquire()
    with pytest.raises(LockedError, match=r"SLURM job 12, process \d+ on .* is alive"):
        second.acquire()
    first.release()
    assert not path.exists()
    second.acquire()
    second.release()


def test_a_holder_on_another_host_whose_pulse_stands_still_is_dead(tmp_path, capsys):
    path = tmp_path / "lock.json"
    write_lock(path)
    started = time.monotonic()
    taken = Lock(path, "13")
    taken.acquire()
    assert time.monotonic() - started >= 0.5, "it was watched"
    assert "SLURM job 12" in capsys.readouterr().out
    assert json.loads(path.read_text())["job"] == "13"
    taken.release()
    assert list(tmp_path.iterdir()) == []


def test_a_process_of_this_host_that_is_gone_is_dead_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "WATCH", 60.0)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write_lock(tmp_path / "lock.json", **{**vars(Holder(job=None)), "pid": ended.pid})
    lock = Lock(tmp_path / "lock.json", None)
    lock.acquire()
    lock.release()


def test_of_many_that_find_a_dead_holder_one_gets_the_lock(tmp_path):
    """Eight processes at once; on a busy machine a pulse may be late, though not by seconds."""
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from skyloom.learn import lock\n"
        "lock.BEAT, lock.WATCH = 0.2, 5.0\n"
        "one = lock.Lock(Path(sys.argv[1]), sys.argv[2])\n"
        "try:\n    one.acquire()\n"
        "except lock.LockedError:\n    sys.exit(3)\n"
        "time.sleep(8)\n"
        "sys.exit(0 if one._is_mine() else 4)\n"
    )
    path = tmp_path / "lock.json"
    write_lock(path)
    racers = [subprocess.Popen([sys.executable, "-c", script, path, str(n)]) for n in range(8)]
    assert sorted(racer.wait(timeout=60) for racer in racers) == [0] + [3] * 7


def test_who_saw_a_dead_holder_long_ago_leaves_its_heir_alone(tmp_path):
    path = tmp_path / "lock.json"
    write_lock(path)
    dead = locks._read(path)[0]
    heir, late = Lock(path, "13"), Lock(path, "14")
    heir.acquire()
    assert not late._succeed(path, dead)
    assert json.loads(path.read_text())["job"] == "13"
    with pytest.raises(LockedError, match="SLURM job 13"):
        late.acquire()
    heir.release()
    assert list(tmp_path.iterdir()) == []


def test_an_heir_that_died_before_it_took_the_place_has_an_heir(tmp_path):
    path = tmp_path / "lock.json"
    write_lock(path)
    dead = locks._read(path)[0]
    write_lock(tmp_path / f".lock.json.{dead.key}.heir", job="13")
    third = Lock(path, "14")
    third.acquire()
    assert json.loads(path.read_text())["job"] == "14"
    third.release()
    assert list(tmp_path.iterdir()) == []


def test_an_heir_that_was_taken_for_dead_on_the_way_tries_again(tmp_path, monkeypatch):
    path = tmp_path / "lock.json"
    write_lock(path)
    dead = locks._read(path)[0]
    heir = Lock(path, "13")
    monkeypatch.setattr(heir, "_seize", lambda claim: None)
    assert not heir._succeed(path, dead)
    monkeypatch.undo()
    assert locks._read(path)[0] == dead


def test_a_holder_that_wakes_up_late_does_not_write_into_its_heirs_file(tmp_path):
    path = tmp_path / "lock.json"
    frozen, heir = Lock(path, "12"), Lock(path, "13")
    frozen._make(path)
    heir.acquire()
    assert not frozen._pulse(5)
    assert json.loads(path.read_text())["job"] == "13"
    heir.release()


def test_whoever_loses_the_lock_is_told_to_stop(tmp_path):
    told = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    lock = Lock(tmp_path / "lock.json", "12")
    lock.acquire()
    write_lock(tmp_path / "lock.json")
    end = time.monotonic() + 5
    while not told and time.monotonic() < end:
        time.sleep(0.02)
    assert told == [signal.SIGTERM]
    lock.release()
    assert json.loads((tmp_path / "lock.json").read_text())["host"] == "other"


def test_attempts_say_how_they_ended(tmp_path):
    with sole_attempt(tmp_path, ONE, "12"):
        pass
    with pytest.raises(Interrupted), sole_attempt(tmp_path, ONE, "13"):
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(RuntimeError), sole_attempt(tmp_path, ONE, "14"):
        raise RuntimeError("no disk")
    lines = Attempts(tmp_path).lines()
    assert [line["job"] for line in lines[::2]] == ["12", "13", "14"]
    assert [line["how"] for line in lines[1::2]] == [
        FINISHED,
        "stopped: SIGTERM",
        "failed: RuntimeError",
    ]
    assert all(line["peak_memory_mb"] > 10 for line in lines[1::2])
    assert not (tmp_path / "lock.json").exists()


def test_more_memory_only_after_jobs_that_died_without_a_word(tmp_path):
    attempts = Attempts(tmp_path)
    assert attempts.killed() == 0
    attempts.begin("12")
    assert attempts.killed() == 1, "12 is dead, or this would not be asked"
    attempts.begin("12")
    assert attempts.killed() == 1, "SLURM itself started 12 again: its node failed"
    attempts.end("stopped: SIGTERM")
    assert attempts.killed() == 0
    attempts.begin("13")
    attempts.begin("14")
    assert attempts.killed() == 2
    attempts.end(FINISHED)
    assert attempts.killed() == 1
    with (tmp_path / "attempts.jsonl").open("a") as file:
        file.write('{"began": "20')
    assert attempts.killed() == 1, "a torn line is none"
    attempts.begin("15")
    assert attempts.lines()[-1]["job"] == "15", "the next begins on a line of its own"
    assert attempts.killed() == 2
    whole = (tmp_path / "attempts.jsonl").read_bytes()
    (tmp_path / "attempts.jsonl").write_bytes(b'{"began": "2{"began": "20"}\n\0\xff}\n1\n' + whole)
    assert attempts.killed() == 2, "nor are lines that were joined, or are no lines"


def test_outside_slurm_a_kill_asks_for_nothing(tmp_path):
    Attempts(tmp_path).begin(None)
    assert Attempts(tmp_path).killed() == 0


def test_a_finished_state_stays_until_the_workflow_has_noted_it(tmp_path):
    for job, kept in (("12", True), (None, False)):
        folder = tmp_path / "checkpoint"
        with sole_attempt(folder, ONE, job):
            (folder / STATE).write_text("state")
        assert (folder / STATE).exists() == kept
    Attempts(folder).begin("13")
    (folder / STATE).write_text("state")
    forget(folder)
    assert (folder / STATE).exists(), "13 has not finished"
    Attempts(folder).end(FINISHED)
    forget(folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("minutes", "age", "left"), [(0, 0, float("inf")), (1, 10, 20), (60, 0, 3420), (1440, 0, 85800)]
)
def test_a_job_stops_before_its_limit(minutes, age, left):
    started = datetime.now() - timedelta(seconds=age)
    assert deadline(minutes, started) - time.monotonic() == pytest.approx(left, abs=1)
    if age == 0:
        assert deadline(minutes, None) - time.monotonic() == pytest.approx(left, abs=1)


def test_the_end_of_its_time_asks_as_a_signal_does():
    with Interruption(time.monotonic() + 0.05) as interruption:
        assert interruption.asked is None
        time.sleep(0.1)
        assert interruption.asked == OUT_OF_TIME
