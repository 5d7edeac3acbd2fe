"""Logs: nothing acknowledged is lost, torn lines are set aside, undo is a row."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from made_rounds import event, undo

from skyloom.relabel.append_log import LogError
from skyloom.relabel.verdict_log import VerdictLog, read_log, read_logs
from skyloom.relabel.verdicts import VerdictError, parse_event, standing


def test_rows_come_back_in_order_and_twice_sent_ones_once(tmp_path: Path) -> None:
    log = VerdictLog(tmp_path / "ann.jsonl")
    rows = [event(f"item-{place}", place=place) for place in range(5)]
    assert [log.append(row) for row in rows] == [True] * 5
    assert log.append(rows[2]) is False
    assert read_log(tmp_path / "ann.jsonl") == rows
    assert (tmp_path / "ann.jsonl").read_text().count("\n") == 5


def test_a_second_row_with_a_known_uid_is_refused(tmp_path: Path) -> None:
    log = VerdictLog(tmp_path / "ann.jsonl")
    first = event("a")
    log.append(first)
    with pytest.raises(LogError, match=first.uid):
        log.append(first.model_copy(update={"label": "non-emergence", "verdict": "fix"}))
    assert read_log(tmp_path / "ann.jsonl") == [first]


def test_undo_gives_way_to_what_stood_before() -> None:
    first, second = event("a"), event("a", "non-emergence", place=1)
    assert standing([first, second])["a"] == second
    assert standing([first, second, undo(second)])["a"] == first
    assert standing([first, undo(first)]) == {}


def test_a_torn_line_is_left_out_and_set_aside(tmp_path: Path, capsys) -> None:
    path = tmp_path / "ann.jsonl"
    whole = event("a")
    torn = event("b").model_dump_json()[:40]
    path.write_text(whole.model_dump_json() + "\n" + torn)
    assert read_log(path) == [whole]
    log = VerdictLog(path)
    log.append(event("c"))
    assert [row.item for row in read_log(path)] == ["a", "c"]
    assert "ann.jsonl ends within a row (40 bytes, never acknowledged)" in capsys.readouterr().out
    assert path.with_suffix(".torn").read_text() == torn + "\n"


def test_a_line_that_is_no_verdict_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ann.jsonl"
    path.write_text(event("a").model_dump_json() + "\n" + '{"v": 1}\n')
    with pytest.raises(VerdictError, match=r"ann\.jsonl, line 2"):
        read_log(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verdict": "fix", "label": None}, "keep and fix name a label"),
        ({"undoes": "uid-12345678"}, "either a verdict or undoes"),
        ({"by": "../ann"}, "by"),
        ({"round": 0}, "round"),
        ({"at": "2026-01-01T00:00:00"}, "timezone"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_rows_that_mean_nothing_are_refused(change: dict, message: str) -> None:
    said = {**json.loads(event("a").model_dump_json()), **change}
    with pytest.raises(VerdictError, match=message):
        parse_event(json.dumps(said), "here")


def test_one_uid_in_two_files_names_both(tmp_path: Path) -> None:
    row = event("a")
    for name in ("ann", "bob"):
        (tmp_path / f"{name}.jsonl").write_text(row.model_dump_json() + "\n")
    with pytest.raises(VerdictError, match=rf"bob\.jsonl and .*ann\.jsonl both hold .*{row.uid}"):
        read_logs(tmp_path)


def test_a_row_in_the_file_of_another_reviewer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bob.jsonl").write_text(event("a", by="ann").model_dump_json() + "\n")
    with pytest.raises(VerdictError, match=r"Move it to ann\.jsonl"):
        read_logs(tmp_path)


FULL_DISK = """
import resource, sys
sys.path[:0] = [{here!r}, {library!r}]
from pathlib import Path
from made_rounds import event
from skyloom.relabel.verdict_log import VerdictLog
log = VerdictLog(Path(sys.argv[1]))
log.append(event("a"))
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (Path(sys.argv[1]).stat().st_size + 50, most))
try:
    log.append_all([event("b"), event("c")])
except OSError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
log.append_all([event("b"), event("c")])
"""


def test_a_full_disk_leaves_no_part_of_a_row(tmp_path: Path) -> None:
    here, library = Path(__file__).parent, Path(__file__).parents[2] / "workflow"
    code = FULL_DISK.format(here=str(here), library=str(library))
    path = tmp_path / "ann.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert "ann.jsonl: 50 of" in done.stdout
    assert [row.item for row in read_log(path)] == ["a", "b", "c"]
    assert not path.with_suffix(".torn").exists()


def test_two_programs_write_to_one_log(tmp_path: Path) -> None:
    path = tmp_path / "ann.jsonl"
    one, other = VerdictLog(path), VerdictLog(path)
    rows = [event(f"item-{place}", place=place) for place in range(6)]
    for place, row in enumerate(rows):
        assert (one, other)[place % 2].append(row)
        assert one.events == other.events == rows[: place + 1]
    with pytest.raises(LogError, match=rows[0].uid):
        other.append(rows[0].model_copy(update={"at": rows[1].at}))
    assert read_log(path) == rows


def test_a_log_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    path, other = tmp_path / "ann.jsonl", tmp_path / "pulled.jsonl"
    log = VerdictLog(path)
    log.append(event("a"))
    other.write_text("".join(event(name).model_dump_json() + "\n" for name in "xyz"))
    other.replace(path)
    assert [row.item for row in log.events] == ["x", "y", "z"]
    path.write_text("")
    assert log.events == []


WRITER = """
import sys
sys.path[:0] = [{here!r}, {library!r}]
from pathlib import Path
from made_rounds import event
from skyloom.relabel.append_log import LogError
from skyloom.relabel.verdict_log import VerdictLog
log = VerdictLog(Path(sys.argv[1]))
start = len(log.events)
for place in range(start, start + 100000):
    row = event(f"item-{{place}}", place=place)
    log.append(row)
    print(row.uid, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    here, library = Path(__file__).parent, Path(__file__).parents[2] / "workflow"
    code = WRITER.format(here=str(here), library=str(library))
    path, acknowledged = tmp_path / "ann.jsonl", []
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        acknowledged += [writer.stdout.readline().strip() for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
        writer.wait()
    found = [row.uid for row in read_log(path)]
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
