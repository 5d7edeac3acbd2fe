"""Agreement of reviewers: against hand-computed values, and from the logs to the status."""

from pathlib import Path

import numpy as np
import pytest
from made_rounds import CLASSES, event, queue, undo
from sklearn.metrics import cohen_kappa_score

from skyloom.relabel.closing import close_round
from skyloom.relabel.queue import write_queue
from skyloom.relabel.reviewer_agreement import (
    AnswerPair,
    agreements_of,
    cohen_kappa,
    compare_reviewers,
    gwet_ac1,
)
from skyloom.relabel.sealed import closed_rounds, log_folder, read_sealed
from skyloom.relabel.verdict_log import VerdictLog
from skyloom.relabel.verdicts import standing


@pytest.mark.parametrize(
    ("table", "kappa", "ac1"),
    [
        # Agree 0.7; chance 0.5 x 0.6 + 0.5 x 0.4 = 0.5; uses 0.55, 0.45: 2 x 0.55 x 0.45 = 0.495.
        ([[20, 5], [10, 15]], 0.4, 0.205 / 0.505),
        # Agree 118/125; chance (123 x 120 + 2 x 5) / 125^2; uses 0.972, 0.028: kappa collapses.
        ([[118, 5], [2, 0]], (0.944 - 0.94528) / (1 - 0.94528), 0.889568 / 0.945568),
        # Agree 0.8; uses 0.4, 0.35, 0.25 of both, squares 0.345; (1 - 0.345) / 2 = 0.3275.
        ([[7, 1, 0], [1, 5, 1], [0, 1, 4]], 0.455 / 0.655, 0.4725 / 0.6725),
        ([[10, 0], [0, 10]], 1.0, 1.0),
        ([[0, 10], [10, 0]], -1.0, -1.0),
    ],
)
def test_the_values_are_those_computed_by_hand(table, kappa, ac1) -> None:
    assert cohen_kappa(np.array(table)) == pytest.approx(kappa)
    assert gwet_ac1(np.array(table)) == pytest.approx(ac1)


def test_kappa_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    second[:200] = first[:200]
    table = np.zeros((4, 4), dtype=np.int64)
    np.add.at(table, (first, second), 1)
    assert cohen_kappa(table) == pytest.approx(cohen_kappa_score(first, second))


def test_one_answer_throughout_has_no_kappa() -> None:
    (found,) = agreements_of([AnswerPair("ann", "bob", CLASSES[0], CLASSES[0], 12)], CLASSES)
    assert (found.items, found.same, found.kappa, found.ac1) == (12, 12, None, 1.0)


def test_nobody_compared_is_no_agreement() -> None:
    assert agreements_of([], CLASSES) == ()
    assert compare_reviewers({"ann": {"x": event("x")}}, {}, {"x"}) == ()


def test_answers_are_compared_item_by_item() -> None:
    unsure = event("d", None, by="bob", verdict="unsure")
    none = event("e", None, by="bob", verdict="other")
    amended = event("f", CLASSES[1], by="bob", amends=True)
    verdicts = {
        "bob": standing(
            [event("a", by="bob"), event("b", CLASSES[1], "bob"), unsure, none, amended]
        ),
        "ann": standing([event(name) for name in "abcdef"]),
    }
    assert compare_reviewers(verdicts, {}, ()) == (
        AnswerPair("ann", "bob", CLASSES[0], "(none)", 1),
        AnswerPair("ann", "bob", CLASSES[0], "(unsure)", 1),
        AnswerPair("ann", "bob", CLASSES[0], CLASSES[0], 1),
        AnswerPair("ann", "bob", CLASSES[0], CLASSES[1], 1),
    )


def test_several_rounds_and_reviewers_are_summed_apart() -> None:
    pairs = [
        AnswerPair("ann", "bob", CLASSES[0], CLASSES[0], 12),
        AnswerPair("ann", "bob", CLASSES[0], CLASSES[1], 5),
        AnswerPair("ann", "ann", CLASSES[0], CLASSES[0], 3),
        AnswerPair("ann", "bob", CLASSES[0], CLASSES[0], 8),
        AnswerPair("ann", "bob", CLASSES[1], CLASSES[0], 10),
        AnswerPair("ann", "bob", CLASSES[1], CLASSES[1], 15),
    ]
    own, other = agreements_of(pairs, CLASSES)
    assert (own.first, own.second, own.items, own.same, own.kappa) == ("ann", "ann", 3, 3, None)
    assert (other.first, other.second, other.items, other.same) == ("ann", "bob", 50, 35)
    assert other.kappa == pytest.approx(0.4)


def _close(folder: Path, number: int, made, *events):
    path = folder / f"queue_{number}.parquet"
    write_queue(path, made)
    for by in sorted({one.by for one in events}):
        log = VerdictLog(log_folder(folder, number) / f"{by}.jsonl")
        for one in events:
            if one.by == by:
                log.append(one)
    return close_round(folder, path, number)


def test_closing_keeps_what_reviewers_said_to_the_same_items(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    wrong = event("b", CLASSES[1])
    first = _close(
        tmp_path,
        1,
        queue(dict.fromkeys(names, "ranked")),
        *(event("a"), wrong, undo(wrong), event("b", place=8), event("c", CLASSES[1])),
        *(event("a", by="bob"), event("c", CLASSES[1], by="bob")),
    )
    assert first.head.compared == (
        AnswerPair("ann", "bob", CLASSES[0], CLASSES[0], 1),
        AnswerPair("ann", "bob", CLASSES[1], CLASSES[1], 1),
    )
    made = queue({"a": "repeat", "b": "repeat", "c": "again"}, number=2)
    later = [event("a", place=1), event("b", CLASSES[1], place=2), event("c", CLASSES[1], place=3)]
    second = _close(tmp_path, 2, made, *(one.model_copy(update={"round": 2}) for one in later))
    assert second.head.compared == (
        AnswerPair("ann", "ann", CLASSES[0], CLASSES[0], 1),
        AnswerPair("ann", "ann", CLASSES[0], CLASSES[1], 1),
    ), "an item that came again because it was unclear is no repeat"
    read = read_sealed(closed_rounds(tmp_path), tmp_path)
    assert [one.head.compared for one in read] == [first.head.compared, second.head.compared]
