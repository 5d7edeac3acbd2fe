"""Decisions about many images: verdicts and wishes, undone as one, sealed with their round."""

from pathlib import Path

import pandas as pd
import pytest
from made_rounds import CLASSES, event, queue

from skyloom.relabel.amendments import AmendError, OpenRound
from skyloom.relabel.closing import CloseError, close_round
from skyloom.relabel.decision_log import DecisionLog
from skyloom.relabel.headed_csv import SealError
from skyloom.relabel.queue import write_queue
from skyloom.relabel.sealed import closed_rounds, log_folder, read_sealed
from skyloom.relabel.verdict_log import VerdictLog, read_log
from skyloom.relabel.verdicts import VerdictError, standing
from skyloom.relabel.wanted import askers, wanted_file, wanted_log

ITEMS = ("a", "b", "c")


def at_stake() -> OpenRound:
    labels = pd.Series([CLASSES[0], CLASSES[1], CLASSES[0]], index=ITEMS)
    return OpenRound(queue({"a": "ranked"}).facts, "digest", labels, {"a": (CLASSES[1], 0.9)})


def uid(place: int) -> str:
    return f"{place:032x}"


def labels_by(folder: Path, reviewer: str) -> dict[str, str | None]:
    rows = standing(read_log(log_folder(folder, 1) / f"{reviewer}.jsonl"))
    return {item: row.label for item, row in rows.items()}


def test_verdicts_about_many_images_are_amendments(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path, 1, "ann")
    log.label(at_stake(), ITEMS, CLASSES[1], uid(1))
    log.label(at_stake(), ITEMS, CLASSES[1], uid(1))  # sent once more
    rows = read_log(log_folder(tmp_path, 1) / "ann.jsonl")
    assert [(row.item, row.verdict) for row in rows] == [("a", "fix"), ("b", "keep"), ("c", "fix")]
    assert all(row.batch and row.amends and row.queue == "digest" for row in rows)
    assert rows[0].shown is not None
    assert (rows[0].shown.label, rows[0].shown.pred) == (CLASSES[0], CLASSES[1])
    assert rows[1].shown is None
    with pytest.raises(AmendError, match="no class 'emergense'"):
        log.label(at_stake(), ITEMS, "emergense", uid(2))
    with pytest.raises(AmendError, match="no item 'z' under review"):
        log.label(at_stake(), ["z"], CLASSES[1], uid(3))
    assert len(read_log(log_folder(tmp_path, 1) / "ann.jsonl")) == 3


def test_the_last_decision_is_undone_as_one(tmp_path: Path) -> None:
    log, other = DecisionLog(tmp_path, 1, "ann"), DecisionLog(tmp_path, 1, "bob")
    by_hand = VerdictLog(log_folder(tmp_path, 1) / "ann.jsonl")
    by_hand.append(event("q"))
    log.label(at_stake(), ITEMS, CLASSES[1], uid(1))
    log.wish(["a", "b"], uid(2))
    log.wish(["a", "b"], uid(2))
    other.wish(["b"], uid(3))
    assert askers(wanted_log(tmp_path, 1).rows()) == {"a": ["ann"], "b": ["ann", "bob"]}
    assert log.undo() == 2
    assert askers(wanted_log(tmp_path, 1).rows()) == {"b": ["bob"]}
    assert len(log.last()) == 3
    assert log.undo() == 3
    assert labels_by(tmp_path, "ann") == {"q": CLASSES[0]}  # a verdict of the page stays
    assert log.undo() == 0
    assert len(other.last()) == 1


def test_what_was_asked_for_is_sealed_with_its_round(tmp_path: Path) -> None:
    write_queue(tmp_path / "queue.parquet", queue({"a": "ranked"}))
    log = DecisionLog(tmp_path, 1, "ann")
    log.label(at_stake(), ["a", "b", "c"], CLASSES[1], uid(1))
    log.wish(["c"], uid(2))
    sealed = close_round(tmp_path, tmp_path / "queue.parquet", 1)
    found = {row.item: (row.drawn, row.verdict, row.label) for row in sealed.rows}
    assert found == {
        "a": ("ranked", "fix", CLASSES[1]),
        "b": ("amended", "keep", CLASSES[1]),
        "c": ("amended", "fix", CLASSES[1]),
    }
    (sealed_as_read,) = read_sealed(closed_rounds(tmp_path), tmp_path)
    assert sealed_as_read.head.wanted
    with pytest.raises(VerdictError, match="round 1 is closed; nothing was written"):
        log.wish(["b"], uid(3))
    with pytest.raises(VerdictError, match="round 1 is closed; nothing was written"):
        log.label(at_stake(), ["b"], CLASSES[1], uid(3))
    with pytest.raises(VerdictError, match="round 1 is closed; nothing was written"):
        log.undo()
    assert read_sealed(closed_rounds(tmp_path), tmp_path) == [sealed_as_read]
    with wanted_file(tmp_path, 1).open("a") as file:
        file.write("{}\n")
    with pytest.raises(SealError, match=r"wanted/round_01\.jsonl was changed since round 1"):
        read_sealed(closed_rounds(tmp_path), tmp_path)
    wanted_file(tmp_path, 1).unlink()
    with pytest.raises(SealError, match=r"wanted/round_01\.jsonl is missing"):
        read_sealed(closed_rounds(tmp_path), tmp_path)


def test_what_is_asked_for_behind_a_closed_rounds_back_is_refused(tmp_path: Path) -> None:
    write_queue(tmp_path / "queue.parquet", queue({"a": "ranked"}))
    DecisionLog(tmp_path, 1, "ann").label(at_stake(), ["a"], CLASSES[1], uid(1))
    close_round(tmp_path, tmp_path / "queue.parquet", 1)
    late = wanted_file(tmp_path, 1)
    late.parent.mkdir()
    late.write_text("")
    with pytest.raises(SealError, match=r"round_01\.jsonl was added after round 1 was closed"):
        read_sealed(closed_rounds(tmp_path), tmp_path)


def test_a_decision_about_many_answers_no_random_check_and_no_repeat(tmp_path: Path) -> None:
    drawn = queue({"a": "ranked", "b": "audit", "c": "repeat"}, audited=50, look=1)
    write_queue(tmp_path / "queue.parquet", drawn)
    log = DecisionLog(tmp_path, 1, "ann")
    log.label(at_stake(), ITEMS, CLASSES[1], uid(1))
    with pytest.raises(CloseError, match="2 of 3 items have no verdict, the first is b"):
        close_round(tmp_path, tmp_path / "queue.parquet", 1)
    page = VerdictLog(log_folder(tmp_path, 1) / "ann.jsonl")
    page.append_all([event("b"), event("c")])
    log.label(at_stake(), ITEMS, CLASSES[1], uid(2))  # nor does it take an answer's place
    sealed = close_round(tmp_path, tmp_path / "queue.parquet", 1)
    assert {row.item: (row.drawn, row.verdict, row.label) for row in sealed.rows} == {
        "a": ("ranked", "fix", CLASSES[1]),
        "b": ("audit", "keep", CLASSES[0]),
        "c": ("repeat", "keep", CLASSES[0]),
    }
