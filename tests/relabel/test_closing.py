"""Closing a round: what verdicts come to, what is refused, what a closed file guards."""

import shutil
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from made_rounds import event, queue, undo

from skyloom.digest import sha256_of_file
from skyloom.relabel import closing
from skyloom.relabel.closing import CloseError, close_round
from skyloom.relabel.headed_csv import SealError
from skyloom.relabel.queue import write_queue
from skyloom.relabel.round_lock import while_open
from skyloom.relabel.sealed import (
    closed_rounds,
    log_folder,
    read_sealed,
    sealed_file,
    write_sealed,
)
from skyloom.relabel.verdict_log import VerdictLog, read_logs
from skyloom.relabel.verdicts import VerdictError


def _write(folder: Path, number: int, *events) -> None:
    for by in sorted({one.by for one in events}):
        log = VerdictLog(log_folder(folder, number) / f"{by}.jsonl")
        for one in events:
            if one.by == by:
                log.append(one)


def _close(folder: Path, made, *events, number: int = 1, **options):
    path = folder / f"queue_{number}.parquet"
    write_queue(path, made)
    _write(folder, number, *events)
    return close_round(folder, path, number, **options)


def test_what_reviewers_say_becomes_one_row_an_item(tmp_path: Path) -> None:
    made = queue(
        {
            **dict.fromkeys(["kept", "fixed", "unsure", "other", "split", "helped"], "ranked"),
            "again": "repeat",
            "same": "repeat",
        }
    )
    wrong = event("kept", "non-emergence")
    sealed = _close(
        tmp_path,
        made,
        wrong,
        undo(wrong),
        event("kept", place=10),
        event("fixed", "non-emergence"),
        event("unsure", None, verdict="unsure"),
        event("other", None, verdict="other"),
        event("split"),
        event("split", "non-emergence", by="bob"),
        event("helped", None, verdict="unsure"),
        event("helped", "non-emergence", by="bob"),
        event("again", "non-emergence"),
        event("same"),
    )
    found = {row.item: (row.verdict, row.label) for row in sealed.rows}
    assert found == {
        "kept": ("keep", "emergence"),
        "fixed": ("fix", "non-emergence"),
        "unsure": ("unsure", "emergence"),
        "other": ("other", ""),
        "split": ("conflict", "emergence"),
        "helped": ("fix", "non-emergence"),
        "again": ("conflict", "emergence"),
        "same": ("keep", "emergence"),
    }
    assert [row.item for row in sealed.rows] == sorted(found)
    assert next(row for row in sealed.rows if row.item == "split").reviewers == "ann bob"


def test_the_file_reads_back_and_the_same_logs_give_the_same_bytes(tmp_path: Path) -> None:
    made, said = queue({"a": "ranked", "b": "ranked"}), [event("b"), event("a", "non-emergence")]
    first, second = tmp_path / "one", tmp_path / "two"
    for folder in (first, second):
        folder.mkdir()
        _close(folder, made, *said)
    paths = closed_rounds(first)
    assert read_sealed(paths, first)[0].rows[0].item == "a"
    # The queue's file may differ in its bytes; rows do not.
    assert sealed_file(first, 1).read_bytes() == sealed_file(second, 1).read_bytes()


def test_items_without_verdict_hold_a_round_open(tmp_path: Path) -> None:
    made = queue({"a": "ranked", "b": "ranked"})
    with pytest.raises(CloseError, match=r"1 of 2 items have no verdict, the first is b"):
        _close(tmp_path, made, event("a"))
    sealed = _close(tmp_path, made, leave_open=True)
    assert {row.item: row.verdict for row in sealed.rows} == {"a": "keep", "b": "open"}


def test_an_audit_counts_only_whole(tmp_path: Path) -> None:
    made = queue({"a": "ranked", "b": "audit"}, audited=50, look=1)
    with pytest.raises(CloseError, match="an audit counts only whole"):
        _close(tmp_path, made, event("a"), leave_open=True)
    assert closed_rounds(tmp_path) == []


def test_nobody_writes_to_a_round_while_it_is_closed(tmp_path: Path, monkeypatch) -> None:
    """A verdict is in the closed file, or refused: never acknowledged and left out."""
    taken: list[str] = []

    def slow(folder: Path):
        rows = read_logs(folder)
        writer.start()
        writer.join(timeout=0.3)
        assert writer.is_alive()
        return rows

    def write() -> None:
        try:
            with while_open(tmp_path, 1):
                _write(tmp_path, 1, event("a", "non-emergence", place=1))
            taken.append("written")
        except VerdictError as error:
            taken.append(str(error))

    writer = Thread(target=write)
    monkeypatch.setattr(closing, "read_logs", slow)
    _close(tmp_path, queue({"a": "ranked"}), event("a"))
    writer.join()
    assert taken == ["round 1 is closed; nothing was written"]
    assert [row.verdict for row in read_sealed(closed_rounds(tmp_path), tmp_path)[0].rows] == [
        "keep"
    ]


