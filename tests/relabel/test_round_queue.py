"""Queues and labels over rounds: who is asked what, what stands, when it ends."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skyloom.relabel.bound import most_wrong
from skyloom.relabel.labels import LabelError, crude_labels, labels_after
from skyloom.relabel.queue import build_queue, read_queue, write_queue
from skyloom.relabel.reviewer_agreement import AnswerPair
from skyloom.relabel.sealed import Head, Row, Sealed
from skyloom.relabel.status import read_status, status_of
from skyloom.relabel.stopping import cost_of, has_converged, look_of
from skyloom.settings.relabel import RelabelSettings

SETTINGS = RelabelSettings(folds=3, batch=0.1, repeats=0.2, hidden=0.5, target=0.05)


def _index(count: int = 200) -> pd.DataFrame:
    names = [f"i{place:03d}" for place in range(count)]
    return pd.DataFrame(
        {
            "image_id": names,
            "group": [f"g{place // 4}" for place in range(count)],
            "original": [f"o{place // 2}" for place in range(count)],
            "split": ["test" if place % 10 == 9 else "train" for place in range(count)],
            "label": ["ab"[place % 4 // 2] for place in range(count)],
            "rejected": None,
        }
    )


@pytest.fixture
def crude() -> pd.DataFrame:
    return crude_labels(_index(), SETTINGS, 0)


def _ranked(labels: pd.DataFrame) -> pd.DataFrame:
    """All items in the order of their names, as the most doubtful first."""
    return pd.DataFrame(
        {
            "image_id": labels["image_id"],
            "label": labels["label"],
            "predicted": "a",
            "p_label": 0.5,
            "p_predicted": 0.7,
            "spread": 0.1,
            "models": 2,
            "neighbours_differ": 0.3,
            "rank": np.arange(len(labels)),
            "examples": [["", ""]] * len(labels),
        }
    )


def _build(crude: pd.DataFrame, rounds: list[Sealed], settings: RelabelSettings = SETTINGS):
    labels = labels_after(crude, rounds)
    return build_queue("sun", labels, _ranked(labels), rounds, settings, 0, "e1")


def _seal(queue, verdicts: dict[str, tuple[str, str]], **more) -> Sealed:
    facts = queue.facts
    rows = []
    for _, row in queue.rows.iterrows():
        verdict, label = verdicts.get(row["item"], ("keep", row["label"]))
        kind = row["drawn"]
        rows.append(Row(row["item"], kind, row["label"], verdict, label, "ann", 1000))
    head = {
        **{"survey": "sun", "round": facts.round, "items": facts.items},
        **{"disagreements": facts.disagreements, "audited": facts.audited, "look": facts.look},
        **{"queue": "", "encoder": "", "logs": {}, "orphans": (), "previous": ""},
        **{"labels": facts.labels},
    }
    return Sealed(Head(**{**head, **more}), tuple(rows))


def test_items_are_labelled_and_of_the_splits_under_review(crude: pd.DataFrame) -> None:
    assert len(crude) == 180
    assert not crude["image_id"].str.endswith("9").any()
    with pytest.raises(LabelError, match="the one class a"):
        crude_labels(_index().assign(label="a"), SETTINGS, 0)
    with pytest.raises(LabelError, match="0 labelled images in the splits train, val"):
        crude_labels(_index().assign(label=None), SETTINGS, 0)


def test_labels_made_wrong_on_purpose_are_a_share_of_the_originals() -> None:
    index = _index(4000)
    wrong = SETTINGS.model_copy(update={"wrong": 0.1})
    crude = crude_labels(index, wrong, 0)
    truth = index.set_index("image_id")["label"].loc[crude["image_id"]].to_numpy()
    changed = crude["crude"].to_numpy() != truth
    assert 0.08 < changed.mean() < 0.12
    assert pd.Series(changed).groupby(crude["original"]).nunique().max() == 1
    assert (crude_labels(index, wrong, 1)["crude"].to_numpy() != crude["crude"].to_numpy()).any()


def test_the_first_queue_is_the_head_of_the_order_shuffled(crude: pd.DataFrame) -> None:
    queue = _build(crude, [])
    assert sorted(queue.rows["item"]) == sorted(crude["image_id"][:18])
    assert queue.rows["item"].tolist() != sorted(queue.rows["item"])
    assert set(queue.rows["drawn"]) == {"ranked"}
    assert 0 < queue.rows["hidden"].sum() < 18
    assert queue.facts.classes == ("a", "b")
    again = _build(crude, [])
    pd.testing.assert_frame_equal(queue.rows, again.rows)


def test_decided_items_leave_and_unclear_ones_return(crude: pd.DataFrame) -> None:
    first = _build(crude, [])
    head = crude["image_id"].tolist()
    said = {head[0]: ("fix", "b"), head[1]: ("unsure", "a"), head[2]: ("conflict", "b")}
    said |= {head[3]: ("other", ""), head[4]: ("open", "a")}
    rounds = [_seal(first, said)]
    labels = labels_after(crude, rounds).set_index("image_id")
    assert labels.loc[head[0], ["label", "state"]].tolist() == ["b", "corrected"]
    assert labels.loc[head[3], ["label", "state"]].tolist() == ["", "other"]
    assert labels.loc[head[4], "state"] == "crude"
    assert labels.loc[head[5], "state"] == "kept"
    second = _build(crude, rounds)
    drawn = second.rows.set_index("item")["drawn"]
    assert set(drawn.index[drawn == "again"]) == {head[1], head[2]}
    assert drawn[head[4]] == "ranked"
    assert set(drawn.index[drawn == "repeat"]) < set(head[:18])
    assert (drawn == "repeat").sum() == round(0.2 * (drawn == "ranked").sum())
    assert head[3] not in drawn


def test_unsure_twice_is_looked_at_enough(crude: pd.DataFrame) -> None:
    name = crude["image_id"][0]
    first = _seal(_build(crude, []), {name: ("unsure", "a")})
    second = _seal(_build(crude, [first]), {name: ("unsure", "a")})
    labels = labels_after(crude, [first, second]).set_index("image_id")
    assert labels.loc[name, ["label", "state"]].tolist() == ["a", "kept"]


def test_an_audit_follows_a_round_without_yield(crude: pd.DataFrame) -> None:
    first = _build(crude, [])
    assert first.facts.look == 0
    busy = _seal(first, dict.fromkeys(crude["image_id"][:5], ("fix", "b")))
    assert _build(crude, [busy]).facts.look == 0
    quiet = _seal(first, {})
    second = _build(crude, [quiet])
    drawn = second.rows.set_index("item")["drawn"]
    audit = set(drawn.index[drawn == "audit"])
    assert second.facts.look == 1
    assert second.facts.audited == 180 - 36
    assert not audit & set(drawn.index[drawn == "ranked"])
    assert not audit & set(first.rows["item"])
    # just enough to allow one wrong label
    left = most_wrong(144, len(audit), 1, 0.025) - 1
    assert left <= 0.05 * 180 < most_wrong(144, len(audit) - 1, 1, 0.025) - 1


@pytest.mark.parametrize(("wrong", "passes"), [(0, True), (1, True), (2, False)])
def test_the_audit_decides(crude: pd.DataFrame, wrong: int, passes: bool) -> None:
    first = _seal(_build(crude, []), {})
    queue = _build(crude, [first])
    audit = queue.rows["item"][queue.rows["drawn"] == "audit"].tolist()
    label = crude.set_index("image_id")["crude"]
    other = {"a": "b", "b": "a"}
    second = _seal(queue, {name: ("fix", other[label[name]]) for name in audit[:wrong]})
    look = look_of(second, SETTINGS)
    assert look is not None
    assert look.passed is passes
    assert look.left == most_wrong(144, len(audit), wrong, 0.025) - wrong
    rounds = [first, second]
    third = _build(crude, rounds)
    assert third.facts.converged is passes
    assert (len(third.rows) == 0) is passes
    status = status_of(third, labels_after(crude, rounds), rounds, SETTINGS)
    assert status.looks == 18 + len(queue.rows)
    assert status.corrected == wrong
    if not passes:
        assert third.facts.look == 2


def test_doubt_in_an_audit_is_no_confirmation(crude: pd.DataFrame) -> None:
    first = _seal(_build(crude, []), {})
    queue = _build(crude, [first])
    audit = queue.rows["item"][queue.rows["drawn"] == "audit"].tolist()
    second = _seal(queue, dict.fromkeys(audit[:3], ("unsure", "a")))
    look = look_of(second, SETTINGS)
    assert look is not None
    assert look.wrong == 3


def test_items_that_join_later_end_the_audits_validity(crude: pd.DataFrame) -> None:
    first = _seal(_build(crude, []), {})
    second = _seal(_build(crude, [first]), {})
    rounds = [first, second]
    assert has_converged(labels_after(crude, rounds), rounds, SETTINGS)
    more = crude_labels(_index(240), SETTINGS, 0)
    assert not has_converged(labels_after(more, rounds), rounds, SETTINGS)
    # also where no more are unseen than there were: half of the old ones were amended since
    undecided = labels_after(crude, rounds)["state"] == "crude"
    amended = [
        Row(name, "amended", "", "keep", "a", "ann", 0)
        for name in crude["image_id"][undecided][:54]
    ]
    third = _seal(_build(crude, rounds), {})
    rounds.append(replace(third, rows=(*third.rows, *amended)))
    assert has_converged(labels_after(crude, rounds), rounds, SETTINGS)
    assert not has_converged(labels_after(more, rounds), rounds, SETTINGS)


def test_labels_that_change_later_end_the_audits_validity(crude: pd.DataFrame) -> None:
    first = _seal(_build(crude, []), {})
    rounds = [first, _seal(_build(crude, [first]), {})]
    swapped = crude.assign(crude=crude["crude"].map({"a": "b", "b": "a"}))
    assert has_converged(labels_after(crude, rounds), rounds, SETTINGS)
    assert not has_converged(labels_after(swapped, rounds), rounds, SETTINGS)
    shuffled = crude.sample(frac=1, random_state=0)
    assert has_converged(labels_after(shuffled, rounds), rounds, SETTINGS)
    before = [replace(one, head=replace(one.head, labels="")) for one in rounds]
    assert has_converged(labels_after(swapped, before), before, SETTINGS)  # not noted then


def test_all_looked_at_is_the_end(crude: pd.DataFrame) -> None:
    rounds: list[Sealed] = []
    settings = SETTINGS.model_copy(update={"batch": 0.9, "repeats": 0.0, "audit_below": 0.0})
    for _ in range(2):
        rounds.append(_seal(_build(crude, rounds, settings), {}))
    assert sum(len(sealed.rows) for sealed in rounds) == 180
    assert _build(crude, rounds, settings).facts.converged


def test_amended_labels_count_and_amendments_are_no_looks(crude: pd.DataFrame) -> None:
    first = _seal(_build(crude, []), {})
    name = crude["image_id"][0]
    row = Row(name, "amended", "", "fix", "b", "ann", 0)
    second = _seal(_build(crude, [first]), {})
    second = Sealed(second.head, (*second.rows, row))
    labels = labels_after(crude, [first, second]).set_index("image_id")
    assert labels.loc[name, "label"] == "b"
    assert cost_of(second).looked == len(second.rows) - 1


def test_queue_and_status_are_read_back(crude: pd.DataFrame, tmp_path: Path) -> None:
    queue = _build(crude, [])
    write_queue(tmp_path / "queue.parquet", queue)
    found = read_queue(tmp_path / "queue.parquet")
    assert found.facts == queue.facts
    assert found.rows["item"].tolist() == queue.rows["item"].tolist()
    status = status_of(queue, labels_after(crude, []), [], SETTINGS)
    (tmp_path / "status.json").write_text(status.model_dump_json())
    assert read_status(tmp_path / "status.json") == status
    assert status.looked_share == 0
    assert status.agreement == ()


def test_the_status_sums_the_agreement_of_all_rounds(crude: pd.DataFrame) -> None:
    pair = AnswerPair("ann", "bob", "a", "a", 2)
    first = _seal(_build(crude, []), {}, compared=(pair,))
    second = _seal(_build(crude, [first]), {}, compared=(pair, replace(pair, other="b", items=1)))
    rounds = [first, second]
    status = status_of(_build(crude, rounds), labels_after(crude, rounds), rounds, SETTINGS)
    (found,) = status.agreement
    assert (found.items, found.same, found.kappa) == (5, 4, 0)


def test_what_was_asked_for_is_in_the_queue_besides_the_ranked(crude: pd.DataFrame) -> None:
    plain = _build(crude, [])
    first = _seal(plain, {})
    labels = labels_after(crude, [first])
    ranked = _ranked(labels)
    decided = first.rows[0].item
    fresh = ranked["image_id"][~ranked["image_id"].isin([row.item for row in first.rows])].iloc[-1]
    wanted = {fresh: ["ann", "bob"], decided: ["bob"], "nobody": ["ann"]}
    queue = build_queue("sun", labels, ranked, [first], SETTINGS, 0, "e1", wanted)
    rows = queue.rows.set_index("item")
    assert rows["drawn"][rows["drawn"] == "wanted"].index.sort_values().tolist() == sorted(
        [decided, fresh]
    )
    assert rows.loc[fresh, "reason"].startswith("asked for by ann and bob; label ")
    assert rows.loc[decided, "reason"].startswith("asked for by bob; label ")
    without = _build(crude, [first])
    assert (rows["drawn"] == "ranked").sum() == (without.rows["drawn"] == "ranked").sum()
    # What somebody chose is no part of a random sample, nor of what it speaks for.
    if queue.facts.audited:
        assert queue.facts.audited == without.facts.audited - 1


def test_rounds_that_converged_go_on_for_what_is_asked_for(crude: pd.DataFrame) -> None:
    rounds: list[Sealed] = []
    settings = SETTINGS.model_copy(update={"batch": 0.9, "repeats": 0.0, "audit_below": 0.0})
    for _ in range(2):
        rounds.append(_seal(_build(crude, rounds, settings), {}))
    labels = labels_after(crude, rounds)
    name = str(crude["image_id"][3])
    wanted = {name: ["ann"]}
    queue = build_queue("sun", labels, _ranked(labels), rounds, settings, 0, "e1", wanted)
    assert not queue.facts.converged
    assert queue.rows["item"].tolist() == [name]