def test_a_torn_line_is_set_aside_before_the_log_is_hashed(tmp_path: Path) -> None:
    _write(tmp_path, 1, event("a"))
    path = log_folder(tmp_path, 1) / "ann.jsonl"
    with path.open("ab") as log:
        log.write(b'{"v": 1, "uid"')
    _close(tmp_path, queue({"a": "ranked"}))
    VerdictLog(path)
    assert read_sealed(closed_rounds(tmp_path), tmp_path)[0].rows[0].verdict == "keep"


def test_verdicts_about_items_that_left_the_queue_are_listed(tmp_path: Path) -> None:
    sealed = _close(tmp_path, queue({"a": "ranked"}), event("a"), event("gone", "non-emergence"))
    assert sealed.head.orphans == ("gone",)
    assert [row.item for row in sealed.rows] == ["a"]


def test_an_amendment_stands_outside_the_queue(tmp_path: Path) -> None:
    change = event("earlier", "non-emergence", amends=True, place=3)
    sealed = _close(tmp_path, queue({"a": "ranked"}), event("a"), change)
    assert sealed.drawn("amended")[0].label == "non-emergence"
    assert sealed.head.orphans == ()


def test_an_unknown_class_is_named(tmp_path: Path) -> None:
    with pytest.raises(CloseError, match=r"'emergency'\. Did you mean 'emergence'"):
        _close(tmp_path, queue({"a": "ranked"}), event("a", "emergency", verdict="fix"))


def test_rounds_close_in_order_and_once(tmp_path: Path) -> None:
    with pytest.raises(CloseError, match="round 1 is the open one"):
        _close(tmp_path, queue({"a": "ranked"}, number=2), event("a"), number=2)
    sealed = _close(tmp_path, queue({"a": "ranked"}), event("a"))
    with pytest.raises(SealError, match="closed already"):
        write_sealed(sealed_file(tmp_path, 1), sealed)


@pytest.fixture
def two_rounds(tmp_path: Path) -> Path:
    _close(tmp_path, queue({"a": "ranked"}), event("a"))
    second = event("b", round=2)
    _close(tmp_path, queue({"b": "ranked"}, number=2), second, number=2)
    read_sealed(closed_rounds(tmp_path), tmp_path)
    return tmp_path


def test_a_row_changed_by_hand_is_found(two_rounds: Path) -> None:
    path = sealed_file(two_rounds, 1)
    path.write_text(path.read_text().replace("keep,emergence", "fix,non-emergence"))
    with pytest.raises(SealError, match=r"round_01\.csv was changed after it was closed"):
        read_sealed(closed_rounds(two_rounds))


def test_a_head_changed_by_hand_is_found_by_the_next_round(two_rounds: Path) -> None:
    path = sealed_file(two_rounds, 1)
    path.write_text(path.read_text().replace('"disagreements": 7', '"disagreements": 0'))
    with pytest.raises(SealError, match=r"round_02\.csv: does not follow the round before"):
        read_sealed(closed_rounds(two_rounds))


def test_a_log_changed_by_hand_is_found(two_rounds: Path) -> None:
    path = log_folder(two_rounds, 2) / "ann.jsonl"
    path.write_text(path.read_text().replace('"keep"', '"fix"'))
    with pytest.raises(SealError, match=r"ann\.jsonl was changed since round 2 was closed"):
        read_sealed(closed_rounds(two_rounds), two_rounds)
    path.unlink()
    with pytest.raises(SealError, match=r"ann\.jsonl is missing"):
        read_sealed(closed_rounds(two_rounds), two_rounds)


def test_a_missing_round_is_named(two_rounds: Path) -> None:
    sealed_file(two_rounds, 1).unlink()
    with pytest.raises(SealError, match=r"round_01\.csv is missing, but round 2 is closed"):
        closed_rounds(two_rounds)


def test_each_round_names_the_bytes_of_the_one_before(two_rounds: Path) -> None:
    first, second = read_sealed(closed_rounds(two_rounds))
    assert second.head.previous == sha256_of_file(sealed_file(two_rounds, 1))
    assert first.head.previous == ""


def test_a_round_of_another_survey_does_not_slip_in(two_rounds: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    sealed = read_sealed(closed_rounds(two_rounds))[1]
    write_sealed(sealed_file(other, 2), replace(sealed, head=replace(sealed.head, previous="x")))
    shutil.copy(sealed_file(other, 2), sealed_file(two_rounds, 2))
    with pytest.raises(SealError, match="does not follow"):
        read_sealed(closed_rounds(two_rounds))
